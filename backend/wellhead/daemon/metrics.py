"""What a member's process shows to Prometheus: one registry of its own, every metric with its sentence.

Times are shown as Unix seconds, not as ages: a process that hangs must not look young. A limit that depends
on the deployment is a metric beside what it limits, with the same labels, so that `operations/alerts.yml`
holds for every deployment. Counters for members and steps known at the start begin at 0: the first
occurrence is an increase.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

STEP_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60)
RPC_ERRORS = ("lost", "refused", "database", "watch")
"""Kinds of answers that cannot be used, known beforehand."""
OWN_ALERT = ("step_failed", "withheld", "disagreement", "unanswered")
"""Codes of a step's alarms that another metric tells already."""
OTHER_CODES = ("not_closed", "report_missed", "report_unknown", "reverted", "void")
"""The rest of those known beforehand."""
STALLED_SECONDS = 120
"""A loop in which no step ends for so long hangs."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class KeyState:
    """One sending key, as stored and as the chain has it."""

    address: str
    balance: int
    """Wei."""
    unmined: int
    """Transactions that have signed bytes and are in no block."""
    oldest_unmined_at: int
    """When the oldest of them was signed, Unix seconds; 0: there is none."""
    nonce_gap: int
    """Nonces below our last one that neither the pool nor our store knows."""
    foreign: int
    """Transactions by our key that are not ours."""


@dataclass(frozen=True, slots=True)
class IndexState:
    """Where the index stands."""

    lag_blocks: int
    block_timestamp: int
    """Of the newest indexed block."""
    alarms: Mapping[str, int]
    """Open alarms by kind."""


@dataclass(frozen=True, slots=True)
class ReportState:
    """One asset's reports."""

    asset_id: int
    last_at: int
    """When the newest was posted, Unix seconds; 0: never."""
    due_at: int
    """From when on the next is late, Unix seconds."""


class Alarm(Protocol):
    """Something that a person should look at."""

    @property
    def code(self) -> str:
        """One of few words."""


class Ended(Protocol):
    """What a step of the loop did."""

    error: str | None

    @property
    def alarms(self) -> Sequence[Alarm]:
        """What it raised."""


