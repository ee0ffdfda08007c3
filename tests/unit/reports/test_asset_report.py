"""AssetReport: totals and root from readings, all-unknown assets, totals that no readings can add up to."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from eth_abi.abi import encode

from wellhead.chain.keccak import keccak256
from wellhead.errors import InputError, ReportError
from wellhead.registry.terms import Terms
from wellhead.reports.asset_report import (
    ASSET_REPORT_TYPE,
    AssetReport,
    asset_report_hash,
    build_asset_report,
    check_totals,
)
from wellhead.reports.sum_tree import build_sum_tree
from wellhead.telemetry.reading import SignedReading, struct_hash

Sign = Callable[..., SignedReading]

REPORT = AssetReport(0, 5, 4, 200_000, 10_000, 300, 5_000, 9_000_000, 100, keccak256(b"root"))


def test_totals_are_the_sums_of_the_readings(sign: Sign) -> None:
    readings = {0: sign(0, up=100, busy=7).reading, 2: sign(2, up=50, down=3, excused=2, work=9).reading}
    report, tree = build_asset_report(0, 5, 4, readings)
    assert report == AssetReport(0, 5, 4, 150, 3, 2, 7, 2_000, 9, tree.root)
    assert tree.leaf(2)[:32] == struct_hash(readings[2])
    assert not any(tree.leaf(1))


def test_an_asset_without_readings_is_reported_all_unknown() -> None:
    report, tree = build_asset_report(3, 5, 2, {})
    assert report == AssetReport(3, 5, 2, 0, 0, 0, 0, 0, 0, build_sum_tree({}, 2).root)
    assert report.telemetry_root == tree.root != bytes(32)


def test_an_asset_without_devices_has_no_report() -> None:
    with pytest.raises(ReportError, match="asset 3 has 0 devices in period 5"):
        build_asset_report(3, 5, 0, {})


@pytest.mark.parametrize(("asset_id", "period", "index"), [(1, 5, 0), (0, 6, 0), (0, 5, 1)])
def test_a_reading_in_the_wrong_place_is_refused(sign: Sign, asset_id: int, period: int, index: int) -> None:
    with pytest.raises(ReportError, match="reading of asset 0, period 5, device 0 given for"):
        build_asset_report(asset_id, period, 4, {index: sign(0).reading})


def test_the_hash_is_the_one_of_abi_encode() -> None:
    kinds = ["bytes32", *(kind for _, kind in ASSET_REPORT_TYPE.fields)]
    assert asset_report_hash(REPORT) == keccak256(
        encode(kinds, [ASSET_REPORT_TYPE.type_hash, *REPORT.as_tuple()])
    )
    with pytest.raises(InputError, match="upSeconds"):
        asset_report_hash(replace(REPORT, up_seconds=1 << 40))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"up_seconds": 345_600}, "up \\+ down \\+ excused = 355900 is above 345600"),
        ({"busy_seconds": 200_001}, "busySeconds = 200001 is above 200000"),
        ({"energy_joules": 345_600_001}, "energyJoules = 345600001 is above 345600000"),
        ({"work": 200_000_001}, "work = 200000001 is above 200000000"),
    ],
)
def test_totals_that_no_valid_readings_give_are_refused(
    terms: Terms, change: dict[str, int], message: str
) -> None:
    check_totals(REPORT, terms, 86_400)
    with pytest.raises(ReportError, match=message):
        check_totals(replace(REPORT, **change), terms, 86_400)
