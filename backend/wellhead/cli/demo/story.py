"""The story: sold, metered, reported, settled, redeemed, claimed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wellhead.cli.demo.metering import Metering
from wellhead.cli.demo.plan import LIVE_SAMPLES_PER_PERIOD, SHARES_RESOLD, DemoPlan
from wellhead.cli.demo.stage import Stage, Told
from wellhead.errors import StateError
from wellhead.market.service import buy_lease, offer_leases, transfer_shares
from wellhead.reports.evidence import build_evidence
from wellhead.reports.members import AssetFacts, merge
from wellhead.reports.service import Bundled, propose, readings_held, sign_if_agreed, submit_report
from wellhead.settlement.service import (
    claim_owed,
    claim_revenue,
    deposit_bond,
    deposit_spot,
    redeem,
    settle_period,
    skip_until,
    withdraw_bond,
)
from wellhead.units import BPS, format_amount, mul_div_up

SPOT_CODE = b"spot market".ljust(32, b"\0")


@dataclass(frozen=True)
class Lease:
    """What a tenant bought: a series and units of it."""

    tenant: str
    lease_id: int
    units: int
    period: int


def sell(stage: Stage, plan: DemoPlan, told: Told) -> list[Lease]:
    """The bond is deposited and both tenants buy units of every period, before it starts."""
    system, asset, cast = stage.system, stage.asset, stage.cast
    costs = [plan.units_of(t) * plan.price_of(t) for t in (0, 1)]
    bond = sum(mul_div_up(cost, asset.terms.credit_bps, BPS) for cost in costs) * len(plan.periods)
    deposit_bond(system, cast["owner"], asset, bond)
    leases = []
    for number, tenant in enumerate(("tenant-1", "tenant-2")):
        price, units = plan.price_of(number), plan.units_of(number)
        offer = offer_leases(system, cast["owner"], asset, plan.periods[0], plan.periods[-1], price)
        for period in plan.periods:
            lease_id = buy_lease(system, cast[tenant], asset, offer, period, units)
            leases.append(Lease(tenant, lease_id, units, period))
        told(
            f"{tenant} buys {units:,} of {plan.capacity_units:,} units a period at "
            f"{_money(stage, price)} each: the price is in escrow, its largest credit locked"
        )
    if system.chain.timestamp() >= plan.clock.start_of(plan.periods[0]):
        raise StateError("the first period began before everything was sold; run again")
    return leases


def meter(stage: Stage, plan: DemoPlan, told: Told) -> None:
    """Every period is sampled and signed; each member ends with each device's newest reading."""
    metering = Metering(
        plan.machines, stage.asset, stage.system.domain_of("ReportOracle"), plan.clock, stage.members
    )
    if plan.machines.live is not None:
        interval_ms = plan.clock.period_seconds * 1_000 // LIVE_SAMPLES_PER_PERIOD
        metering.run_live(stage.home / "spool.jsonl", interval_ms, plan.clock.end_of(plan.periods[-1]))
        told(f"{plan.machines.title}: sampled every {interval_ms} ms, signed and stored by three members")
        return
    for period in plan.periods:
        signed = metering.replay(period, lambda done, of: told(f"{done} of {of} pushes are replayed"))
        told(f"period {period}: {signed:,} cumulative readings signed and stored by three members")


def report(stage: Stage, plan: DemoPlan, told: Told) -> list[Bundled]:
    """After each period: spot revenue is deposited, members agree and sign, the root is posted."""
    system, cast = stage.system, stage.cast
    facts = [AssetFacts(stage.asset.asset_id, stage.asset.terms, stage.asset.devices)]
    bundles = []
    for place, period in enumerate(plan.periods):
        if place == 0:
            stage.reach(plan.clock.start_of(period) + plan.clock.period_seconds // 2)
            receiver = cast["investor-2"].address
            transfer_shares(system, cast["investor-1"], stage.asset, receiver, SHARES_RESOLD, "half-time")
            told("half-way through the first period the first investor sells 40 % of its shares")
        stage.reach(plan.clock.end_of(period))
        deposit_spot(system, cast["owner"], stage.asset, period, plan.spot_revenue, SPOT_CODE)
        stage.reach(plan.clock.end_of(period) + plan.windows.post_from)
        bundled, signatures = _agree(stage, facts, period)
        mined, signers = submit_report(system, cast["keeper"], bundled.proposal, signatures)
        told(
            f"period {period}: {len(signers)} of {len(stage.members)} members signed root "
            f"0x{bundled.proposal.report.root.hex()[:16]}…"
        )
        bundles.append(replace(bundled, posted=system.oracle.posted_in(mined.transaction_hash)))
    return bundles


def settle(stage: Stage, plan: DemoPlan, bundles: Sequence[Bundled], told: Told) -> None:
    """After the dispute window each period is settled by its report, in order."""
    system, keeper = stage.system, stage.cast["keeper"]
    last = bundles[-1].posted.disputable_until(plan.windows)
    # empty periods before the first are passed once their own post window is over
    before = plan.clock.end_of(plan.periods[0] - 1) + plan.windows.post_until + 1
    stage.reach(max(last, before))
    skip_until(system, keeper, stage.asset, plan.periods[0])
    for bundled in bundles:
        settle_period(system, keeper, stage.asset, build_evidence(stage.asset.asset_id, [bundled.revision]))
    told(f"dispute window passed: {len(bundles)} settled by formula, by anyone who cares to call")


def pay(stage: Stage, leases: Sequence[Lease], told: Told) -> None:
    """Tenants redeem everything, then everybody is paid and the owner takes the free bond back."""
    system, cast, asset = stage.system, stage.cast, stage.asset
    for lease in leases:
        redeem(system, cast["keeper"], cast[lease.tenant].address, lease.lease_id, lease.units)
    payees = [cast["tenant-1"].address, cast["tenant-2"].address, cast["owner"].address, cast.protocol]
    claim_owed(system, cast["keeper"], asset, payees)
    for holder in ("owner", "investor-1", "investor-2"):
        claim_revenue(system, cast["keeper"], asset, cast[holder].address)
    returned = withdraw_bond(system, cast["owner"], asset)
    told(f"leases are redeemed, everybody is paid; {_money(stage, returned)} of free bond goes back")


def publish(bundles: Sequence[Bundled], folder: Path) -> None:
    """Write the published form of every period below `folder`."""
    for bundled in bundles:
        for path, content in bundled.files.items():
            target = folder.joinpath(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def _agree(stage: Stage, facts: Sequence[AssetFacts], period: int) -> tuple[Bundled, list[bytes]]:
    """The first member proposes from what all hold together; all sign who agree."""
    held = []
    for member in stage.members:
        with member.sessions() as session:
            held.append(readings_held(session, period))
    together = merge(merge(held[0], held[1]), held[2])
    bundled = propose(period, 0, facts, together)
    signatures = [
        sign_if_agreed(stage.system, bundled, facts, own, member.key)
        for member, own in zip(stage.members, held, strict=True)
    ]
    return bundled, signatures


def _money(stage: Stage, amount: int) -> str:
    return format_amount(amount, 6, "tUSDC")
