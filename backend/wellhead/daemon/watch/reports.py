"""When the next report of each asset is late, and when a challenge voids one: pure, from indexed events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wellhead.chain.windows import Windows
from wellhead.clock import PeriodClock
from wellhead.daemon.metrics import ReportState

REVISIONS_MAX = 3
"""Of one period's report, the first included."""


@dataclass(frozen=True, slots=True)
class Posting:
    """A revision that was posted."""

    period: int
    revision: int
    assets: int
    """Assets that its root has places for."""
    at: int
    """Unix seconds of its block."""


@dataclass(frozen=True, slots=True)
class Voided:
    """A revision that is void for an asset."""

    asset_id: int
    period: int
    revision: int
    at: int


@dataclass(frozen=True, slots=True)
class ChallengeAt:
    """A challenge, by the place that it names."""

    asset_id: int
    period: int
    revision: int
    index: int
    opened_at: int


@dataclass(frozen=True, slots=True)
class Published:
    """What the index says of reports."""

    first_period: Mapping[int, int]
    """By asset that was opened."""
    postings: Sequence[Posting]
    voided: Sequence[Voided]
    challenges: Sequence[ChallengeAt]
    """Opened, neither answered nor returned."""


def report_states(published: Published, clock: PeriodClock, windows: Windows) -> list[ReportState]:
    """Every opened asset's reports; late is a report that is not there half-way through the time for it."""
    return [
        _report_state(published, asset_id, first, clock, windows)
        for asset_id, first in sorted(published.first_period.items())
    ]


def _report_state(
    published: Published, asset_id: int, first: int, clock: PeriodClock, windows: Windows
) -> ReportState:
    own = [each for each in published.postings if each.assets > asset_id and each.period >= first]
    newest = max((each.period for each in own), default=first - 1)
    due = clock.end_of(newest + 1) + (windows.post_from + windows.post_until) // 2
    revised = {(each.period, each.revision) for each in own}
    for void in published.voided:
        following = void.period, void.revision + 1
        if void.asset_id == asset_id and void.revision + 1 < REVISIONS_MAX and following not in revised:
            still_possible = void.at + windows.revision > max((each.at for each in own), default=0)
            due = min(due, void.at + windows.revision // 2) if still_possible else due
    return ReportState(asset_id, max((each.at for each in own), default=0), due)


def challenge_dues(published: Published, windows: Windows) -> list[int]:
    """When each open challenge voids its report, Unix seconds; those of what is void already are over."""
    over = {(each.asset_id, each.period, each.revision) for each in published.voided}
    return sorted(
        each.opened_at + windows.answer
        for each in published.challenges
        if (each.asset_id, each.period, each.revision) not in over
    )
