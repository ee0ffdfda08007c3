"""The compiler kept warm, and what a mutated source compiles to.

Without the optimizer, as for coverage: that is several times as quick, and a fault is a fault either way.
"""

import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.coverage.unoptimised import build
from tests.mutation.mutants import Mutant, mutants_of

from wellhead.chain.artifacts import HARNESS_SOURCES
from wellhead.chain.compiler import MOCKS, SETTINGS
from wellhead.chain.sources import imports_of

ROOT = Path(__file__).parents[2]
SERVER = Path(__file__).parent / "solc_server.cjs"
WANTED = ("bytecode.object", "deployedBytecode.object", "deployedBytecode.immutableReferences")


class Refused(Exception):
    """The compiler's first error."""


class Solc:
    """One compiler process; a first compilation warms it up, the others take a second."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(SERVER)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def compile(
        self, texts: Mapping[str, str], outputs: Mapping[str, Mapping[str, list[str]]]
    ) -> dict[str, Any]:
        """The compiler's answer for these sources, under the settings of every build but the optimizer's."""
        question = {
            "language": "Solidity",
            "sources": {name: {"content": text} for name, text in texts.items()},
            "settings": SETTINGS | {"optimizer": {"enabled": False}, "outputSelection": outputs},
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        assert self._process.stdout is not None
        self._process.stdout.close()


@dataclass(frozen=True)
class Code:
    """Creation and runtime code of one contract, hex; where immutables stand in the latter."""

    creation: str
    runtime: str
    immutables: tuple[tuple[int, int], ...]


class Build:
    """The sources as they are: their trees, who is made of which, and what they compile to."""

    def __init__(self, solc: Solc) -> None:
        self.solc = solc
        whole = build()
        self.texts = {name: text.decode() for name, text in whole.texts.items()}
        self.trees = whole.syntax_trees
        self._definitions = {
            node["id"]: (name, node)
            for name, tree in self.trees.items()
            for node in tree["nodes"]
            if node["nodeType"] == "ContractDefinition"
        }

    def mutants(self, contracts: Iterable[str]) -> list[Mutant]:
        """All mutants of contracts, of the abstract contracts that they are split into, and of libraries."""
        by_source: dict[str, set[str]] = {}
        for contract in contracts:
            for source, node in self._parts(contract):
                by_source.setdefault(source, set()).add(node["name"])
        return [
            mutant
            for source, names in sorted(by_source.items())
            for mutant in mutants_of(source, self.texts[source], self.trees[source], frozenset(names))
        ]

    def _parts(self, contract: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
        named = [node for _, node in self._definitions.values() if node["name"] == contract]
        for identity in named[0]["linearizedBaseContracts"]:
            source, node = self._definitions.get(identity, ("", {}))
            if source.startswith("contracts/") and node["contractKind"] != "interface":
                yield source, node

    def true_code(self, contract: str) -> Code:
        """Code of a contract without any mutant."""
        creation, runtime = (code for code in build().codes if code.contract == contract)
        return Code(creation.bytecode.hex(), runtime.bytecode.hex(), runtime.immutables)

    def codes(self, source: str, text: str) -> dict[str, Code] | None:
        """Code of every contract that `source` goes into, with that text for it; None if it is refused."""
        try:
            return self.codes_with({source: text})
        except Refused:
            return None

    def codes_with(self, changed: Mapping[str, str]) -> dict[str, Code]:
        """Code of every contract that some of the sources go into, with these texts for them."""
        users = [user for source in changed for user in self._users_of(source)]
        outputs = {name: {node["name"]: [f"evm.{each}" for each in WANTED]} for name, node in users}
        reached = self._reached_from(outputs)
        answer = self.solc.compile({name: self.texts[name] for name in reached} | dict(changed), outputs)
        errors = [each for each in answer.get("errors", []) if each["severity"] == "error"]
        if errors:
            raise Refused(errors[0].get("formattedMessage", errors[0]["message"]))
        return {
            contract: _code(evm["evm"])
            for contracts in answer["contracts"].values()
            for contract, evm in contracts.items()
            if "evm" in evm
        }

    def _users_of(self, source: str) -> list[tuple[str, Mapping[str, Any]]]:
        return [
            (name, node)
            for name, node in self._definitions.values()
            if name.startswith("contracts/")
            and not name.startswith(MOCKS)
            and not name.startswith(HARNESS_SOURCES)
            and node["contractKind"] == "contract"
            and not node["abstract"]
            and source in self._reached_from([name])
        ]

    def _reached_from(self, names: Iterable[str]) -> set[str]:
        reached: set[str] = set()
        wanted = list(names)
        while wanted:
            name = wanted.pop()
            if name not in reached and name in self.texts:
                reached.add(name)
                wanted.extend(imports_of(name, self.texts[name]))
        return reached


def _code(evm: Mapping[str, Any]) -> Code:
    runtime = evm["deployedBytecode"]
    references = runtime.get("immutableReferences", {}).values()
    places = sorted((place["start"], place["length"]) for each in references for place in each)
    return Code(evm["bytecode"]["object"], runtime["object"], tuple(places))
