"""How long each step of a report may take: what a deployment fixes for ever."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Windows:
    """How long each step may take, in seconds; see `IReportOracle.Windows`."""

    post_from: int
    post_until: int
    dispute: int
    answer: int
    revision: int
    hard_end: int

    def as_tuple(self) -> tuple[int, ...]:
        """Fields in the struct's order."""
        return (
            self.post_from,
            self.post_until,
            self.dispute,
            self.answer,
            self.revision,
            self.hard_end,
        )


DAY = 86_400
DEFAULT_WINDOWS = Windows(DAY // 24, DAY, DAY, 2 * DAY, 2 * DAY, 14 * DAY)
"""Post from 1 h until 24 h after the period, dispute 24 h, answer 48 h, revise within 48 h, hard end 14 d."""

SHORTEST_POST_SECONDS = 60
"""However short the period, there is so long to post its report."""


def windows_for(period_seconds: int) -> Windows:
    """The default windows, in proportion to a period of another length than a day.

    However short the period, there is a minute to post its report: every transaction takes a second of it.
    """
    scaled = Windows(*(seconds * period_seconds // DAY for seconds in DEFAULT_WINDOWS.as_tuple()))
    post_until, dispute = max(scaled.post_until, SHORTEST_POST_SECONDS), max(scaled.dispute, 1)
    slowest = post_until + dispute + 2 * (scaled.answer + scaled.revision + dispute)
    hard_end = max(scaled.hard_end, slowest)
    return replace(scaled, post_until=post_until, dispute=dispute, hard_end=hard_end)
