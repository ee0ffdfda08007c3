"""One member: what it holds of a period, what it makes of it, and when it signs what others propose."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.contracts.report_oracle import MemberSet
from wellhead.chain.follow import Follower
from wellhead.chain.signers import Signer
from wellhead.chain.system import System
from wellhead.daemon.published import PublishedFolder
from wellhead.errors import InputError, ReportError
from wellhead.registry.devices import Device
from wellhead.reports import repository
from wellhead.reports.asset_report import asset_report_hash
from wellhead.reports.committee import (
    ReceivedReading,
    Statement,
    blocked_assets,
    check_received,
    check_statement,
    statement_of,
)
from wellhead.reports.members import (
    AssetFacts,
    Difference,
    Held,
    Proposal,
    build_leaves,
    check_frame,
    check_root,
    differences,
    merge,
)
from wellhead.reports.period_report import period_report_hash
from wellhead.reports.publish import bundle_hash
from wellhead.reports.service import Bundled, bundle_files, own_received, propose, readings_held
from wellhead.reports.sync import (
    ListLookup,
    PeriodFacts,
    PostedReport,
    read_period_facts,
    read_posted,
    voids_by_silence,
)
from wellhead.reports.wire import encode_proposal, parse_proposal
from wellhead.telemetry.reading import SignedReading, struct_hash
from wellhead.telemetry.receipts import sign_receipt

logger = logging.getLogger(__name__)

COMMITTEE_SECONDS = 2.0
"""How long the list of members is believed before it is read again."""

DOUBT_SECONDS = 2.0
"""How long facts that may still change, or are not certain, are used before they are read again."""

MISSING_LEAF = bytes(32)
"""In a statement: the asset should be in the report and is not."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A member's answer to a proposal: a signature, or what it disagrees with."""

    digest: bytes
    signature: bytes | None = None
    statements: Sequence[Statement] = ()
    refusal: str = ""
    """Why the proposal as a whole cannot be judged or signed."""


@dataclass(frozen=True, slots=True)
class Due:
    """A report that is to be made: which revision, over which assets."""

    facts: PeriodFacts
    revision: int
    assets: frozenset[int]
    posted: tuple[PostedReport, ...] = ()


