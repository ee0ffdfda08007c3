"""A second opinion on a demonstration: roots and a settlement from the published bytes, sharing no code with
Wellhead.

It knows only docs/protocol.md: eth-account hashes and recovers the readings, the trees are folded naively
over their whole padded width, and the waterfall is exact fractions.
"""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak

READING = [
    ("assetId", "uint32"),
    ("period", "uint32"),
    ("deviceIndex", "uint32"),
    ("deviceId", "bytes32"),
    ("upSeconds", "uint40"),
    ("downSeconds", "uint40"),
    ("excusedSeconds", "uint40"),
    ("busySeconds", "uint40"),
    ("energyJoules", "uint56"),
    ("work", "uint56"),
    ("samplesHash", "bytes32"),
]
SUMS = [("upSeconds", 5), ("downSeconds", 5), ("excusedSeconds", 5), ("busySeconds", 5)]
SUMS += [("energyJoules", 7), ("work", 7)]
ASSET_REPORT = (
    "AssetReport(uint32 assetId,uint32 period,uint32 devices,uint40 upSeconds,uint40 downSeconds,"
    "uint40 excusedSeconds,uint40 busySeconds,uint56 energyJoules,uint56 work,bytes32 telemetryRoot)"
)


def rows_of(folder: Path, period: int, asset_id: int) -> list[dict[str, Any]]:
    """The published readings of an asset and period."""
    text = (folder / f"readings/{period}/{asset_id}.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def signer_of(row: dict[str, Any], chain_id: int, oracle: str) -> str:
    """Who signed a published reading."""
    return str(Account.recover_message(_message(row, chain_id, oracle), signature=row["signature"]))


def telemetry_root(rows: list[dict[str, Any]], devices: int, chain_id: int, oracle: str) -> bytes:
    """The sum tree's root over the readings, padded to a power of two."""
    depth = (devices - 1).bit_length()
    level = [bytes(66)] * (1 << depth)
    for row in rows:
        leaf = bytes(_message(row, chain_id, oracle).body)
        level[row["deviceIndex"]] = leaf + b"".join(row[name].to_bytes(size, "big") for name, size in SUMS)
    for _ in range(depth):
        level = [_parent(a, b) for a, b in zip(level[::2], level[1::2], strict=True)]
    return level[0][:32]


def report_leaf(period: dict[str, Any]) -> bytes:
    """The asset report's struct hash from the demonstration's JSON."""
    numbers = [period[name] for name in ("asset_id", "period", "devices")]
    numbers += [period[f"{name}_seconds"] for name in ("up", "down", "excused", "busy")]
    numbers += [period["energy_joules"], period["work"]]
    words = b"".join(number.to_bytes(32, "big") for number in numbers)
    return keccak(keccak(ASSET_REPORT.encode()) + words + bytes.fromhex(period["telemetry_root"][2:]))


def waterfall(period: dict[str, Any], terms: dict[str, Any]) -> dict[str, int]:
    """Charge, fee, energy cost, holders and owner by the formula, in fractions floored line by line."""
    escrow, spot = int(period["escrow"]), int(period["spot_revenue"])
    promised = period["sold_units"] * terms["unitSeconds"]
    delivered = min(period["up_seconds"], promised)
    charge = int(Fraction(escrow * delivered, promised)) if promised else 0
    revenue = charge + spot
    fee = int(Fraction(revenue * terms["feeBps"], 10_000))
    joules = min(period["energy_joules"], terms["ratedWatts"] * period["up_seconds"])
    energy_cost = min(revenue - fee, int(Fraction(int(terms["tariffPerKwh"]) * joules, 3_600_000)))
    holders = int(Fraction((revenue - fee - energy_cost) * terms["holderBps"], 10_000))
    return {
        "charge": charge,
        "fee": fee,
        "energy_cost": energy_cost,
        "holders": holders,
        "owner": revenue - fee - energy_cost - holders,
    }


def _message(row: dict[str, Any], chain_id: int, oracle: str) -> Any:
    domain = [("name", "string"), ("version", "string"), ("chainId", "uint256")]
    domain += [("verifyingContract", "address")]
    return encode_typed_data(
        full_message={
            "types": {
                "EIP712Domain": [{"name": n, "type": t} for n, t in domain],
                "Reading": [{"name": n, "type": t} for n, t in READING],
            },
            "primaryType": "Reading",
            "domain": {
                "name": "Wellhead",
                "version": "1",
                "chainId": chain_id,
                "verifyingContract": oracle,
            },
            "message": {name: row[name] for name, _ in READING},
        }
    )


def _parent(left: bytes, right: bytes) -> bytes:
    sums, at = b"", 32
    for _, size in SUMS:
        a, b = (int.from_bytes(node[at : at + size], "big") for node in (left, right))
        sums += (a + b).to_bytes(size, "big")
        at += size
    return keccak(b"\x01" + left + right) + sums
