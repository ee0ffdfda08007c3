"""The audit of a real, small chain: clean books give no finding; whatever is changed is found and named."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.integration.audited_world import AuditedWorld, build_audited_world

from wellhead.audit.finding import AuditResult, Check
from wellhead.audit.history import Event, History
from wellhead.audit.replay import replay
from wellhead.audit.service import audit
from wellhead.audit.sync import read_history
from wellhead.errors import InputError


@pytest.fixture(scope="module")
def audited() -> AuditedWorld:
    return build_audited_world()


@pytest.fixture(scope="module")
def history(audited: AuditedWorld) -> History:
    return read_history(audited.world.chain, audited.world.deployment)


@pytest.fixture(scope="module")
def readings(audited: AuditedWorld) -> str:
    return next(path for path in audited.files if path.startswith("readings/") and path.endswith("/0.jsonl"))


def found(result: AuditResult) -> set[tuple[str, str]]:
    return {(finding.code, finding.subject) for finding in result.findings}


def codes(result: AuditResult) -> set[str]:
    return {finding.code for finding in result.findings}


def test_a_clean_deployment_has_no_finding(audited: AuditedWorld, tmp_path: Path) -> None:
    for path, content in audited.files.items():
        file = tmp_path.joinpath(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    tmp_path.joinpath("notes.txt").write_text("not part of any bundle")
    lines: list[Check] = []
    result = audit(audited.world.chain, audited.world.deployment, tmp_path, lines.append)
    assert result.findings == ()
    assert result.checks == sum(line.count for line in lines) > 300
    assert all(line.ok for line in lines)
    skipped = [line.subject for line in lines if line.name.startswith("Not settled yet")]
    assert [subject.split(",")[0] for subject in skipped] == ["asset 1"]


def test_reading_the_chain_is_quick(audited: AuditedWorld) -> None:
    started = time.monotonic()
    read_history(audited.world.chain, audited.world.deployment)
    assert time.monotonic() - started < 15


def test_a_folder_that_does_not_exist_is_refused(audited: AuditedWorld, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        audit(audited.world.chain, audited.world.deployment, tmp_path.joinpath("nothing"))


Rewrite = Callable[[list[bytes]], list[bytes]]


def changed_row(index: int, **values: Any) -> Rewrite:
    """Rewrite some fields of one row."""

    def rewrite(rows: list[bytes]) -> list[bytes]:
        row = json.loads(rows[index])
        row |= {key: value(row[key]) for key, value in values.items()}
        return [
            *rows[:index],
            json.dumps(row, separators=(",", ":")).encode() + b"\n",
            *rows[index + 1 :],
        ]

    return rewrite


def flipped_hex(text: str) -> str:
    """The lowest bit of the 20th byte changed."""
    raw = bytearray.fromhex(text[2:])
    raw[20] ^= 1
    return "0x" + raw.hex()


READING_TAMPERINGS: list[tuple[str, Rewrite, str, str]] = [
    ("one joule", changed_row(1, energyJoules=lambda v: v ^ 1), "READING_SIGNATURE", "device 2"),
    ("one second", changed_row(0, upSeconds=lambda v: v - 1), "READING_SIGNATURE", "device 0"),
    ("signature", changed_row(1, signature=flipped_hex), "READING_SIGNATURE", "device 2"),
    ("device id", changed_row(0, deviceId=flipped_hex), "READING_DEVICE", "device 0"),
    ("too many seconds", changed_row(0, downSeconds=lambda _: 999), "READING_RULE", "device 0"),
    ("row left out", lambda rows: rows[1:], "PERIOD_ROOT", "revision 0"),
    ("row doubled", lambda rows: [rows[0], *rows], "FILE_MALFORMED", "readings/"),
    ("rows swapped", lambda rows: rows[::-1], "FILE_MALFORMED", "readings/"),
    ("devices swapped", changed_row(0, deviceIndex=lambda _: 1), "READING_DEVICE", "device 1"),
    ("cut off", lambda rows: [*rows[:1], rows[1][:-9]], "FILE_MALFORMED", "readings/"),
    ("a total left blank", changed_row(0, work=lambda _: None), "FILE_MALFORMED", "readings/"),
]


@pytest.mark.parametrize(
    ("name", "rewrite", "code", "subject"), READING_TAMPERINGS, ids=lambda v: str(v)[:20]
)
def test_a_tampered_reading_is_named(
    audited: AuditedWorld,
    history: History,
    readings: str,
    name: str,
    rewrite: Rewrite,
    code: str,
    subject: str,
) -> None:
    rows = audited.files[readings].splitlines(keepends=True)
    result = replay(history, audited.files | {readings: b"".join(rewrite(rows))})
    named = [f for f in result.findings if f.code == code and subject in f.subject]
    assert named, (name, result.findings)
    assert all(f.expected != f.found for f in named)
    # the money followed the accepted report, so nothing but files, roots and totals is at fault
    allowed = {"READING_", "FILE_", "PERIOD_ROOT", "BUNDLE", "REPORT_TOTAL", "REPORT_RULE"}
    assert all(any(f.code.startswith(a) for a in allowed) for f in result.findings)
    other = [f for f in result.findings if f.code.startswith("READING_") and subject not in f.subject]
    assert not other


def test_a_total_that_readings_do_not_give_is_named_with_both_numbers(
    audited: AuditedWorld, history: History, readings: str
) -> None:
    rows = audited.files[readings].splitlines(keepends=True)
    result = replay(history, audited.files | {readings: rows[0]})
    (total,) = [f for f in result.findings if f.subject.endswith("upSeconds")]
    assert (total.code, total.expected, total.found) == ("REPORT_TOTAL", "1550", "700")


FILE_TAMPERINGS: list[tuple[str, Callable[[bytes], bytes] | None, str, str]] = [
    ("terms/0-0.json", lambda b: b.replace(b'"feeBps":200', b'"feeBps":201'), "TERMS_FILE", "feeBps"),
    ("terms/0-0.json", None, "FILE_MISSING", "terms/0-0.json"),
    ("devices/0-0.jsonl", lambda b: b"".join(b.splitlines(True)[:2]), "DEVICE_COUNT", "devices 0"),
    (
        "devices/0-0.jsonl",
        lambda b: b.replace(b'"agentKey":"0x', b'"agentKey":"0x11', 1),
        "FILE_MALFORMED",
        "0-0",
    ),
    ("devices/0-0.jsonl", lambda b: b"".join(b.splitlines(True)[::-1]), "FILE_MALFORMED", "devices/0-0"),
    ("devices/0-0.jsonl", None, "FILE_MISSING", "devices/0-0.jsonl"),
    ("excused/{period}/0.json", lambda b: b.replace(b":30,", b":31,"), "EXCUSED_FILE", "maintenanceSeconds"),
    ("excused/{period}/0.json", None, "FILE_MISSING", "excused/"),
    ("readings/{period}/0.jsonl", None, "FILE_MISSING", "readings/"),
    ("readings/{period}/1.jsonl", lambda b: b"\xff" + b, "FILE_MALFORMED", "/1.jsonl"),
]


@pytest.mark.parametrize(("path", "rewrite", "code", "subject"), FILE_TAMPERINGS, ids=lambda v: str(v)[:24])
def test_a_tampered_file_is_named(
    audited: AuditedWorld,
    history: History,
    readings: str,
    path: str,
    rewrite: Callable[[bytes], bytes] | None,
    code: str,
    subject: str,
) -> None:
    path = path.format(period=readings.split("/")[1])
    files = {p: content for p, content in audited.files.items() if p != path}
    if rewrite is not None:
        assert rewrite(audited.files[path]) != audited.files[path]
        files[path] = rewrite(audited.files[path])
    result = replay(history, files)
    assert any(f.code == code and subject in f.subject for f in result.findings), result.findings
    assert "BUNDLE" in codes(result)


def test_another_key_in_the_device_list_is_named(audited: AuditedWorld, history: History) -> None:
    path = "devices/0-0.jsonl"
    rows = audited.files[path].splitlines(keepends=True)
    rows = changed_row(1, agentKey=flipped_last)(rows)
    result = replay(history, audited.files | {path: b"".join(rows)})
    assert ("DEVICE_ROOT", "asset 0, devices 0") in found(result)
    assert ("DEVICE_UNBOUND", "asset 0, device 1") in found(result)


def flipped_last(text: str) -> str:
    """The lowest bit of the last byte changed."""
    return f"{text[:-1]}{int(text[-1], 16) ^ 1:x}"


def with_event(history: History, chosen: Callable[[Event], bool], **changes: Callable[[Any], Any]) -> History:
    """The history with some arguments of the first event that is chosen changed."""
    events = list(history.events)
    place = next(i for i, event in enumerate(events) if chosen(event))
    args: Mapping[str, Any] = events[place].args
    args = {**args, **{key: change(args[key]) for key, change in changes.items()}}
    events[place] = replace(events[place], args=args)
    return replace(history, events=tuple(events))


def called(contract: str, name: str) -> Callable[[Event], bool]:
    return lambda event: (event.contract, event.name) == (contract, name)


def one_more(value: int) -> int:
    return value + 1


EVENT_TAMPERINGS: list[tuple[str, str, dict[str, Callable[[Any], Any]], str]] = [
    ("Settlement", "Redeemed", {"refund": one_more}, "REDEEM_REFUND"),
    ("Settlement", "Redeemed", {"credit": one_more}, "REDEEM_CREDIT"),
    ("Settlement", "Redeemed", {"units": one_more}, "LEASE_BURNED"),
    ("Settlement", "Claimed", {"amount": one_more}, "CLAIM_AMOUNT"),
    ("Settlement", "Claimed", {"paid": one_more}, "VAULT_TRANSFER"),
    ("Settlement", "Claimed", {"paid": one_more}, "CLAIM_PAID"),
    ("Settlement", "SaleBooked", {"units": one_more}, "LEASE_MINTED"),
    ("Settlement", "SaleBooked", {"units": lambda _: 31}, "OVERSOLD"),
    ("Settlement", "SaleBooked", {"creditLocked": one_more}, "CREDIT_LOCKED"),
    ("Settlement", "SaleBooked", {"firstId": one_more}, "OFFER"),
    ("Settlement", "SpotDeposited", {"amount": one_more}, "VAULT_TRANSFER"),
    ("Settlement", "BondDeposited", {"amount": one_more}, "BOOK"),
    ("Settlement", "BondWithdrawn", {"amount": one_more}, "BOND"),
    ("RevenueShare 0", "RevenueClaimed", {"paid": one_more}, "VAULT_TRANSFER"),
    ("Settlement", "PeriodsSkipped", {"fromPeriod": one_more}, "SETTLE_ORDER"),
    ("Settlement", "PeriodsSkipped", {"sequence": one_more}, "SEQUENCE"),
    (
        "Settlement",
        "PeriodUnreported",
        {"outcome": lambda o: {**o, "refundPool": 0}},
        "WATERFALL_REFUND_POOL",
    ),
    ("Settlement", "PeriodSettled", {"owner": lambda _: "0x" + "11" * 20}, "SETTLE_OWNER"),
    ("RevenueShare 0", "RevenueClaimed", {"amount": one_more}, "SHARE_CLAIM"),
    ("RevenueShare 0", "RevenueClaimed", {"paid": one_more}, "CLAIM_PAID"),
    ("RevenueShare 0", "RevenueClaimed", {"to": lambda _: "0x" + "11" * 20}, "VAULT_TRANSFER"),
    ("RevenueShare 0", "RevenueAdded", {"earned": one_more}, "SHARE_REVENUE"),
    ("RevenueShare 0", "Transfer", {"value": lambda v: v - 1}, "SHARE_BALANCE"),
    ("ReportOracle", "ReportPosted", {"root": lambda _: bytes(32)}, "PERIOD_ROOT"),
    ("ReportOracle", "ReportPosted", {"bundle": lambda _: bytes(32)}, "BUNDLE"),
    ("ReportOracle", "ReportPosted", {"assetCount": one_more}, "ASSET_COUNT"),
    ("ReportOracle", "MembersUpdated", {"quorum": one_more}, "QUORUM"),
    ("ReportOracle", "MembersUpdated", {"members": lambda m: m[2:]}, "REPORT_SIGNATURE"),
    ("AssetRegistry", "TermsAnnounced", {"termsHash": lambda _: bytes(32)}, "TERMS_HASH"),
    ("AssetRegistry", "DevicesAnnounced", {"root": lambda _: bytes(32)}, "DEVICE_ROOT"),
    ("AssetRegistry", "DeviceBound", {"assetId": one_more}, "READING_UNBOUND"),
    ("AssetRegistry", "DeviceBound", {"assetId": one_more}, "READING_BOUND_ELSEWHERE"),
    ("AssetRegistry", "ExcuseAnnounced", {"deviceSeconds": one_more}, "EXCUSED_FILE"),
    ("LeaseToken", "TransferSingle", {"value": one_more}, "LEASE_BALANCE"),
]


@pytest.mark.parametrize(("contract", "name", "changes", "code"), EVENT_TAMPERINGS)
def test_a_changed_event_is_named(
    audited: AuditedWorld,
    history: History,
    contract: str,
    name: str,
    changes: dict[str, Callable[[Any], Any]],
    code: str,
) -> None:
    result = replay(with_event(history, called(contract, name), **changes), audited.files)
    assert code in codes(result), result.findings


def test_a_leaf_left_empty_because_its_device_was_another_assets_is_no_finding(
    audited: AuditedWorld, history: History
) -> None:
    """Device 1 of asset 0 has no reading; the list that has it is a finding, the report is none."""
    device_id = audited.machines[0][1].device.device_id
    elsewhere = with_event(
        history,
        lambda event: event.name == "DeviceBound" and event.args["deviceId"] == device_id,
        assetId=one_more,
    )
    assert found(replay(elsewhere, audited.files)) == {("DEVICE_UNBOUND", "asset 0, device 1")}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (3, "BREACH"),
        (4, "CHARGE"),
        (5, "REFUND_POOL"),
        (7, "FEE"),
        (8, "ENERGY_COST"),
        (9, "HOLDERS"),
        (10, "OWNER"),
    ],
)
def test_a_changed_line_of_the_waterfall_is_named_with_both_numbers(
    audited: AuditedWorld, history: History, line: int, code: str
) -> None:
    def change(outcome: Any) -> tuple[int, ...]:
        values = list(outcome.values() if isinstance(outcome, Mapping) else outcome)
        values[line] += 1
        return tuple(values)

    result = replay(with_event(history, called("Settlement", "PeriodSettled"), outcome=change), audited.files)
    (finding,) = [f for f in result.findings if f.code.startswith("WATERFALL_")]
    assert finding.code == f"WATERFALL_{code}"
    assert int(finding.found) == int(finding.expected) + 1
    # one false line is one finding, unless the share books the holders' line too
    assert codes(result) - {finding.code} <= ({"SHARE_REVENUE"} if code == "HOLDERS" else set())


def test_an_event_left_out_is_a_gap(audited: AuditedWorld, history: History) -> None:
    events = tuple(e for e in history.events if e.name != "BondWithdrawn")
    result = replay(replace(history, events=events), audited.files)
    assert ("SEQUENCE", "Settlement") in found(result)


def test_coins_that_leave_a_vault_unasked_are_named(audited: AuditedWorld, history: History) -> None:
    vault = audited.assets[0].vault
    theft = replace(history.coin_moves[0], sender=vault, receiver="0x" + "22" * 20, amount=5)
    result = replay(replace(history, coin_moves=(*history.coin_moves, theft)), audited.files)
    assert found(result) == {("VAULT_OUTFLOW", f"vault {vault}"), ("VAULT_BALANCE", f"vault {vault}")}


def test_a_false_balance_and_a_false_debt_name_vault_and_both_numbers(
    audited: AuditedWorld, history: History
) -> None:
    vault, snapshot = audited.assets[0].vault, history.snapshot
    book = snapshot.books[0, 0]
    key = next(key for key, amount in snapshot.owed.items() if amount and key[0] == vault)
    altered = replace(
        snapshot,
        books={**snapshot.books, (0, 0): replace(book, balance=book.booked + book.holders - 1)},
        owed={**snapshot.owed, key: snapshot.owed[key] + 3},
    )
    result = replay(replace(history, snapshot=altered), audited.files)
    by_code = {f.code: f for f in result.findings}
    assert by_code.keys() == {"VAULT_BALANCE", "CONSERVATION", "OWED"}
    assert (by_code["CONSERVATION"].expected, by_code["CONSERVATION"].found) == (
        f"at least {book.booked + book.holders}",
        str(book.booked + book.holders - 1),
    )
    assert int(by_code["OWED"].found) == int(by_code["OWED"].expected) + 3


def test_another_version_of_the_terms_than_was_in_force_is_named(
    audited: AuditedWorld, history: History
) -> None:
    key, state = next((k, p) for k, p in history.snapshot.periods.items() if p.sold_units)
    periods = {**history.snapshot.periods, key: replace(state, terms_version=1)}
    altered = replace(history, snapshot=replace(history.snapshot, periods=periods))
    result = replay(altered, audited.files)
    assert found(result) == {("PERIOD_PINNED", f"asset {key[0]}, period {key[1]}")}


def test_a_loss_over_other_claims_than_the_vault_had_is_named(
    audited: AuditedWorld, history: History
) -> None:
    claims = {"balance": 1, "obligations": 2}
    args = {"sequence": 0, "assetId": 1, "epoch": 0, **claims}
    last = history.events[-1]
    event = replace(last, contract="Settlement", name="LossRecognized", args=args, log_index=10**6)
    result = replay(replace(history, events=(*history.events, event)), audited.files)
    assert ("LOSS", "asset 1, claims") in found(result)


def test_other_code_and_another_domain_are_named(audited: AuditedWorld, history: History) -> None:
    bad = replace(history.codes[0], found=history.codes[0].found[:-1] + b"\x00")
    altered = replace(
        history,
        codes=(bad, *history.codes[1:]),
        wires=(replace(history.wires[0], found="0x" + "00" * 20), *history.wires[1:]),
        snapshot=replace(history.snapshot, domain_separator=bytes(32)),
    )
    result = replay(altered, audited.files)
    assert codes(result) == {"CODE", "WIRING", "DOMAIN"}


def test_a_changed_signature_of_a_member_is_named(audited: AuditedWorld, history: History) -> None:
    ((transaction, submission),) = history.submissions.items()
    forged = (
        submission.signatures[0],
        submission.signatures[1][:40] + b"\x00" + submission.signatures[1][41:],
    )
    altered = replace(history, submissions={transaction: replace(submission, signatures=forged)})
    assert "REPORT_SIGNATURE" in codes(replay(altered, audited.files))


def test_money_is_recomputed_from_readings_where_the_call_shows_no_evidence(
    audited: AuditedWorld, history: History, readings: str
) -> None:
    blind = replace(history, evidences={}, submissions={})
    assert replay(blind, audited.files).findings == ()
    rows = changed_row(0, upSeconds=lambda v: v - 100)(audited.files[readings].splitlines(keepends=True))
    result = replay(blind, audited.files | {readings: b"".join(rows)})
    assert "WATERFALL_CHARGE" in codes(result)