@dataclass
class Member:
    """A member's store and judgement. Thread-safe: peers' requests come from other threads than the loop."""

    system: System
    follower: Follower
    sessions: sessionmaker[Session]
    signer: Signer
    published: PublishedFolder
    clock: Callable[[], int] = field(default=lambda: int(time.time()))
    find_list: ListLookup = field(default=lambda asset_id, version: None)
    """Where a device list may be had that is not in the folder: the peers."""
    signs: bool = True
    """Whether reports are signed; not in a dry run."""

    def __post_init__(self) -> None:
        """Read what never changes."""
        self.oracle = self.system.domain_of("ReportOracle")
        self.calendar = self.system.deployment.clock
        self.windows = self.system.oracle.windows()
        self._committee: tuple[float, MemberSet] | None = None
        self._facts: dict[int, PeriodFacts] = {}
        self._doubtful: dict[int, tuple[float, PeriodFacts]] = {}
        self._judging = threading.Lock()

    # --- what the chain says ---------------------------------------------------------------------------

    def committee(self) -> MemberSet:
        """Members in force."""
        now = time.monotonic()
        if self._committee is None or now - self._committee[0] > COMMITTEE_SECONDS:
            self._committee = (now, self.system.oracle.members())
        return self._committee[1]

    @property
    def known_members(self) -> list[str]:
        """Members as last read: asks the chain only the first time."""
        return (self._committee[1] if self._committee else self.committee()).members

    def cutoff_of(self, period: int) -> int:
        """The last second in which a reading of the period counts if a member received it then."""
        return self.calendar.end_of(period) + self.windows.post_from

    def facts_of(self, period: int) -> PeriodFacts:
        """The period's facts; kept once the period is over and nothing is withheld."""
        known = self._facts.get(period)
        if known is not None:
            return known
        now = time.monotonic()
        read_at, doubtful = self._doubtful.get(period, (0.0, None))
        if doubtful is not None and now - read_at < DOUBT_SECONDS:
            return doubtful
        facts = read_period_facts(self.system, self.follower, period, self.device_list)
        self._doubtful = {p: f for p, f in self._doubtful.items() if p > period - 8} | {period: (now, facts)}
        if not facts.withheld and self.system.chain.timestamp() >= self.cutoff_of(period):
            self._facts = {p: f for p, f in self._facts.items() if p > period - 8} | {period: facts}
        return facts

    def due(self, period: int) -> Due | None:
        """What is to be reported of a period that is over: all of it, or what is void or missing in it."""
        posted = tuple(read_posted(self.system, self.follower).get(period, ()))
        facts = self.facts_of(period)
        known = frozenset(facts.assets) | frozenset(facts.withheld)
        missing = known - self._standing(known, posted)
        return Due(facts, len(posted), missing, posted) if missing else None

    def _standing(self, known: Iterable[int], posted: Sequence[PostedReport]) -> frozenset[int]:
        """Assets that a posted revision holds, void ones included unless only silence made them void.

        What was voided by a proof would be voided again, at the signers' cost: a person has to look first.
        """
        standing: set[int] = set()
        silent = voids_by_silence(self.system, self.follower) if posted else frozenset()
        for place, stands in enumerate(posted):
            report, inside = stands.report, self.proposal_of(stands.digest).assets
            standing |= {
                asset_id
                for asset_id in known
                if asset_id in inside
                and not (
                    (asset_id, report.period, place) in silent
                    and self.system.oracle.is_void(asset_id, report.period, place, stands.posted)
                )
            }
        return frozenset(standing)

    def device_list(self, asset_id: int, version: int) -> Sequence[Device] | None:
        """A device list, unchecked against the chain; None where nobody has it."""
        found = self.published.device_list(asset_id, version)
        return found if found is not None else self.find_list(asset_id, version)

    # --- what it holds ---------------------------------------------------------------------------------

    def held(self, session: Session, period: int) -> Held:
        """Every reading of the period that this or another member received in time."""
        until = self.cutoff_of(period)
        own = readings_held(session, period, until)
        return merge(own, repository.peer_readings(session, period, until))

    def received(self, session: Session, period: int, asset_id: int) -> list[ReceivedReading]:
        """The same of one asset, each with the receipt of the member who received it."""
        until = self.cutoff_of(period)
        found = repository.peer_received(session, period, until, asset_id)
        for signed, received_at in own_received(session, period, asset_id, until):
            receipt = sign_receipt(
                self.signer.sign_digest, self.oracle, struct_hash(signed.reading), received_at
            )
            found.append(ReceivedReading(signed, self.signer.address, receipt))
        return found

    def take(self, period: int, readings: Iterable[ReceivedReading]) -> tuple[int, list[str]]:
        """Keep what peers received in time; returns how many were new, and why others were not taken."""
        facts, members = self.facts_of(period), self.committee().members
        cutoff, length = self.cutoff_of(period), self.calendar.period_seconds
        good, refused = [], []
        for each in readings:
            try:
                check_received(self.oracle, each, period, facts.assets, members, cutoff, length)
                good.append(each)
            except InputError as error:
                refused.append(str(error))
        with self.sessions.begin() as session:
            return repository.add_peer_readings(session, good), refused

    # --- proposals -------------------------------------------------------------------------------------

    def build(self, due: Due, leave_out: Iterable[int] = ()) -> Bundled:
        """The report that this member's readings give; raises ReportError where there is none to make."""
        chosen = (due.assets & due.facts.assets.keys()) - frozenset(leave_out)
        facts = [due.facts.assets[asset_id] for asset_id in sorted(chosen)]
        excused = [due.facts.excused[a] for a in sorted(chosen) if a in due.facts.excused]
        with self.sessions() as session:
            held = self.held(session, due.facts.period)
        return propose(due.facts.period, due.revision, facts, held, excused, due.facts.asset_count)

    def keep(self, bundled: Bundled, statements: Sequence[Statement] = ()) -> bytes:
        """Store a proposal of one's own; returns it as it travels."""
        body = encode_proposal(bundled.proposal, statements)
        self._keep_body(bundled.proposal, body)
        return body

    def proposal_of(self, digest: bytes) -> Proposal:
        """A stored proposal; raises ReportError if it is not here."""
        with self.sessions() as session:
            body = repository.proposal_body(session, digest)
        if body is None:
            raise ReportError(f"the proposal 0x{digest.hex()} is not in this member's store")
        return parse_proposal(body)[0]

    def adopt(self, digest: bytes, body: bytes) -> Proposal:
        """Keep a proposal that was posted, as a peer gave it; raises ReportError if it is another one."""
        proposal, _ = parse_proposal(body)
        check_root(proposal)
        if period_report_hash(proposal.report) != digest:
            raise ReportError(f"asked for proposal 0x{digest.hex()}, given another")
        self._keep_body(proposal, body)
        return proposal

    def consider(self, body: bytes) -> Verdict:
        """Judge a proposal: a signature, stored before it is given, or statements of what is wrong."""
        try:
            proposal, statements = parse_proposal(body)
            digest = period_report_hash(proposal.report)
        except InputError as error:
            return Verdict(bytes(32), refusal=str(error))
        with self._judging:
            try:
                return self._judge(proposal, digest, body, statements)
            except InputError as error:
                return Verdict(digest, refusal=str(error))

    def _judge(
        self, proposal: Proposal, digest: bytes, body: bytes, statements: Sequence[Statement]
    ) -> Verdict:
        report = proposal.report
        with self.sessions() as session:
            signed = repository.signatures_of(session, digest).get(self.signer.address)
        if signed is not None:
            return Verdict(digest, signed)
        if self.clock() < self.cutoff_of(report.period):
            raise ReportError(
                f"period {report.period} is open for readings until {self.cutoff_of(report.period)}"
            )
        due = self.due(report.period)
        if due is None or due.revision != report.revision:
            wanted = "nothing" if due is None else f"revision {due.revision}"
            raise ReportError(f"period {report.period}: {wanted} is due, not revision {report.revision}")
        for statement in statements:
            check_statement(self.oracle, statement)
        with self.sessions.begin() as session:
            repository.add_statements(session, statements)
        found = self._differences(due, proposal)
        if found:
            return Verdict(digest, statements=self._state(proposal, found))
        files = self.files_of(due.facts, proposal)
        check_frame(proposal, proposal.assets.keys(), bundle_hash(files), due.facts.asset_count)
        check_root(proposal)
        if not self.signs:
            raise ReportError("a dry run: this member agrees, and signs nothing")
        signature = self.signer.sign_digest(self.oracle.digest(digest))
        with self.sessions.begin() as session:
            repository.add_proposal(session, report.period, report.revision, digest, body)
            repository.add_signature(
                session, report.period, report.revision, digest, self.signer.address, signature
            )
        return Verdict(digest, signature)

    def files_of(self, facts: PeriodFacts, proposal: Proposal) -> dict[str, bytes]:
        """The published files of a proposal."""
        inside = [facts.assets[asset_id] for asset_id in sorted(proposal.assets)]
        excused = [facts.excused[a] for a in sorted(proposal.assets) if a in facts.excused]
        return bundle_files(facts.period, inside, proposal.assets, excused)

    def _differences(self, due: Due, proposal: Proposal) -> list[Difference]:
        """What this member disagrees with, by asset; what it signed before counts as held."""
        report, facts = proposal.report, due.facts
        with self.sessions() as session:
            own = self.held(session, report.period)
            bodies = repository.bodies_signed_by(session, report.period, report.revision, self.signer.address)
            said = repository.statements_on(session, report.period, report.revision)
        for body in bodies:
            own = merge(own, held_in(parse_proposal(body)[0]))
        found = []
        for asset_id in sorted(proposal.assets):
            if asset_id not in due.assets:
                found.append(Difference(f"asset {asset_id}: is not to be reported", asset_id))
            elif asset_id in facts.withheld:
                found.append(Difference(f"asset {asset_id}: {facts.withheld[asset_id]}", asset_id))
        judged = {a: leaves for a, leaves in proposal.assets.items() if a in due.assets & facts.assets.keys()}
        length = self.calendar.period_seconds
        found += differences(self.oracle, replace(proposal, assets=judged), own, facts.assets, length)
        left_out = (due.assets & facts.assets.keys()) - proposal.assets.keys()
        found += self._missing(report.period, left_out, facts.assets, own, said)
        return found

    def _missing(
        self,
        period: int,
        left_out: Iterable[int],
        facts: Mapping[int, AssetFacts],
        own: Held,
        said: Sequence[Statement],
    ) -> list[Difference]:
        """Assets left out although a quorum might sign the leaf that this member would give them."""
        leaves = {
            asset_id: asset_report_hash(build_leaves(period, facts[asset_id], own.get(asset_id, {})).report)
            for asset_id in left_out
        }
        members, quorum, _ = self.committee()
        blocked = blocked_assets(said, leaves, members, quorum)
        return [Difference(f"asset {a}: left out", a) for a in sorted(leaves.keys() - blocked)]

    def _state(self, proposal: Proposal, found: Iterable[Difference]) -> list[Statement]:
        """Sign what was found, keep it, and say it in the log."""
        report = proposal.report
        statements = []
        for difference in found:
            leaves = proposal.assets.get(difference.asset_id)
            leaf = asset_report_hash(leaves.report) if leaves else MISSING_LEAF
            unsigned = statement_of(report.period, report.revision, leaf, difference, self.signer.address)
            digest = self.oracle.digest(unsigned.digest)
            statements.append(replace(unsigned, signature=self.signer.sign_digest(digest)))
            logger.warning("period %d, revision %d: %s", report.period, report.revision, difference)
        with self.sessions.begin() as session:
            repository.add_statements(session, statements)
        return statements

    def _keep_body(self, proposal: Proposal, body: bytes) -> None:
        report = proposal.report
        with self.sessions.begin() as session:
            repository.add_proposal(session, report.period, report.revision, period_report_hash(report), body)


def held_in(proposal: Proposal) -> dict[int, dict[int, list[SignedReading]]]:
    """The readings under a proposal, as if held."""
    held: dict[int, dict[int, list[SignedReading]]] = {}
    for asset_id, leaves in proposal.assets.items():
        devices = held.setdefault(asset_id, {})
        for index, signed in leaves.readings.items():
            devices.setdefault(index, []).append(signed)
        for index, pair in leaves.conflicts.items():
            devices.setdefault(index, []).extend(pair)
    return held
