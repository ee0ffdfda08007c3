"""Identities and offerings: clean events give no finding, and each false one is named with its own code."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from wellhead.audit.assets import Asset, TermsVersion
from wellhead.audit.finding import Checklist
from wellhead.audit.history import OUTCOME_LINES, Event, History, IdentityState, OfferingState, Snapshot
from wellhead.audit.identities import check_identities
from wellhead.audit.offerings import check_offerings
from wellhead.registry.terms import ZERO_WORD, Terms

ATTESTOR, ANNA, BEN, COIN = ("0x" + f"{n:02x}" * 20 for n in (1, 2, 3, 4))
TERMS = Terms(
    1, 0, 2, 100, 200, 4_000, 2_000, 50, 1_000, 700, 1_000, 0, 0, 100_000, 0, 1, 8_000,
    BEN, COIN, ZERO_WORD, ZERO_WORD, ZERO_WORD, ZERO_WORD,
)  # fmt: skip
ASSETS = {0: Asset(0, BEN, 0, [TermsVersion(0, 0, TERMS, ZERO_WORD, "")])}

CREDENTIAL = {"attestor": ATTESTOR, "country": 276, "investorClass": 2, "issuedAt": 50, "expiresAt": 900}
IDENTITY_EVENTS: list[tuple[str, int, dict[str, Any]]] = [
    ("AttestorUpdated", 10, {"attestor": ATTESTOR, "active": True}),
    ("CredentialAccepted", 100, {"account": ANNA, **CREDENTIAL}),
    ("AccountFrozen", 110, {"account": ANNA, "frozen": True}),
    ("PowersUpdated", 115, {"account": BEN, "powers": 1}),
    ("CredentialAccepted", 120, {"account": BEN, **CREDENTIAL}),
    ("CredentialRevoked", 130, {"account": BEN, "revokedAt": 130}),
]
IDENTITIES = {
    ANNA: IdentityState(50, 900, 276, 2, True, 0),
    BEN: IdentityState(130, 0, 276, 2, False, 1),
}

PLAN = (0, COIN, 10**6, 500, 1_000, 10, 100, 200, 2, 10, 0, 90)
SHARES = 10**15
OFFERING_EVENTS: list[tuple[str, int, dict[str, Any]]] = [
    ("OfferingOpened", 90, {"plan": PLAN, "firstPeriod": 1}),
    ("Subscribed", 100, {"subscriber": ANNA, "shares": SHARES // 10 * 3, "paid": 300}),
    ("Subscribed", 199, {"subscriber": BEN, "shares": SHARES // 5 * 3, "paid": 600}),
    ("SharesCollected", 201, {"subscriber": ANNA, "shares": SHARES // 10 * 3}),
    ("ProceedsReleased", 300, {"fromPeriod": 1, "periods": 90, "amount": 10}),
    ("ProceedsWithdrawn", 301, {"amount": 10}),
    ("UnearnedReturned", 302, {"subscriber": ANNA, "payee": ANNA, "amount": 890 * 300 // 900}),
]
OUTCOME = dict.fromkeys(OUTCOME_LINES, 0) | {"promised": 500, "delivered": 500, "charge": 5}
SETTLED = ("PeriodSettled", 250, {"assetId": 0, "period": 3, "outcome": OUTCOME})
OFFERINGS = {0: OfferingState(COIN, 91, 900, 900 - 10 - 296, 10, 10)}


def events_of(contract: str, listed: list[tuple[str, int, dict[str, Any]]], **common: Any) -> list[Event]:
    return [
        Event(contract, name, {**common, **args}, timestamp, timestamp, 0, f"0x{timestamp}")
        for name, timestamp, args in listed
    ]


def history_of(events: list[Event], **snapshot: Any) -> History:
    clean = {"identities": IDENTITIES, "offerings": OFFERINGS, "offering_coins": {COIN: 594}}
    found: Any = SimpleNamespace(**{**clean, **snapshot})
    state: Snapshot = found
    return History(
        1,
        None,
        {},
        "",
        None,
        999,
        999,
        tuple(events),
        (),
        {},
        {},
        (),
        (),
        state,  # type: ignore[arg-type]
    )


def codes(check: Any, history: History, *args: Any) -> set[str]:
    checklist = Checklist()
    check(history, *args, checklist)
    result = checklist.result()
    assert result.checks > 0
    return {finding.code for finding in result.findings}


def changed(listed: list[tuple[str, int, dict[str, Any]]], place: int, **args: Any) -> list[Any]:
    name, timestamp, before = listed[place]
    timestamp = args.pop("timestamp", timestamp)
    return [*listed[:place], (name, timestamp, {**before, **args}), *listed[place + 1 :]]


def identity_codes(listed: list[Any], **snapshot: Any) -> set[str]:
    return codes(check_identities, history_of(events_of("IdentityRegistry", listed), **snapshot))


def offering_codes(listed: list[Any], settled: Any = SETTLED, **snapshot: Any) -> set[str]:
    events = events_of("Settlement", [settled]) + events_of("ShareOffering", listed, offeringId=0)
    return codes(check_offerings, history_of(events, **snapshot), ASSETS)


def test_clean_identities_give_no_finding() -> None:
    assert identity_codes(IDENTITY_EVENTS) == set()


@pytest.mark.parametrize(
    ("place", "change", "code"),
    [
        (0, {"active": False}, {"CREDENTIAL"}),
        (1, {"attestor": BEN}, {"CREDENTIAL"}),
        (1, {"issuedAt": 101}, {"CREDENTIAL", "IDENTITY"}),
        (1, {"expiresAt": 100}, {"CREDENTIAL", "IDENTITY"}),
        (4, {"account": ANNA}, {"CREDENTIAL", "IDENTITY"}),
        (1, {"country": 840}, {"IDENTITY"}),
        (1, {"investorClass": 3}, {"IDENTITY"}),
        (2, {"frozen": False}, {"IDENTITY"}),
        (3, {"powers": 0}, {"IDENTITY"}),
        (5, {"revokedAt": 131}, {"IDENTITY"}),
    ],
)
def test_a_false_identity_event_is_named(place: int, change: dict[str, Any], code: set[str]) -> None:
    assert identity_codes(changed(IDENTITY_EVENTS, place, **change)) == code


def test_a_record_that_no_event_explains_is_named() -> None:
    altered = {**IDENTITIES, ANNA: replace(IDENTITIES[ANNA], powers=2)}
    assert identity_codes(IDENTITY_EVENTS, identities=altered) == {"IDENTITY"}


def test_a_clean_offering_gives_no_finding() -> None:
    assert offering_codes(OFFERING_EVENTS) == set()


@pytest.mark.parametrize(
    ("place", "change", "code"),
    [
        (1, {"paid": 301}, "OFFERING_SALE"),
        (1, {"timestamp": 99}, "OFFERING_SALE"),
        (2, {"timestamp": 200}, "OFFERING_SALE"),
        (1, {"shares": 1, "paid": 1}, "OFFERING_SALE"),
        (2, {"shares": SHARES, "paid": 1_000}, "OFFERING_SALE"),
        (3, {"shares": SHARES}, "OFFERING_SALE"),
        (4, {"amount": 11}, "OFFERING_RELEASE"),
        (4, {"fromPeriod": 2}, "OFFERING_RELEASE"),
        (5, {"amount": 11}, "OFFERING_PAYMENT"),
        (6, {"amount": 297}, "OFFERING_PAYMENT"),
        (0, {"firstPeriod": 2}, "OFFERING_RELEASE"),
    ],
)
def test_a_false_offering_event_is_named(place: int, change: dict[str, Any], code: str) -> None:
    assert code in offering_codes(changed(OFFERING_EVENTS, place, **change))


def test_hours_of_weaker_evidence_or_without_a_report_earn_nothing() -> None:
    strict = (*PLAN[:8], 3, *PLAN[9:])
    assert "OFFERING_RELEASE" in offering_codes(changed(OFFERING_EVENTS, 0, plan=strict))
    elsewhere = ("PeriodSettled", 250, {"assetId": 0, "period": 91, "outcome": OUTCOME})
    assert "OFFERING_RELEASE" in offering_codes(OFFERING_EVENTS, elsewhere)


def test_below_the_soft_cap_only_refunds_are_allowed() -> None:
    failing = changed(OFFERING_EVENTS[:3], 0, plan=(*PLAN[:3], 901, *PLAN[4:]))
    refunds = [
        ("Refunded", 210, {"subscriber": ANNA, "payee": ANNA, "amount": 300}),
        ("Refunded", 211, {"subscriber": BEN, "payee": BEN, "amount": 600}),
    ]
    state = {0: OfferingState(COIN, 1, 900, 0, 0, 0)}
    clean: dict[str, Any] = {"offerings": state, "offering_coins": {}}
    assert offering_codes(failing + refunds, **clean) == set()
    assert offering_codes([*failing, OFFERING_EVENTS[3], *refunds], **clean) == {"OFFERING_SALE"}
    assert "OFFERING_SALE" in offering_codes([*OFFERING_EVENTS, refunds[0]])


def test_another_book_and_missing_coins_are_named() -> None:
    assert offering_codes(OFFERING_EVENTS, offering_coins={COIN: 593}) == {"OFFERING_COIN"}
    altered = {0: replace(OFFERINGS[0], held=595)}
    assert offering_codes(OFFERING_EVENTS, offerings=altered) == {"OFFERING_BOOK"}
    assert offering_codes(OFFERING_EVENTS, offerings={}) == {"OFFERING_BOOK"}


def test_a_called_off_offering_takes_no_subscription() -> None:
    called_off = [OFFERING_EVENTS[0], ("OfferingCancelled", 95, {}), OFFERING_EVENTS[1]]
    assert "OFFERING_SALE" in offering_codes(called_off)
