"""Write `protocol.json`, and quote each of its sections in docs/protocol.md.

    PYTHONPATH=backend python tests/vectors/make_vectors.py

The inputs stand here; what they lead to comes from the code. Tests check doc, file and code against each
other, and the code against independent models and encoders; so a change here is a change of the protocol.
"""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wellhead.chain.eip712 import Domain
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import address_of
from wellhead.clock import PeriodClock
from wellhead.market.pricing import auction_price, next_price
from wellhead.registry.devices import (
    Binding,
    Device,
    binding_hash,
    build_device_tree,
    device_hash,
    sign_binding,
)
from wellhead.registry.published import Excused, encode_devices, encode_excused, encode_terms
from wellhead.registry.terms import Terms, terms_hash
from wellhead.reports.asset_report import AssetReport, asset_report_hash, build_asset_report
from wellhead.reports.period_report import (
    build_period_report,
    order_signatures,
    period_report_hash,
    sign_report,
)
from wellhead.reports.publish import bundle_hash, encode_readings
from wellhead.settlement.time_weighted import TimeWeightedShares
from wellhead.settlement.waterfall import (
    PeriodBooks,
    Totals,
    credit_lock_up,
    credit_of,
    refund_of,
    settle,
    unreported,
)
from wellhead.telemetry.reading import Reading, sign_reading, struct_hash

HERE = Path(__file__).parent
VECTORS = HERE / "protocol.json"
PROTOCOL = HERE.parents[1] / "docs" / "protocol.md"

ORACLE = Domain(31337, "0x" + "22" * 20)
REGISTRY = Domain(31337, "0x" + "33" * 20)
AGENT_KEY = keccak256(b"wellhead vector: agent")
MEMBER_KEYS = [keccak256(b"wellhead vector: member %d" % number) for number in range(3)]
PERIOD = 7
TERMS = Terms(
    rules_version=1,
    kind=0,
    evidence=0,
    unit_seconds=3600,
    fee_bps=250,
    holder_bps=6000,
    credit_bps=5000,
    grace_bps=50,
    max_watts=1000,
    rated_watts=700,
    max_work_per_second=1_000_000,
    rated_work=0,
    rated_joules=0,
    tariff_per_kwh=120_000,
    reserved_for_spot=0,
    notice_periods=7,
    maintenance_seconds_per_year=36_000,
    grid_key="0x" + "44" * 20,
    stablecoin="0x" + "55" * 20,
    utilization_metric=keccak256(b"DCGM_FI_PROF_GR_ENGINE_ACTIVE"),
    work_metric=bytes(32),
    workload=bytes(32),
    documents=bytes(32),
)


def hex_of(value: Any) -> Any:
    """Bytes as 0x-hex, all the way down."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, dict):
        return {key: hex_of(inner) for key, inner in value.items()}
    return [hex_of(inner) for inner in value] if isinstance(value, list | tuple) else value


def reading_of(asset_id: int, index: int) -> Reading:
    """The reading of device `index` in the tree vectors, by the formula that the protocol page states."""
    return Reading(
        asset_id=asset_id,
        period=PERIOD,
        device_index=index,
        device_id=keccak256(b"device-%d" % index),
        up_seconds=80_000 + index,
        down_seconds=100,
        excused_seconds=index % 7,
        busy_seconds=40_000 + index,
        energy_joules=30_000_000 + index,
        work=2 * index,
        samples_hash=keccak256(b"samples-%d" % index),
    )


def report_of(asset_id: int, devices: int) -> tuple[AssetReport, Any]:
    """The tree vector of `devices` devices as an asset: every index `i` with `i mod 4 = 2` is absent."""
    readings = {index: reading_of(asset_id, index) for index in range(devices) if index % 4 != 2}
    return build_asset_report(asset_id, PERIOD, devices, readings)


def reading_vector() -> dict[str, Any]:
    """One reading, its struct hash, the digest and the agent's signature."""
    signed = sign_reading(AGENT_KEY, ORACLE, reading_of(3, 0))
    return {
        "domain": {"chainId": ORACLE.chain_id, "verifyingContract": ORACLE.verifying_contract},
        "domainSeparator": ORACLE.separator,
        "reading": asdict(signed.reading),
        "structHash": struct_hash(signed.reading),
        "digest": ORACLE.digest(struct_hash(signed.reading)),
        "privateKey": AGENT_KEY,
        "address": address_of(AGENT_KEY),
        "signature": signed.signature,
    }


def sum_tree_vectors() -> list[dict[str, Any]]:
    """Trees of 0, 1, 3, 5 and 1,025 devices, each with the path of its last index."""
    vectors: list[dict[str, Any]] = [
        {"devices": 0, "depth": 0, "root": bytes(32), "totals": [0] * 6, "report": "none"}
    ]
    for devices in (1, 3, 5, 1025):
        _, tree = report_of(3, devices)
        last = devices - 1
        vector = {"devices": devices, "depth": tree.depth, "root": tree.root, "totals": tree.totals}
        if devices <= 5:
            vector["leaves"] = [tree.leaf(index) for index in range(1 << tree.depth)]
        vectors.append(
            {**vector, "path": {"index": last, "leaf": tree.leaf(last), "siblings": tree.path(last)}}
        )
    return vectors


