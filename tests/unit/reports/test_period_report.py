"""PeriodReport: root by asset id, absence, and the quorum exactly as the contract checks it."""

from dataclasses import replace

import pytest
from eth_abi.abi import encode

from wellhead.chain.eip712 import Domain
from wellhead.chain.keccak import keccak256
from wellhead.chain.position_tree import EMPTY_LEAF
from wellhead.chain.signatures import address_of
from wellhead.errors import InputError, ReportError
from wellhead.reports.asset_report import AssetReport, asset_report_hash
from wellhead.reports.period_report import (
    PERIOD_REPORT_TYPE,
    PeriodReport,
    build_period_report,
    check_quorum,
    order_signatures,
    period_report_hash,
    sign_report,
    verify_absence,
    verify_report,
)

KEYS = sorted((keccak256(b"member %d" % n) for n in range(3)), key=lambda key: int(address_of(key), 16))
MEMBERS = [address_of(key) for key in KEYS]
BUNDLE = keccak256(b"bundle")


def asset_report(asset_id: int, period: int = 9) -> AssetReport:
    return AssetReport(asset_id, period, 2, 100, 0, 0, 0, 5, 0, keccak256(b"root %d" % asset_id))


@pytest.fixture
def report() -> PeriodReport:
    return build_period_report(9, 0, [asset_report(0), asset_report(3)], 5, BUNDLE)[0]


@pytest.fixture
def signatures(oracle: Domain, report: PeriodReport) -> list[bytes]:
    return [sign_report(oracle, report, key) for key in KEYS]


def test_each_asset_stands_at_its_id_and_the_others_are_provably_absent(report: PeriodReport) -> None:
    _, tree = build_period_report(9, 0, [asset_report(3), asset_report(0)], 5, BUNDLE)
    assert tree.root == report.root
    assert verify_report(report, asset_report(3), tree.path(3), 3)
    assert not verify_report(report, replace(asset_report(3), work=1), tree.path(3), 3)
    assert not verify_report(replace(report, period=8), asset_report(3), tree.path(3), 3)
    assert verify_absence(report, 1, tree.path(1), 3)
    assert not verify_absence(report, 3, tree.path(3), 3)
    assert tree.leaf(4) == EMPTY_LEAF


def test_a_single_asset_is_its_own_root() -> None:
    report, _ = build_period_report(9, 0, [asset_report(0)], 1, BUNDLE)
    assert report.root == asset_report_hash(asset_report(0))


def test_reports_that_cannot_be_posted_are_refused() -> None:
    with pytest.raises(ReportError, match="asset 1 is reported twice"):
        build_period_report(9, 0, [asset_report(1), asset_report(1)], 2, BUNDLE)
    with pytest.raises(ReportError, match="report of period 8 given for 9"):
        build_period_report(9, 0, [asset_report(1, 8)], 2, BUNDLE)
    with pytest.raises(ReportError, match="no asset is reported"):
        build_period_report(9, 0, [], 2, BUNDLE)
    with pytest.raises(ReportError, match="revision 3 lies outside 0 … 2"):
        build_period_report(9, 3, [asset_report(1)], 2, BUNDLE)
    with pytest.raises(InputError, match="position 2 lies outside 0 … 1"):
        build_period_report(9, 0, [asset_report(2)], 2, BUNDLE)


def test_the_hash_is_the_one_of_abi_encode(report: PeriodReport) -> None:
    kinds = ["bytes32", *(kind for _, kind in PERIOD_REPORT_TYPE.fields)]
    assert period_report_hash(report) == keccak256(
        encode(kinds, [PERIOD_REPORT_TYPE.type_hash, *report.as_tuple()])
    )


def test_a_quorum_is_accepted_and_named(
    oracle: Domain, report: PeriodReport, signatures: list[bytes]
) -> None:
    assert check_quorum(oracle, report, signatures[1:], MEMBERS, 2) == MEMBERS[1:]
    assert check_quorum(oracle, report, signatures, set(MEMBERS), 2) == MEMBERS
    lower_case = [member.lower() for member in MEMBERS]
    assert check_quorum(oracle, report, signatures, lower_case, 3) == MEMBERS


def test_signatures_are_put_in_the_order_of_their_signers(
    oracle: Domain, report: PeriodReport, signatures: list[bytes]
) -> None:
    assert order_signatures(oracle, report, signatures[::-1]) == signatures


def test_too_few_signatures_are_refused(
    oracle: Domain, report: PeriodReport, signatures: list[bytes]
) -> None:
    with pytest.raises(ReportError, match="1 signatures, the quorum is 2 of 3"):
        check_quorum(oracle, report, signatures[:1], MEMBERS, 2)


def test_a_duplicate_signature_counts_for_nothing(
    oracle: Domain, report: PeriodReport, signatures: list[bytes]
) -> None:
    with pytest.raises(ReportError, match=f"signature 1: {MEMBERS[0]} signed already as number 0"):
        check_quorum(oracle, report, [signatures[0], signatures[0]], MEMBERS, 2)


def test_a_foreign_signature_is_refused(
    oracle: Domain, report: PeriodReport, signatures: list[bytes]
) -> None:
    stranger = keccak256(b"stranger")
    foreign = [signatures[0], sign_report(oracle, report, stranger)]
    with pytest.raises(ReportError, match=f"signature 1: {address_of(stranger)} is not one of the 3 members"):
        check_quorum(oracle, report, foreign, MEMBERS, 2)


def test_a_signature_over_another_report_or_domain_is_foreign(
    oracle: Domain, report: PeriodReport, signatures: list[bytes]
) -> None:
    for other in (replace(report, period=8), replace(report, revision=1), replace(report, bundle=bytes(32))):
        with pytest.raises(ReportError, match=r"signature 0: 0x.* is not one of"):
            check_quorum(oracle, other, signatures, MEMBERS, 2)
    with pytest.raises(ReportError, match=r"signature 0: 0x.* is not one of"):
        check_quorum(Domain(1, oracle.verifying_contract), report, signatures, MEMBERS, 2)


def test_signatures_out_of_order_are_refused(
    oracle: Domain, report: PeriodReport, signatures: list[bytes]
) -> None:
    with pytest.raises(ReportError, match=f"signature 1: {MEMBERS[0]} comes after {MEMBERS[1]}"):
        check_quorum(oracle, report, [signatures[1], signatures[0]], MEMBERS, 2)


def test_a_malformed_signature_is_named_by_its_place(
    oracle: Domain, report: PeriodReport, signatures: list[bytes]
) -> None:
    with pytest.raises(ReportError, match="signature 1 of 2: signature of 64 bytes, not 65"):
        check_quorum(oracle, report, [signatures[0], signatures[1][:64]], MEMBERS, 2)
    with pytest.raises(ReportError, match="v = 29"):
        check_quorum(oracle, report, [signatures[0], signatures[1][:64] + b"\x1d"], MEMBERS, 2)


def test_more_signatures_than_members_are_refused(
    oracle: Domain, report: PeriodReport, signatures: list[bytes]
) -> None:
    with pytest.raises(ReportError, match="4 signatures, there are 3 members"):
        check_quorum(oracle, report, [*signatures, signatures[0]], MEMBERS, 2)


@pytest.mark.parametrize("quorum", [0, 1, 4])
def test_a_quorum_of_half_or_less_or_of_more_than_all_is_refused(
    oracle: Domain, report: PeriodReport, signatures: list[bytes], quorum: int
) -> None:
    with pytest.raises(ReportError, match=f"quorum {quorum} of 3 members"):
        check_quorum(oracle, report, signatures, MEMBERS, quorum)
