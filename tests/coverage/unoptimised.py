"""The contracts compiled without the optimizer: every instruction still belongs to one place in a source."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from solcx import compile_standard

from wellhead.chain.artifacts import Artifact
from wellhead.chain.compiler import SETTINGS
from wellhead.chain.sources import contract_names, read_sources

ROOT = Path(__file__).parents[2]
PUSH1, PUSH32 = 0x60, 0x7F

Place = tuple[int, int, int]
"""Start and length in bytes in a source, and the source's index; -1 where there is none."""


@dataclass(frozen=True)
class Code:
    """Creation or runtime code of one contract: what each instruction was compiled from."""

    contract: str
    bytecode: bytes
    immutables: tuple[tuple[int, int], ...]
    places: dict[int, Place]
    """By program counter."""

    def runs_as(self, code: bytes) -> bool:
        """Is that this code, with whatever immutables or constructor arguments?"""
        if not self.immutables and code[: len(self.bytecode)] == self.bytecode:
            return True
        return len(code) == len(self.bytecode) and self._masked(code) == self._masked(self.bytecode)

    def _masked(self, code: bytes) -> bytes:
        masked = bytearray(code)
        for start, length in self.immutables:
            masked[start : start + length] = bytes(length)
        return bytes(masked)


@dataclass(frozen=True)
class Build:
    """Everything that one run of the compiler gave."""

    codes: list[Code]
    syntax_trees: dict[str, dict[str, Any]]
    """By name of the source."""
    source_names: dict[int, str]
    """Source's name by its index in the source maps."""
    texts: dict[str, bytes]


@cache
def build() -> Build:
    """Compiles `contracts/`; some ten seconds."""
    names = contract_names(ROOT)
    texts = read_sources(ROOT, names)
    wanted = ["evm.bytecode", "evm.deployedBytecode"]
    settings = SETTINGS | {
        "optimizer": {"enabled": False},
        "outputSelection": {"*": {"*": wanted, "": ["ast"]}},
    }
    sources = {name: {"content": text} for name, text in sorted(texts.items())}
    standard = {"language": "Solidity", "sources": sources, "settings": settings}
    output = compile_standard(standard, solc_binary=ROOT / "scripts/solc.cjs")
    codes = [
        code
        for name in names
        for contract, compiled in output["contracts"].get(name, {}).items()
        for code in _codes(contract, compiled["evm"])
    ]
    return Build(
        codes,
        {name: output["sources"][name]["ast"] for name in names},
        {source["id"]: name for name, source in output["sources"].items()},
        {name: text.encode() for name, text in texts.items()},
    )


@cache
def unoptimised(contract: str) -> tuple[bytes, bytes]:
    """Creation and runtime code."""
    creation, runtime = (code.bytecode for code in build().codes if code.contract == contract)
    return creation, runtime


def swapped(artifact: Artifact) -> Artifact:
    """The artifact with unoptimised code."""
    runtime = next(code for code in build().codes[1::2] if code.contract == artifact.contract)
    creation, deployed = unoptimised(artifact.contract)
    return replace(
        artifact, bytecode=creation, deployed_bytecode=deployed, immutable_references=runtime.immutables
    )


def _codes(contract: str, evm: dict[str, Any]) -> list[Code]:
    if not evm["bytecode"]["object"]:
        return []
    return [_code(contract, evm["bytecode"]), _code(contract, evm["deployedBytecode"])]


def _code(contract: str, output: dict[str, Any]) -> Code:
    bytecode = bytes.fromhex(output["object"])
    references = output.get("immutableReferences", {}).values()
    immutables = sorted((place["start"], place["length"]) for places in references for place in places)
    places = dict(zip(_counters(bytecode), _source_map(output["sourceMap"]), strict=False))
    return Code(contract, bytecode, tuple(immutables), places)


def _counters(bytecode: bytes) -> list[int]:
    """Where instructions begin; what a push carries is none."""
    counters, at = [], 0
    while at < len(bytecode):
        counters.append(at)
        opcode = bytecode[at]
        at += 1 + (opcode - PUSH1 + 1 if PUSH1 <= opcode <= PUSH32 else 0)
    return counters


def _source_map(text: str) -> list[Place]:
    places: list[Place] = []
    fields = [-1, -1, -1]
    for entry in text.split(";"):
        for position, value in enumerate(entry.split(":")[:3]):
            if value:
                fields[position] = int(value)
        places.append((fields[0], fields[1], fields[2]))
    return places
