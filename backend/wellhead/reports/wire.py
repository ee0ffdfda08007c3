"""How members' messages are written: proposals, readings with receipts, statements. Pure, strict."""

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from wellhead.errors import InputError, ReadingError, ReportError
from wellhead.reports.asset_report import build_asset_report
from wellhead.reports.committee import ReceivedReading, Statement
from wellhead.reports.members import AssetLeaves, Proposal
from wellhead.reports.period_report import PeriodReport
from wellhead.telemetry.published import row_from, signed_reading_from
from wellhead.telemetry.receipts import Receipt

PROPOSAL_BYTES_MAX = 1 << 29
"""A proposal uncompressed."""

STATEMENTS_MAX = 4_096


def encode_proposal(proposal: Proposal, statements: Sequence[Statement] = ()) -> bytes:
    """Compressed JSON; `statements` say why assets are left out. The same proposal gives the same bytes."""
    report = proposal.report
    message = {
        "report": {
            "period": report.period,
            "revision": report.revision,
            "root": _hex(report.root),
            "assetCount": report.asset_count,
            "rulesVersion": report.rules_version,
            "bundle": _hex(report.bundle),
        },
        "assets": [_asset_row(asset_id, leaves) for asset_id, leaves in sorted(proposal.assets.items())],
        "statements": [statement_row(statement) for statement in statements],
    }
    return zlib.compress(json.dumps(message, separators=(",", ":")).encode(), 6)


def parse_proposal(content: bytes) -> tuple[Proposal, list[Statement]]:
    """The proposal, its asset reports rebuilt from its readings; raises ReportError for what is malformed."""
    try:
        unpacked = zlib.decompressobj()
        plain = unpacked.decompress(content, PROPOSAL_BYTES_MAX)
        if not unpacked.eof:
            raise ReportError(f"proposal of {len(content)} bytes: cut off, or above {PROPOSAL_BYTES_MAX}")
        message = json.loads(plain)
        head, rows, said = message["report"], message["assets"], message["statements"]
        report = PeriodReport(
            _number(head["period"], 32),
            _number(head["revision"], 32),
            _bytes(head["root"], 32),
            _number(head["assetCount"], 32),
            _number(head["rulesVersion"], 32),
            _bytes(head["bundle"], 32),
        )
        if len(said) > STATEMENTS_MAX:
            raise ReportError(f"{len(said)} statements, at most {STATEMENTS_MAX}")
        assets = dict(_leaves_from(report.period, row) for row in rows)
        return Proposal(report, assets), [statement_from(row) for row in said]
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
        zlib.error,
        ReadingError,
    ) as error:
        raise ReportError(f"proposal: malformed, {error!r}") from error


def received_row(received: ReceivedReading) -> dict[str, Any]:
    """A reading with its receipt."""
    return {
        "reading": row_from(received.signed),
        "giver": received.giver,
        "receivedAt": received.receipt.received_at,
        "receipt": _hex(received.receipt.signature),
    }


def received_from(row: Mapping[str, Any], reading_hash_of: Any) -> ReceivedReading:
    """A reading with its receipt; `reading_hash_of` gives the struct hash. Raises InputError."""
    try:
        signed = signed_reading_from(row["reading"])
        receipt = Receipt(
            reading_hash_of(signed.reading), _number(row["receivedAt"], 40), _bytes(row["receipt"], 65)
        )
        return ReceivedReading(signed, str(row["giver"]), receipt)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"reading with receipt: malformed, {error!r}") from error


def statement_row(statement: Statement) -> dict[str, Any]:
    """A statement as it travels."""
    return {
        "period": statement.period,
        "revision": statement.revision,
        "assetId": statement.asset_id,
        "leaf": _hex(statement.leaf),
        "deviceIndex": statement.device_index,
        "total": statement.total,
        "proposed": statement.proposed,
        "held": statement.held,
        "member": statement.member,
        "signature": _hex(statement.signature),
    }


def statement_from(row: Mapping[str, Any]) -> Statement:
    """A statement read; its signature is not checked here. Raises ReportError."""
    try:
        total = row["total"]
        if not isinstance(total, str) or len(total.encode()) > 32:
            raise ReportError(f"statement: total {total!r}")
        return Statement(
            _number(row["period"], 32),
            _number(row["revision"], 32),
            _number(row["assetId"], 32),
            _bytes(row["leaf"], 32),
            _number(row["deviceIndex"], 64),
            total,
            _number(row["proposed"], 64),
            _number(row["held"], 64),
            str(row["member"]),
            _bytes(row["signature"], 65),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReportError(f"statement: malformed, {error!r}") from error


def _asset_row(asset_id: int, leaves: AssetLeaves) -> dict[str, Any]:
    return {
        "assetId": asset_id,
        "devices": leaves.report.devices,
        "readings": [row_from(leaves.readings[index]) for index in sorted(leaves.readings)],
        "conflicts": [[row_from(signed) for signed in leaves.conflicts[i]] for i in sorted(leaves.conflicts)],
    }


def _leaves_from(period: int, row: Mapping[str, Any]) -> tuple[int, AssetLeaves]:
    asset_id, devices = _number(row["assetId"], 32), _number(row["devices"], 32)
    readings = {}
    for signed in map(signed_reading_from, row["readings"]):
        if signed.reading.device_index in readings:
            raise ReportError(f"asset {asset_id}: device {signed.reading.device_index} stands twice")
        readings[signed.reading.device_index] = signed
    conflicts = {}
    for first, second in row["conflicts"]:
        pair = (signed_reading_from(first), signed_reading_from(second))
        conflicts[pair[0].reading.device_index] = pair
    by_index = {index: signed.reading for index, signed in readings.items()}
    report, _ = build_asset_report(asset_id, period, devices, by_index)
    return asset_id, AssetLeaves(report, readings, conflicts)


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _bytes(value: object, size: int) -> bytes:
    if not isinstance(value, str) or value[:2] != "0x" or len(value) != 2 + 2 * size:
        raise ReportError(f"{str(value)[:40]!r} is not 0x and {2 * size} hex digits")
    return bytes.fromhex(value[2:])


def _number(value: object, bits: int) -> int:
    if type(value) is not int or not 0 <= value < 1 << bits:
        raise ReportError(f"{value!r} is no uint{bits}")
    return value
