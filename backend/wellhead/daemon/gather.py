"""A proposer's work: bring readings together, propose, collect, rebuild once, leave out what is disputed.

Any member may do it at any time; the same readings give the same report, so doing it twice does no harm.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from wellhead.daemon.exchange.client import DEVICES_PER_ASK, Peer, PeerSilent
from wellhead.daemon.member import Due, Member, Verdict
from wellhead.errors import InputError, ReportError
from wellhead.registry.devices import Device
from wellhead.reports import repository
from wellhead.reports.asset_report import asset_report_hash
from wellhead.reports.committee import (
    Statement,
    asset_digests,
    blocked_assets,
    check_statement,
    device_digests,
)
from wellhead.reports.members import Proposal
from wellhead.reports.period_report import period_report_hash, signers_of
from wellhead.reports.service import Bundled

logger = logging.getLogger(__name__)


OnMember = Callable[[str, bool], None]
"""Hears a member's address, and whether it signed the proposal or said where it disagrees."""


def nobody(member: str, agreed: bool) -> None:
    """Hears nothing."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What came of a round: a proposal with its signatures, or why there is none."""

    bundled: Bundled | None = None
    signatures: dict[str, bytes] = field(default_factory=dict)
    statements: tuple[Statement, ...] = ()
    sources: int = 0
    """Members whose stores the report was made from."""
    left_out: frozenset[int] = frozenset()
    withheld: dict[int, str] = field(default_factory=dict)
    """Assets that nothing is said about, and why."""
    rebuilds: int = 0


