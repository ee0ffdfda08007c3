"""Compiled contracts, as committed and packaged: running needs no compiler.

One JSON file per contract in the folder `artifacts` beside this module. Contracts that only drive others in
tests (`contracts/mocks/harness/`) have theirs below `tests/`, outside the package. What the compiler gives
(`wellhead.chain.compiler`) is written or compared here, byte for byte.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from wellhead.errors import ArtifactError

PACKAGED = files("wellhead.chain") / "artifacts"
PACKAGE_FOLDER = Path("backend/wellhead/chain/artifacts")
HARNESS_FOLDER = Path("tests/artifacts")
HARNESS_SOURCES = "contracts/mocks/harness/"


@dataclass(frozen=True)
class Artifact:
    """One concrete contract as the compiler gave it."""

    contract: str
    """The contract's name."""
    source: str
    """Name of its source, from the repository root."""
    abi: tuple[dict[str, Any], ...]
    """The ABI's entries, in the compiler's order; do not change them."""
    bytecode: bytes
    """Creation code, without constructor arguments."""
    deployed_bytecode: bytes
    """Runtime code; immutables are zero bytes."""
    immutable_references: tuple[tuple[int, int], ...]
    """(start, length) in bytes of every immutable in the runtime code, ascending."""
    source_hash: bytes
    """32 bytes: `wellhead.chain.sources.source_hash` of the source."""
    compiler_version: str
    """Release and commit, for example `0.8.37+commit.1a2b3c4d`."""
    compiler_settings: dict[str, Any]
    """The settings of solc's standard JSON input, less the choice of outputs."""


@cache
def load_artifact(contract: str) -> Artifact:
    """The packaged artifact of `contract`. Raises ArtifactError if there is none or it cannot be read."""
    return read_artifact(PACKAGED / f"{contract}.json")


def read_artifact(file: Traversable) -> Artifact:
    """The artifact in `file`. Raises ArtifactError if it is missing or malformed."""
    if not file.is_file():
        raise ArtifactError(f"no compiled contract {file.name}; ./scripts/compile writes it")
    return decode_artifact(file.name, file.read_text(encoding="utf-8"))


def encode_artifact(artifact: Artifact) -> str:
    """The artifact's file: JSON with sorted keys, bytes as 0x-hex, a newline last."""
    fields = {
        "abi": artifact.abi,
        "bytecode": "0x" + artifact.bytecode.hex(),
        "compiler": {"settings": artifact.compiler_settings, "version": artifact.compiler_version},
        "contract": artifact.contract,
        "deployed_bytecode": "0x" + artifact.deployed_bytecode.hex(),
        "immutable_references": artifact.immutable_references,
        "source": artifact.source,
        "source_hash": "0x" + artifact.source_hash.hex(),
    }
    return json.dumps(fields, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def decode_artifact(name: str, text: str) -> Artifact:
    """The artifact that `encode_artifact` wrote. Raises ArtifactError naming the file `name`."""
    try:
        fields = json.loads(text)
        return Artifact(
            contract=fields["contract"],
            source=fields["source"],
            abi=tuple(fields["abi"]),
            bytecode=_decode_hex(fields["bytecode"]),
            deployed_bytecode=_decode_hex(fields["deployed_bytecode"]),
            immutable_references=tuple((start, length) for start, length in fields["immutable_references"]),
            source_hash=_decode_hex(fields["source_hash"]),
            compiler_version=fields["compiler"]["version"],
            compiler_settings=fields["compiler"]["settings"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{name} is not an artifact: {error!r}") from error


def write_artifacts(root: Path, artifacts: Sequence[Artifact]) -> list[Path]:
    """Make the committed files those of `artifacts`, which are all that the sources give.

    Files without a contract are deleted. Returns the paths from `root` that changed, sorted.
    """
    text_by_path = _text_by_path(artifacts)
    changed = sorted(_differences(root, text_by_path))
    for path in changed:
        if path in text_by_path:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text_by_path[path], encoding="utf-8", newline="\n")
        else:
            (root / path).unlink()
    return changed


def stale_artifacts(root: Path, artifacts: Sequence[Artifact]) -> list[str]:
    """What is wrong with the committed files, one line each; empty if they are `artifacts` byte for byte."""
    return [
        f"{path.as_posix()}: {fault}"
        for path, fault in sorted(_differences(root, _text_by_path(artifacts)).items())
    ]


def _differences(root: Path, text_by_path: Mapping[Path, str]) -> dict[Path, str]:
    folders = (root / PACKAGE_FOLDER, root / HARNESS_FOLDER)
    committed = {
        file.relative_to(root): file.read_bytes() for folder in folders for file in folder.glob("*.json")
    }
    faults = dict.fromkeys(committed.keys() - text_by_path.keys(), "no source gives this contract")
    for path, text in text_by_path.items():
        if path not in committed:
            faults[path] = "missing"
        elif committed[path] != text.encode():
            faults[path] = "not what its source compiles to"
    return faults


def _text_by_path(artifacts: Sequence[Artifact]) -> dict[Path, str]:
    return {_path_of(artifact): encode_artifact(artifact) for artifact in artifacts}


def _path_of(artifact: Artifact) -> Path:
    folder = HARNESS_FOLDER if artifact.source.startswith(HARNESS_SOURCES) else PACKAGE_FOLDER
    return folder / f"{artifact.contract}.json"


def _decode_hex(text: object) -> bytes:
    if not isinstance(text, str) or not text.startswith("0x"):
        raise ValueError(f"{text!r:.12} is not 0x-hex")
    return bytes.fromhex(text[2:])
