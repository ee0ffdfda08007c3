"""The faults that the mutation run makes: where and how; what compiles to the same bytes does not count."""

import pytest
from tests.mutation import verdicts
from tests.mutation.__main__ import equivalence_of, report_of
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.reach import Reach, Reached
from tests.mutation.solc import ROOT, Solc
from tests.mutation.subjects import SUBJECTS
from tests.mutation.verdicts import Verdicts

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


def test_a_fault_is_judged_by_the_tests_that_run_the_smallest_piece_of_code_around_it():
    outer, inner, other, built = (0, 50), (10, 20), (60, 5), (80, 5)
    whole = Reached("a", 1.0, {"T.sol": frozenset({outer, inner})})
    part = Reached("b", 1.0, {"T.sol": frozenset({outer, other})})
    reach = Reach([whole, part], {"T.sol": [outer, inner, other, built]}, {"T.sol": [built]})
    assert reach.tests_of(Mutant("T.sol", 15, 1, "-", "arithmetic")) == [whole]
    assert reach.tests_of(Mutant("T.sol", 35, 1, "-", "arithmetic")) == [whole, part]
    assert reach.tests_of(Mutant("T.sol", 58, 10, "{}", "statement")) == [part]
    assert reach.tests_of(Mutant("T.sol", 81, 1, "-", "arithmetic")) == [whole, part]
    assert reach.tests_of(Mutant("T.sol", 90, 1, "-", "arithmetic")) == [whole, part]


def test_a_verdict_is_kept_until_what_it_rests_on_changes(tmp_path, monkeypatch):
    killer = SUBJECTS["Disputes"].tests[0]
    killed, survived = (Mutant("T.sol", at, 1, "-", "arithmetic") for at in (1, 2))
    monkeypatch.setattr(verdicts, "NOTES", tmp_path)
    known = Verdicts("Disputes", SUBJECTS["Disputes"].tests)
    known.add(killed, "killed", f"{killer}::test_it")
    known.add(survived, "survived", "3 tests reach it")
    same = Verdicts("Disputes", SUBJECTS["Disputes"].tests)
    assert same.of(killed) == ("killed", f"{killer}::test_it")
    assert same.of(survived) == ("survived", "3 tests reach it")
    more = Verdicts("Disputes", SUBJECTS["Settlement"].tests)
    assert more.of(killed) is not None
    assert more.of(survived) is None


def test_every_named_test_file_is_there():
    assert [each for s in SUBJECTS.values() for each in s.tests if not (ROOT / each).exists()] == []


def test_an_equivalent_is_known_by_its_line_before_and_after(mutants):
    mutant = next(each for each in mutants if each.operator == "step")
    known = equivalence_of(mutant, SOURCE)
    assert known == (
        "Till.sol",
        "if (!(total != 0) && amount == 1) ++total;",
        "if (!(total != 0) && amount == 1) --total;",
    )
