"""Every attack that was named has a test that is there, and a guard that is there once."""

import re

import pytest
from tests.mutation import guards
from tests.mutation.attacks import GUARDS, Edit, Guard
from tests.mutation.lane import Failure
from tests.mutation.solc import ROOT, Refused

NAMED = {
    "two reports of one asset under one root",
    "mass in padding",
    "mixed prices in one period",
    "buying after a dark day",
    "a fully excused period",
    "withheld terms",
    "bond dilution by self-purchase",
    "backdated excuse",
    "a hostile duplicate device",
    "self-challenge",
    "high-s reading signatures",
    "64-byte reading signatures",
    "ERC-1271 reading signatures",
    "dust to bloat a share queue",
    "donation to a vault",
    "frozen stablecoin",
    "paused stablecoin",
    "seized stablecoin",
    "ERC-1155 callbacks on every entry",
}


def test_no_named_attack_is_without_a_guard():
    assert {guard.attack for guard in GUARDS} == NAMED
    assert len({guard.name for guard in GUARDS}) == len(GUARDS)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_each_guard_stands_once_where_the_table_says_and_can_be_taken_out(guard):
    texts = {edit.source: (ROOT / edit.source).read_text(encoding="utf-8") for edit in guard.edits}
    changed = guards.without(guard, texts)
    assert all(changed[source] != text for source, text in texts.items())


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_each_attacks_test_is_there(guard):
    file, name = guard.test.split("::")
    name, _, cases = name.partition("[")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert re.search(rf"^def {name}\(", text, re.MULTILINE)
    above = text[: text.index(f"def {name}(")].rpartition("\n\n\n")[2]
    assert ("parametrize" in above) == bool(cases)


def test_a_guard_that_stands_twice_or_nowhere_is_named():
    guard = Guard("attack", "twice", "", "", (Edit("A.sol", "guard();", ""),))
    for text, times in (("guard(); guard();", 2), ("", 0)):
        with pytest.raises(ValueError, match=f"twice: A.sol has it {times} times"):
            guards.without(guard, {"A.sol": text})
    assert guards.without(guard, {"A.sol": "x; guard(); y;"}) == {"A.sol": "x;  y;"}


def test_only_a_test_that_fails_in_its_own_words_is_a_kill():
    outcomes = [None, Failure("t", "call", "void"), Failure("t", "setup"), Failure("timeout")]
    assert [guards.verdict_on(each)[0] for each in outcomes] == ["SURVIVED", "KILLED", "BROKEN", "BROKEN"]


class Tree:
    """Stands in for the sources' build and for the lane; a test fails as it is told."""

    def __init__(self, as_it_is=None, without=None):
        self.build, self.as_it_is, self.without = self, as_it_is, without
        self.texts = {edit.source: (ROOT / edit.source).read_text("utf-8") for edit in GUARDS[0].edits}
        self.solc = self

    def codes_with(self, texts):
        if texts != self.texts and isinstance(self.without, Refused):
            raise self.without
        return {"A": "true" if texts == self.texts else "other"}

    def true_code(self, _name):
        return "true"

    def first_failure(self, codes, _tests):
        return self.without if codes.get("A") == "other" else self.as_it_is

    def close(self):
        pass


@pytest.mark.parametrize(
    ("tree", "status", "words"),
    [
        (Tree(without=Failure("t", "call", "escrow is gone")), 0, "KILLED"),
        (Tree(), 1, "SURVIVED"),
        (Tree(without=Refused("ParserError")), 1, "does not compile without it: ParserError"),
        (Tree(as_it_is=Failure("t", "call", "flaky")), 1, "fails with every guard in place: t call flaky"),
    ],
    ids=["killed", "survived", "refused", "failing"],
)
def test_the_run_ends_well_only_if_every_attack_is_stopped(monkeypatch, capsys, tree, status, words):
    for name in ("Lane", "Build", "Solc"):
        monkeypatch.setattr(guards, name, lambda *_: tree)
    assert guards.main([GUARDS[0].name]) == status
    assert words in capsys.readouterr().out