def period_report_vector() -> dict[str, Any]:
    """Five assets of which 1 and 4 have no report, and the signatures of two members."""
    reports = [build_asset_report(0, PERIOD, 2, {})[0], report_of(2, 3)[0], report_of(3, 1025)[0]]
    report, tree = build_period_report(PERIOD, 0, reports, 5, keccak256(b"wellhead vector: bundle"))
    signatures = [sign_report(ORACLE, report, key) for key in MEMBER_KEYS[:2]]
    return {
        "assetReports": [{**asdict(r), "leaf": asset_report_hash(r)} for r in reports],
        "periodReport": asdict(report),
        "path": {"assetId": 3, "siblings": tree.path(3)},
        "absence": {"assetId": 1, "siblings": tree.path(1)},
        "structHash": period_report_hash(report),
        "digest": ORACLE.digest(period_report_hash(report)),
        "members": sorted((address_of(key) for key in MEMBER_KEYS), key=str.lower),
        "quorum": 2,
        "signatures": order_signatures(ORACLE, report, signatures),
    }


def devices_vector() -> dict[str, Any]:
    """Three devices, their root, and the first one's binding."""
    ids = sorted(keccak256(b"device-%d" % index) for index in range(3))
    keys = [keccak256(b"wellhead vector: agent %d" % index) for index in range(3)]
    devices = [Device(index, ids[index], address_of(keys[index])) for index in range(3)]
    tree = build_device_tree(devices)
    binding = Binding(ids[0], address_of(MEMBER_KEYS[0]), 3)
    return {
        "devices": [{**asdict(d), "leaf": device_hash(d)} for d in devices],
        "root": tree.root,
        "path": {"index": 2, "siblings": tree.path(2)},
        "registry": {"chainId": REGISTRY.chain_id, "verifyingContract": REGISTRY.verifying_contract},
        "binding": {**asdict(binding), "structHash": binding_hash(binding)},
        "bindingSignature": sign_binding(REGISTRY, binding, keys[0]),
    }


def settlement_vector() -> dict[str, Any]:
    """The period that the protocol page works by hand, and the same one unreported."""
    books = PeriodBooks(
        devices=10,
        period_seconds=86_400,
        sold_units=200,
        escrow=400_000_000,
        locked_credit=credit_lock_up(400_000_000, 5000),
        spot=10_000_000,
        excuse_ceiling=7_200,
    )
    totals = Totals(up=700_000, down=100_000, excused=9_000, energy=400_000_000, work=0)
    outcome = settle(totals, books, TERMS)
    redemptions = [
        {
            "units": units,
            "price": 2_000_000,
            "refund": refund_of(units, 2_000_000, outcome),
            "credit": credit_of(units, 2_000_000, TERMS.credit_bps, outcome),
        }
        for units in (150, 50)
    ]
    return {
        "totals": asdict(totals),
        "books": asdict(books),
        "outcome": asdict(outcome),
        "redemptions": redemptions,
        "unreported": asdict(unreported(books, TERMS)),
    }


def shares_vector() -> dict[str, Any]:
    """A short story of shares: who is paid what, claim by claim."""
    clock = PeriodClock(1_000, 10)
    shares = TimeWeightedShares(clock)
    shares.issue("owner", 3, 0)
    shares.transfer("owner", "anna", 1, 1_004)
    shares.settle(100, 1_010)
    first = [shares.claim("anna"), shares.claim("owner")]
    shares.transfer("anna", "ben", 1, 1_019)
    shares.settle(100, 1_020)
    second = [shares.claim("anna"), shares.claim("ben"), shares.claim("owner")]
    return {"claimsAfterPeriod0": first, "claimsAfterPeriod1": second}


def prices_vector() -> dict[str, Any]:
    """Prices driven by utilization, and an auction."""
    return {
        "next": [
            {
                "price": 1_000_001,
                "sold": sold,
                "target": 80,
                "next": next_price(1_000_001, sold, 80, 0, 1 << 64),
            }
            for sold in (0, 79, 80, 81, 200)
        ],
        "auction": [auction_price(1_000_000, 1, step, 4) for step in range(4)],
    }


def published_vector() -> dict[str, Any]:
    """The files of one asset and period as text, and the bundle's hash."""
    signed = sign_reading(AGENT_KEY, ORACLE, reading_of(3, 0))
    files = {
        "readings/7/3.jsonl": encode_readings({0: signed}, 1),
        "devices/3-0.jsonl": encode_devices([Device(0, signed.reading.device_id, address_of(AGENT_KEY))]),
        "terms/3-0.json": encode_terms(TERMS),
        "excused/7/3.json": encode_excused(Excused(3, PERIOD, 7_200, 0)),
    }
    return {"files": {path: text.decode() for path, text in files.items()}, "bundle": bundle_hash(files)}


def all_vectors() -> dict[str, Any]:
    """Every section by name, bytes as 0x-hex."""
    sections = {
        "reading": reading_vector(),
        "sum_trees": sum_tree_vectors(),
        "devices": devices_vector(),
        "period_report": period_report_vector(),
        "terms": {"terms": asdict(TERMS), "hash": terms_hash(TERMS)},
        "settlement": settlement_vector(),
        "prices": prices_vector(),
        "shares": shares_vector(),
        "published": published_vector(),
    }
    return {name: hex_of(section) for name, section in sections.items()}


def quote(page: str, vectors: dict[str, Any]) -> str:
    """The page with the fenced block after each `<!-- vector: name -->` replaced by that section."""

    def block(found: re.Match[str]) -> str:
        text = json.dumps(vectors[found[1]], indent=1)
        return f"<!-- vector: {found[1]} -->\n```json\n{text}\n```\n"

    return re.sub(r"<!-- vector: (\w+) -->\n```json\n.*?```\n", block, page, flags=re.DOTALL)


if __name__ == "__main__":
    sections = all_vectors()
    VECTORS.write_text(json.dumps(sections, indent=1) + "\n")
    PROTOCOL.write_text(quote(PROTOCOL.read_text(), sections))
