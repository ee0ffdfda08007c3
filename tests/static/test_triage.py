"""The gate in front of Slither's findings: what has no reason, and what has a reason in vain, is shown."""

import pytest
from tests.static.__main__ import PAGE
from tests.static.triage import Place, accepted_in, faults, findings_of

CONTRACT = {"type": "contract", "name": "Vault"}
PULL = {"type": "function", "name": "pull", "type_specific_fields": {"parent": CONTRACT}}
LINE = {"type": "node", "name": "balance == 1", "type_specific_fields": {"parent": PULL}}
AMOUNT = {"type": "variable", "name": "amount", "type_specific_fields": {"parent": PULL}}


def report(*findings):
    return {
        "success": True,
        "error": None,
        "results": {
            "detectors": [
                {"check": check, "description": f"{check} here\n", "elements": [element]}
                for check, element in findings
            ]
        },
    }


def page(*rows):
    return "\n".join(["| detector | place | why |", "|---|---|---|", *rows, ""])


def test_a_finding_is_known_by_its_detector_and_function():
    found = findings_of(
        report(("timestamp", PULL), ("incorrect-equality", LINE), ("shadowing-local", AMOUNT))
    )
    assert set(found) == {
        Place("timestamp", "Vault.pull"),
        Place("incorrect-equality", "Vault.pull"),
        Place("shadowing-local", "Vault.pull.amount"),
    }


def test_a_finding_with_a_reason_passes_and_one_without_does_not():
    rows = page("| `timestamp` | `Vault.pull` | Periods are seconds. |")
    assert faults(report(("timestamp", PULL)), rows) == []
    assert faults(report(("timestamp", PULL), ("timestamp", CONTRACT)), rows) == [
        "timestamp in Vault:\ntimestamp here"
    ]


def test_a_reason_for_nothing_is_a_fault():
    rows = page("| `timestamp` | `Vault.pull` | Periods are seconds. |")
    assert faults(report(), rows) == [
        "docs/slither.md accepts timestamp in Vault.pull, where Slither finds none"
    ]


def test_two_reasons_for_one_place_are_refused():
    row = "| `timestamp` | `Vault.pull` | Periods are seconds. |"
    with pytest.raises(ValueError, match=r"two rows for timestamp in Vault\.pull"):
        accepted_in(page(row, row))


def test_a_run_of_slither_that_failed_is_no_clean_run():
    with pytest.raises(ValueError, match="Slither failed: no forge"):
        faults({"success": False, "error": "no forge", "results": {}}, page())


def test_every_line_of_the_page_that_looks_like_a_reason_is_read_as_one():
    text = PAGE.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == len(accepted_in(text))
