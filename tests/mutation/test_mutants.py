"""The faults that the mutation run makes: where and how; what compiles to the same bytes does not count."""

import pytest
from tests.mutation.__main__ import report_of
from tests.mutation.mutants import mutants_of
from tests.mutation.solc import Solc

SOURCE = """// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

abstract contract Other {
    uint256 internal untouched = 5;
}

contract Till is Other {
    event Paid(address from, address to); // Größe zählt in Bytes
    error TooLittle(uint256 had, uint256 wanted);
    uint256 public total;
    modifier once() { _; }

    function pay(address from, address to, uint256 amount) external once {
        require(amount > 7, TooLittle(amount, 7));
        total += amount;
        if (!(total != 0) && amount == 1) ++total;
        emit Paid(from, to);
    }
}
"""


@pytest.fixture(scope="module")
def solc():
    solc = Solc()
    yield solc
    solc.close()


@pytest.fixture(scope="module")
def mutants(solc):
    answer = solc.compile({"Till.sol": SOURCE}, {"*": {"": ["ast"]}})
    return mutants_of("Till.sol", SOURCE, answer["sources"]["Till.sol"]["ast"], frozenset({"Till"}))


@pytest.mark.parametrize(
    ("operator", "line"),
    [
        ("comparison", "require(amount >= 7, TooLittle(amount, 7));"),
        ("comparison", "require(amount <= 7, TooLittle(amount, 7));"),
        ("condition", "require(!(amount > 7), TooLittle(amount, 7));"),
        ("requirement", "{}"),
        ("constant", "require(amount > 8, TooLittle(amount, 7));"),
        ("assignment", "total = amount;"),
        ("assignment", "total -= amount;"),
        ("statement", "{}"),
        ("bits", "if (!(total != 0) || amount == 1) ++total;"),
        ("negation", "if ((total != 0) && amount == 1) ++total;"),
        ("step", "if (!(total != 0) && amount == 1) --total;"),
        ("swap", "emit Paid(to, from);"),
        ("event", "{}"),
        ("modifier", "function pay(address from, address to, uint256 amount) external  {"),
    ],
)
def test_each_kind_of_fault_is_made(mutants, operator, line):
    made = [m.applied_to(SOURCE).splitlines() for m in mutants if m.operator == operator]
    assert [text for text in made if any(each.strip() == line for each in text)]


def test_every_mutant_changes_one_line_of_the_contract_and_no_other_contract(mutants):
    lines = SOURCE.splitlines()
    for mutant in mutants:
        changed = [i for i, text in enumerate(mutant.applied_to(SOURCE).splitlines()) if text != lines[i]]
        assert len(changed) == 1
        assert changed[0] > lines.index("contract Till is Other {")


def test_every_mutant_here_compiles_or_is_refused_by_the_compiler_alone(solc, mutants):
    outputs = {"Till.sol": {"Till": ["evm.bytecode.object"]}}
    compiled = 0
    for mutant in mutants:
        answer = solc.compile({"Till.sol": mutant.applied_to(SOURCE)}, outputs)
        errors = [each for each in answer.get("errors", []) if each["severity"] == "error"]
        assert all(each["type"] != "ParserError" for each in errors), mutant.diff(SOURCE)
        compiled += not errors
    assert compiled > len(mutants) * 0.8


def test_what_did_not_compile_or_changed_nothing_does_not_count():
    outcomes = ["killed", "stillborn", "survived", "equal", "killed", "killed"]
    found = {i: {"outcome": each, "by": "", "diff": f"diff {i}"} for i, each in enumerate(outcomes)}
    report = report_of(found, 3, 1)
    assert (report["killed"], report["survived"], report["stillborn"], report["equal"]) == (2, 1, 1, 1)
    assert report["killed_percent"] == 66.7
    assert report["survivors"] == ["diff 2"]