class Gatherer:
    """Proposes for one member."""

    def __init__(
        self,
        member: Member,
        peers: Sequence[Peer],
        sources_min: int | None = None,
        on_member: OnMember = nobody,
    ) -> None:
        """`sources_min`: how many members' stores a report is made from at least; by default a quorum."""
        self.member, self.peers, self._sources_min = member, peers, sources_min
        self._on_member = on_member

    # --- bringing together -----------------------------------------------------------------------------

    def exchange(self, period: int) -> int:
        """Take from every peer what it holds more; returns how many members' readings are together now."""
        answered = 1
        for peer in self.peers:
            try:
                self._take_from(peer, period)
                answered += 1
            except PeerSilent as silent:
                logger.warning("period %d: %s", period, silent)
        return answered

    def _take_from(self, peer: Peer, period: int) -> None:
        member = self.member
        with member.sessions() as session:
            held = member.held(session, period)
        mine, theirs = asset_digests(held), peer.digests(period)
        facts = member.facts_of(period)
        for asset_id in sorted(facts.assets.keys() & theirs.keys()):
            if mine.get(asset_id) == theirs[asset_id]:
                continue
            known = device_digests(held.get(asset_id, {}))
            wanted = [i for i, d in peer.device_digests(period, asset_id).items() if known.get(i) != d]
            for start in range(0, len(wanted), DEVICES_PER_ASK):
                readings = peer.readings(period, asset_id, wanted[start : start + DEVICES_PER_ASK])
                _, refused = member.take(period, readings)
                if refused:
                    logger.warning(
                        "%s gave %d readings that are not taken: %s", peer.address, len(refused), refused[0]
                    )

    # --- proposing -------------------------------------------------------------------------------------

    def gather(self, due: Due) -> Gathered:
        """A round: exchange, propose, collect; one rebuild; then what is disputed is left out."""
        period = due.facts.period
        members, quorum, _ = self.member.committee()
        sources = self.exchange(period)
        withheld = {a: why for a, why in due.facts.withheld.items() if a in due.assets}
        needed = quorum if self._sources_min is None else self._sources_min
        if sources < needed:
            why = f"{sources} of {len(members)} members' stores at hand, {needed} needed"
            return Gathered(sources=sources, withheld=dict.fromkeys(due.assets, why))
        first = self._collect(due, frozenset(), withheld, sources, 0)
        if first.bundled is None or not first.statements:
            return first
        self.exchange(period)
        second = self._collect(due, frozenset(), withheld, sources, 1)
        if second.bundled is None or len(second.signatures) >= quorum:
            return second
        disputed = blocked_assets(second.statements, _leaves_of(second.bundled.proposal), members, quorum)
        if not disputed:
            return second
        return self._collect(due, frozenset(disputed), withheld, sources, 1)

    def _collect(
        self, due: Due, leave_out: frozenset[int], withheld: dict[int, str], sources: int, rebuilds: int
    ) -> Gathered:
        """Build, and ask everybody, ourselves first."""
        try:
            bundled = self.member.build(due, leave_out)
        except ReportError as error:
            return Gathered(sources=sources, withheld=withheld or dict.fromkeys(due.assets, str(error)))
        with self.member.sessions() as session:
            said = repository.statements_on(session, due.facts.period, due.revision) if leave_out else []
        reasons = [statement for statement in said if statement.asset_id in leave_out]
        body = self.member.keep(bundled, reasons)
        signatures, statements = self._verdicts(bundled.proposal, body)
        return Gathered(bundled, signatures, tuple(statements), sources, leave_out, withheld, rebuilds)

    def _verdicts(self, proposal: Proposal, body: bytes) -> tuple[dict[str, bytes], list[Statement]]:
        signatures: dict[str, bytes] = {}
        statements: list[Statement] = []
        for name, verdict in self._answers(body):
            if verdict.refusal:
                logger.warning("%s refuses the proposal: %s", name, verdict.refusal)
            try:
                self._note(proposal, name, verdict)
            except InputError as error:
                logger.warning("%s: verdict not usable: %s", name, error)
                continue
            if verdict.signature is not None:
                signatures[name] = verdict.signature
            if verdict.signature is not None or verdict.statements:
                self._on_member(name, verdict.signature is not None)
            statements += verdict.statements
        return signatures, statements

    def _answers(self, body: bytes) -> Iterable[tuple[str, Verdict]]:
        yield self.member.signer.address, self.member.consider(body)
        for peer in self.peers:
            try:
                yield peer.address, peer.judge(body)
            except PeerSilent as silent:
                logger.warning("proposal: %s", silent)

    def _note(self, proposal: Proposal, name: str, verdict: Verdict) -> None:
        """Check and keep a verdict; raises ReportError for one that its member did not sign."""
        report = proposal.report
        if verdict.signature is not None:
            [signer] = signers_of(self.member.oracle, report, [verdict.signature])
            if signer != name:
                raise ReportError(f"signature by {signer}")
        for statement in verdict.statements:
            if statement.member != name or (statement.period, statement.revision) != (
                report.period,
                report.revision,
            ):
                raise ReportError(f"a statement of {statement.member} on period {statement.period}")
            check_statement(self.member.oracle, statement)
            logger.warning("period %d: %s", report.period, statement)
        digest = period_report_hash(report)
        with self.member.sessions.begin() as session:
            repository.add_statements(session, verdict.statements)
            if verdict.signature is not None:
                repository.add_signature(
                    session, report.period, report.revision, digest, name, verdict.signature
                )

    # --- what others have ------------------------------------------------------------------------------

    def fetch(self, digest: bytes) -> Proposal:
        """A posted proposal, from our store or a peer's; raises ReportError where nobody has it."""
        try:
            return self.member.proposal_of(digest)
        except ReportError:
            for peer in self.peers:
                try:
                    return self.member.adopt(digest, peer.proposal(digest))
                except (PeerSilent, ReportError) as error:
                    logger.info("proposal 0x%s: %s", digest.hex(), error)
        raise ReportError(f"the proposal 0x{digest.hex()} is in no member's store")

    def find_list(self, asset_id: int, version: int) -> Sequence[Device] | None:
        """A device list that a peer has; the registry's root says whether it is right."""
        for peer in self.peers:
            try:
                return peer.device_list(asset_id, version)
            except PeerSilent as silent:
                logger.info("device list %d-%d: %s", asset_id, version, silent)
        return None


def _leaves_of(proposal: Proposal) -> dict[int, bytes]:
    return {asset_id: asset_report_hash(leaves.report) for asset_id, leaves in proposal.assets.items()}
