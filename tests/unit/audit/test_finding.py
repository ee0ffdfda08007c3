"""Counting comparisons, telling check lines, keeping findings."""

from wellhead.audit.finding import Check, Checklist, Finding


def test_a_difference_is_a_finding_with_both_values() -> None:
    checklist = Checklist()
    assert checklist.same("FEE", "asset 0", 5, 5, "here")
    assert not checklist.same("ROOT", "asset 0", b"\x01", b"\x02", "there")
    result = checklist.result()
    assert result.checks == 2
    assert result.findings == (Finding("ROOT", "asset 0", "0x01", "0x02", "there"),)


def test_a_section_tells_its_comparisons_once_they_are_made() -> None:
    lines: list[Check] = []
    checklist = Checklist(lines.append)
    with checklist.section("Sums", "asset 0"):
        checklist.same("SUM", "asset 0", 1, 1, "")
        checklist.same("SUM", "asset 0", 1, 2, "")
    checklist.note("Skipped", "asset 1")
    assert lines == [Check("Sums", "asset 0", 2, False), Check("Skipped", "asset 1", 0, True)]


def test_a_section_within_another_is_counted_once() -> None:
    lines: list[Check] = []
    checklist = Checklist(lines.append)
    with checklist.section("Outer", "asset 0"):
        checklist.same("A", "", 1, 1, "")
        with checklist.section("Inner", "asset 0"):
            checklist.same("B", "", 1, 2, "")
            checklist.same("B", "", 1, 1, "")
    assert lines == [Check("Inner", "asset 0", 2, False), Check("Outer", "asset 0", 1, True)]
    assert checklist.result().checks == 3
