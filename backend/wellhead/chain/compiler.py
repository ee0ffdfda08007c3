"""Compile `contracts/` with py-solc-x.

The compiler is a native `solc`, where the caller has one, or else the npm package of the same version behind
`scripts/solc.cjs`. Paths never reach the compiler, only names (see `sources`), and
no metadata hash is appended, so the bytes depend on the sources, the settings and the version alone.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

from solcx import compile_standard
from solcx.exceptions import SolcError
from solcx.wrapper import get_solc_version

from wellhead.chain.artifacts import Artifact, stale_artifacts, write_artifacts
from wellhead.chain.sources import CONTRACTS, contract_names, read_sources, source_hash
from wellhead.errors import ArtifactError

SOLC_VERSION = "0.8.37"
SETTINGS: dict[str, Any] = {
    "evmVersion": "cancun",
    "metadata": {"appendCBOR": False, "bytecodeHash": "none"},
    "optimizer": {"enabled": True, "runs": 10_000},
    "viaIR": False,
}
RUNTIME_BYTES_MAX = 24_576  # EIP-170
MOCKS = f"{CONTRACTS}/mocks/"

# Sizes are checked here, with the number in the message, and not for mocks.
_SIZE_WARNINGS = {"5574", "3860"}
_OUTPUTS = ["abi", "evm.bytecode", "evm.deployedBytecode"]


def compile_contracts(
    root: Path, names: Sequence[str] | None = None, solc_binary: Path | None = None
) -> list[Artifact]:
    """Artifacts of every concrete contract in the sources `names` (default: all), sorted by contract.

    Interfaces, abstract contracts and libraries have none. Raises ArtifactError with the compiler's messages
    on an error, on a warning in our own sources, on a contract above 24,576 bytes of runtime code (except
    mocks), on code that must be linked, and if the compiler is missing or of another version.
    """
    names = contract_names(root) if names is None else names
    text_by_name = read_sources(root, names)
    binary = solc_binary or root / "scripts/solc.cjs"
    version = _compiler_version(binary)
    output = _compile(text_by_name, names, binary)
    artifacts = [
        _artifact(source, contract, output["contracts"][source][contract], text_by_name, version)
        for source in names
        for contract in _concrete_contracts(output["sources"][source]["ast"])
    ]
    _check_names(artifacts)
    _check_sizes(artifacts)
    return sorted(artifacts, key=lambda artifact: artifact.contract)


def standard_input(text_by_name: Mapping[str, str], names: Sequence[str]) -> dict[str, Any]:
    """The compiler's standard JSON input: all sources by content, outputs for `names` only."""
    return {
        "language": "Solidity",
        "sources": {name: {"content": text_by_name[name]} for name in sorted(text_by_name)},
        "settings": SETTINGS | {"outputSelection": {name: {"*": _OUTPUTS, "": ["ast"]} for name in names}},
    }


def _compiler_version(binary: Path) -> str:
    try:
        version = get_solc_version(binary, with_commit_hash=True)
    except (OSError, CalledProcessError, SolcError) as error:
        raise ArtifactError(
            f"the compiler {binary.name} does not run ({error}); ./scripts/compile"
        ) from error
    if version.base_version != SOLC_VERSION:
        raise ArtifactError(f"the compiler {binary.name} is {version}, the sources want {SOLC_VERSION}")
    return str(version)


def _compile(text_by_name: Mapping[str, str], names: Sequence[str], binary: Path) -> dict[str, Any]:
    try:
        output = compile_standard(standard_input(text_by_name, names), solc_binary=binary)
    except SolcError as error:
        raise ArtifactError(_messages(list(error.error_dict or [])) or str(error)) from error
    if messages := _messages(output.get("errors", [])):
        raise ArtifactError(messages)
    return dict(output)


def _messages(entries: Sequence[Mapping[str, Any]]) -> str:
    """Errors, and warnings in our own sources, as the compiler words them; empty if there is none."""
    return "\n".join(each["formattedMessage"].rstrip() for each in entries if _counts(each))


def _counts(entry: Mapping[str, Any]) -> bool:
    if entry["severity"] == "error":
        return True
    file = (entry.get("sourceLocation") or {}).get("file", CONTRACTS)
    return (
        entry["severity"] == "warning"
        and entry.get("errorCode") not in _SIZE_WARNINGS
        and file.startswith(CONTRACTS)
    )


def _concrete_contracts(syntax_tree: Mapping[str, Any]) -> list[str]:
    return [
        node["name"]
        for node in syntax_tree["nodes"]
        if node["nodeType"] == "ContractDefinition"
        and node["contractKind"] == "contract"
        and not node.get("abstract", False)
    ]


def _artifact(
    source: str, contract: str, output: Mapping[str, Any], text_by_name: Mapping[str, str], version: str
) -> Artifact:
    creation, runtime = output["evm"]["bytecode"], output["evm"]["deployedBytecode"]
    if creation["linkReferences"]:
        libraries = sorted(name for each in creation["linkReferences"].values() for name in each)
        raise ArtifactError(
            f"{contract} would have to be linked with {', '.join(libraries)}; make them internal"
        )
    # The compiler keys immutables by syntax tree ids, which change with unrelated sources: positions do not.
    immutables = (place for places in runtime["immutableReferences"].values() for place in places)
    return Artifact(
        contract=contract,
        source=source,
        abi=tuple(output["abi"]),
        bytecode=bytes.fromhex(creation["object"]),
        deployed_bytecode=bytes.fromhex(runtime["object"]),
        immutable_references=tuple(sorted((place["start"], place["length"]) for place in immutables)),
        source_hash=source_hash(source, text_by_name),
        compiler_version=version,
        compiler_settings=SETTINGS,
    )


def _check_names(artifacts: Sequence[Artifact]) -> None:
    source_by_contract: dict[str, str] = {}
    for each in artifacts:
        first = source_by_contract.setdefault(each.contract, each.source)
        if first != each.source:
            raise ArtifactError(f"{first} and {each.source} both define {each.contract}")


def _check_sizes(artifacts: Sequence[Artifact]) -> None:
    too_large = [
        f"{each.contract}: {len(each.deployed_bytecode)} bytes of runtime code, above {RUNTIME_BYTES_MAX}"
        for each in artifacts
        if len(each.deployed_bytecode) > RUNTIME_BYTES_MAX and not each.source.startswith(MOCKS)
    ]
    if too_large:
        raise ArtifactError("\n".join(too_large))


def main(arguments: Sequence[str]) -> int:
    """Compile all sources and write the artifacts; `--check` compares; names of sources: only their sizes."""
    root = Path.cwd()
    checking = list(arguments) == ["--check"]
    try:
        artifacts = compile_contracts(root, None if checking else arguments or None)
        stale = stale_artifacts(root, artifacts) if checking else []
        changed = [] if arguments else write_artifacts(root, artifacts)
    except ArtifactError as error:
        print(error, file=sys.stderr)
        return 1
    for each in artifacts:
        print(f"{len(each.deployed_bytecode):6} bytes  {each.contract}  ({each.source})")
    for line in [f"changed {path.as_posix()}" for path in changed] + stale:
        print(line)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
