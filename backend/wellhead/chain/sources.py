"""Solidity sources and what they import, read by name so that nothing depends on where the repository lies.

A source's name is its path from the repository root (`contracts/Settlement.sol`) or, for libraries from npm,
the import path itself (`@openzeppelin/contracts/…`). Compiler input and artifacts know only these names.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from posixpath import dirname, join, normpath

from wellhead.chain.keccak import keccak256
from wellhead.errors import ArtifactError

CONTRACTS = "contracts"
NODE_MODULES = "node_modules"

# Strings are matched so that what looks like a comment inside one is none.
_COMMENT_OR_STRING = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'", re.DOTALL)
_IMPORT = re.compile(r"(?<![^\s;}])import\b\s*(?:[^;\"']*?\bfrom\b\s*)?[\"']([^\"']+)[\"']")


def contract_names(root: Path) -> list[str]:
    """Names of all sources below `contracts/`, sorted. Raises ArtifactError if there are none."""
    names = sorted(path.relative_to(root).as_posix() for path in (root / CONTRACTS).rglob("*.sol"))
    if not names:
        raise ArtifactError(f"no Solidity sources below {CONTRACTS}/")
    return names


def read_sources(root: Path, names: Iterable[str]) -> dict[str, str]:
    """Text by name of `names` and of everything that they import, directly or not.

    An import that no file answers is left out: the compiler then names it with its line.
    Raises ArtifactError if one of `names` itself does not exist.
    """
    wanted = list(names)
    for name in wanted:
        if not _path_of(root, name).is_file():
            raise ArtifactError(f"no source {name}")
    text_by_name: dict[str, str] = {}
    while wanted:
        name = wanted.pop()
        path = _path_of(root, name)
        if name in text_by_name or not path.is_file():
            continue
        text_by_name[name] = path.read_text(encoding="utf-8")
        wanted.extend(imports_of(name, text_by_name[name]))
    return text_by_name


def imports_of(name: str, text: str) -> list[str]:
    """Names that the source `name` imports, in order; relative paths are resolved against `name`."""
    code = _COMMENT_OR_STRING.sub(lambda match: " " if match[0].startswith("/") else match[0], text)
    return [
        normpath(join(dirname(name), target)) if target.startswith(".") else target
        for target in _IMPORT.findall(code)
    ]


def source_hash(name: str, text_by_name: Mapping[str, str]) -> bytes:
    """32-byte hash of everything that `name` is compiled from.

    Keccak-256 over the name-sorted sources that `name` reaches, each as
    keccak256(name) followed by keccak256(text), both UTF-8.
    """
    reached: set[str] = set()
    wanted = [name]
    while wanted:
        current = wanted.pop()
        if current not in reached and current in text_by_name:
            reached.add(current)
            wanted.extend(imports_of(current, text_by_name[current]))
    return keccak256(
        b"".join(
            keccak256(each.encode()) + keccak256(text_by_name[each].encode()) for each in sorted(reached)
        )
    )


def _path_of(root: Path, name: str) -> Path:
    return root / (name if name.startswith(f"{CONTRACTS}/") else f"{NODE_MODULES}/{name}")