class Metrics:
    """All metrics of one process."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.registry = CollectorRegistry()
        self._clock = clock
        gauge, counter = self._gauge, self._counter
        self.build = gauge(
            "build_info", "Always 1; the program's and the rules' version.", "version", "rules"
        )
        self.up_since = gauge("start_timestamp_seconds", "When this process started.")
        self.loop_at = gauge("loop_timestamp_seconds", "When a step of the loop last ended.")
        self.watched_at = gauge("watch_timestamp_seconds", "When chain and database were last looked at.")
        self.step_seconds = Histogram(
            "step_seconds",
            "How long steps took.",
            ["step"],
            namespace="wellhead",
            registry=self.registry,
            buckets=STEP_SECONDS,
        )
        self.steps = counter("steps", "Steps that ended, by how.", "step", "result")
        self.step_failures = gauge("step_failures_in_a_row", "Failures since the step last worked.", "step")
        self.alarms = counter("alarms", "Alarms of steps that no other metric tells, by code.", "code")
        self.step_worked_at = gauge("step_success_timestamp_seconds", "When the step last worked.", "step")
        self._report_metrics()
        self._key_metrics()
        self._chain_metrics()
        for at in (self.up_since, self.loop_at, self.watched_at):
            at.set(clock())
        for code in OTHER_CODES:
            self.alarms.labels(code)
        self._step_ended_at = clock()

    def _report_metrics(self) -> None:
        gauge, counter = self._gauge, self._counter
        self.report_at = gauge("report_timestamp_seconds", "When the last report was posted.", "asset")
        self.report_due = gauge("report_due_timestamp_seconds", "When the next report is late.", "asset")
        self.withheld = gauge("withheld_assets", "Assets not reported because their data cannot be trusted.")
        self.agreements = counter("member_agreements", "Proposals that a member signed.", "member")
        self.disagreements = counter("member_disagreements", "Proposals that a member refused.", "member")
        self.disputed = gauge("disputed_assets", "Differences between members in the newest report.")
        self.challenges = gauge(
            "challenges_open", "Unanswered challenges of reports that this member signed."
        )
        self.challenge_due = gauge(
            "challenge_due_timestamp_seconds", "When the first of them voids the report; 0: none is open."
        )
        self.challenge_notice = gauge(
            "challenge_notice_seconds", "How long before that a person is called: half of the window."
        )
        self.ledger_differences = gauge("ledger_differences", "Totals that differ between books and chain.")

    def _key_metrics(self) -> None:
        gauge = self._gauge
        self.balance = gauge("native_balance_wei", "What the key can pay fees with.", "address")
        self.balance_floor = gauge("native_balance_floor_wei", "Least that it should hold.", "address")
        self.balance_drop_max = gauge(
            "native_balance_drop_wei_max", "More than it can spend in ten minutes by itself.", "address"
        )
        self.unmined = gauge("transactions_unmined", "Signed and in no block.", "address")
        self.unmined_at = gauge(
            "transaction_oldest_unmined_timestamp_seconds", "When the oldest was signed; 0: none.", "address"
        )
        self.nonce_gap = gauge("nonce_gap", "Nonces below our last one that nobody uses.", "address")
        self.foreign = gauge(
            "key_foreign_transactions", "Transactions by our key that we did not make.", "address"
        )

    def _chain_metrics(self) -> None:
        gauge, counter = self._gauge, self._counter
        self.index_lag = gauge("index_lag_blocks", "Blocks that the node has and the index has not.")
        self.index_at = gauge("index_block_timestamp_seconds", "Time of the newest indexed block.")
        self.index_alarms = gauge("index_alarms", "Open alarms that stop money.", "kind")
        self.reorgs = counter("reorgs", "Reorganisations that the index took back.")
        self.reorg_depth = gauge("reorg_depth_blocks", "Depth of the last one.")
        self.reorg_depth_max = gauge("reorg_depth_blocks_max", "Depth of the deepest since the start.")
        self.deep_reorg = gauge("deep_reorg", "1: a final block was replaced and money stands still.")
        self.rpc_errors = counter("rpc_errors", "Answers of the node that could not be used.", "kind")
        self.clock_skew = gauge("clock_skew_seconds", "This host's clock less another one.", "source")
        self.index_at.set(self._clock())
        for kind in RPC_ERRORS:
            self.rpc_errors.labels(kind)

    def _gauge(self, name: str, sentence: str, *labels: str) -> Gauge:
        return Gauge(name, sentence, labels, namespace="wellhead", registry=self.registry)

    def _counter(self, name: str, sentence: str, *labels: str) -> Counter:
        return Counter(name, sentence, labels, namespace="wellhead", registry=self.registry)

    # --- what the daemon tells -----------------------------------------------------------------------------

    def started(
        self, version: str, rules: int, members: Iterable[str] = (), steps: Iterable[str] = ()
    ) -> None:
        """Begin every counter at 0 that has labels known by now."""
        self.build.labels(version, str(rules)).set(1)
        for member in members:
            self.agreements.labels(member)
            self.disagreements.labels(member)
        for step in steps:
            self.step_failures.labels(step).set(0)

    def on_step(self, name: str, ended: Ended, seconds: float) -> None:
        """A step of the loop ended; what it raised counts until it ends without."""
        self.step_seconds.labels(name).observe(seconds)
        self.steps.labels(name, "done" if ended.error is None else "failed").inc()
        if ended.error is None:
            self.step_failures.labels(name).set(0)
            self.step_worked_at.labels(name).set(self._clock())
        else:
            self.step_failures.labels(name).inc()
        codes = [alarm.code for alarm in ended.alarms]
        if name == "report" and ended.error is None:
            self.withheld.set(codes.count("withheld"))
            self.disputed.set(codes.count("disagreement"))
        for code in codes:
            if code not in OWN_ALERT:
                self.alarms.labels(code).inc()
        self._step_ended_at = self._clock()
        self.loop_at.set(self._step_ended_at)

    def stalled_seconds(self) -> float:
        """How long ago the last step ended, if that is too long; 0 otherwise."""
        age = self._clock() - self._step_ended_at
        return age if age > STALLED_SECONDS else 0

    def on_member(self, member: str, agreed: bool) -> None:
        """A member answered a proposal."""
        (self.agreements if agreed else self.disagreements).labels(member).inc()

    def on_reorg(self, depth: int) -> None:
        """The index took back `depth` blocks; none is no reorganisation."""
        if depth > 0:
            self.reorgs.inc()
            self.reorg_depth.set(depth)
            seen = self.registry.get_sample_value("wellhead_reorg_depth_blocks_max") or 0
            self.reorg_depth_max.set(max(seen, depth))

    def on_rpc_error(self, kind: str) -> None:
        """The node's answer could not be used; `kind` is one of few words."""
        self.rpc_errors.labels(kind).inc()

    # --- what the watch finds ------------------------------------------------------------------------------

    def show_key(self, key: KeyState, floor: int, drop_max: int) -> None:
        """One sending key, and its limits in wei."""
        for metric, value in (
            (self.balance, key.balance),
            (self.balance_floor, floor),
            (self.balance_drop_max, drop_max),
            (self.unmined, key.unmined),
            (self.unmined_at, key.oldest_unmined_at),
            (self.nonce_gap, key.nonce_gap),
            (self.foreign, key.foreign),
        ):
            metric.labels(key.address).set(value)

    def show_index(self, index: IndexState) -> None:
        """The index; an alarm that was cleared goes back to 0."""
        self.index_lag.set(index.lag_blocks)
        self.index_at.set(index.block_timestamp)
        for kind in ("ReorgPastFinality", "LostEvents", *index.alarms):
            self.index_alarms.labels(kind).set(index.alarms.get(kind, 0))
        self.deep_reorg.set(1 if index.alarms.get("ReorgPastFinality") else 0)

    def show_reports(self, reports: Iterable[ReportState]) -> None:
        """Every asset's reports."""
        for report in reports:
            self.report_at.labels(str(report.asset_id)).set(report.last_at)
            self.report_due.labels(str(report.asset_id)).set(report.due_at)

    def show_challenges(self, dues: Iterable[int], notice_seconds: int) -> None:
        """When each open challenge of what we signed voids the report, Unix seconds."""
        every = list(dues)
        self.challenges.set(len(every))
        self.challenge_due.set(min(every, default=0))
        self.challenge_notice.set(notice_seconds)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)
