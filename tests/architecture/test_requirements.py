"""Every requirement and every attack on the contracts has a test, and the page that says so is true."""

import re

import pytest
from tests.mutation.attacks import GUARDS

REQUIRED = {"R3", "R5", "R6", "R7", "R8", "R14", "R26", "R27", "R28", *(f"R{n}" for n in range(31, 41))}
ROW = re.compile(r"^\| (R\d+) \| .* \| (.*) \|$", re.MULTILINE)
ATTACK = re.compile(r"^\| ([^|]+) \| `([^`]+)` \| ([^|]+) \| `([^`]+)` \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def rows(repo_root):
    """What the page names, by requirement."""
    return dict(ROW.findall((repo_root / "docs/requirements.md").read_text(encoding="utf-8")))


def test_no_requirement_is_without_a_row(rows):
    assert set(rows) == REQUIRED


def test_every_test_that_the_page_names_exists(rows, repo_root):
    for requirement, shown_by in rows.items():
        names = re.findall(r"`([^`]+)`", shown_by)
        assert names or "invariant" in shown_by, requirement
        for name in names:
            if "::" in name:
                file, name = name.split("::")
                text = (repo_root / file).read_text(encoding="utf-8")
            assert f"def {name}(" in text, (requirement, name)


def test_every_invariant_that_the_page_names_is_numbered(rows, repo_root):
    readme = (repo_root / "tests/invariants/README.md").read_text(encoding="utf-8")
    numbered = {int(number) for number in re.findall(r"^\| (\d+) \|", readme, re.MULTILINE)}
    named = {
        int(n)
        for row in rows.values()
        for part in re.findall(r"invariants? [\d and]+", row)
        for n in re.findall(r"\d+", part)
    }
    assert named <= numbered


def test_the_page_names_the_attacks_their_guards_and_their_tests_as_they_are_tried(repo_root):
    page = (repo_root / "docs/requirements.md").read_text(encoding="utf-8")
    assert ATTACK.findall(page) == [(g.attack, g.name, g.keeps, g.test) for g in GUARDS]
    for guard in GUARDS:
        file, name = guard.test.split("[")[0].split("::")
        assert f"def {name}(" in (repo_root / file).read_text(encoding="utf-8"), guard.name
