"""What an audit says: a check line for each group of comparisons, a finding for each difference."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference; `code` is stable (docs/audit.md), the rest is for people and names both numbers."""

    code: str
    subject: str
    expected: str
    found: str
    where: str


@dataclass(frozen=True, slots=True)
class Check:
    """A group of `count` comparisons about one subject; `count` 0 says that there was nothing to compare."""

    name: str
    subject: str
    count: int
    ok: bool


@dataclass(frozen=True, slots=True)
class AuditResult:
    """How many comparisons were made, and every one that failed, in the order of the audit."""

    checks: int
    findings: tuple[Finding, ...]


class Checklist:
    """Counts comparisons, keeps the findings and tells each finished section to `told`."""

    def __init__(self, told: Callable[[Check], None] = lambda _: None) -> None:
        """An audit that has compared nothing yet."""
        self._told = told
        self._findings: list[Finding] = []
        self._checks = 0
        self._told_checks = 0
        self._told_findings = 0

    @contextmanager
    def section(self, name: str, subject: str) -> Iterator[None]:
        """Everything compared inside becomes one check line, less what a section within told already."""
        checks, findings = self._checks - self._told_checks, len(self._findings) - self._told_findings
        yield
        count = self._checks - self._told_checks - checks
        failed = len(self._findings) - self._told_findings - findings
        self._told_checks += count
        self._told_findings += failed
        self._told(Check(name, subject, count, failed == 0))

    def note(self, name: str, subject: str) -> None:
        """A line that says why nothing was compared."""
        self._told(Check(name, subject, 0, True))

    def same(self, code: str, subject: str, expected: object, found: object, where: str) -> bool:
        """Compare two values; a difference is a finding. Returns whether they agree."""
        return self.holds(expected == found, code, subject, expected, found, where)

    def holds(self, ok: bool, code: str, subject: str, expected: object, found: object, where: str) -> bool:
        """Count one comparison; a finding unless `ok`, which is returned."""
        self._checks += 1
        if not ok:
            self._findings.append(Finding(code, subject, _text(expected), _text(found), where))
        return ok

    def result(self) -> AuditResult:
        """What was compared and found so far."""
        return AuditResult(self._checks, tuple(self._findings))


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    return str(value)
