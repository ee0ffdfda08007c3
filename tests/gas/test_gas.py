"""What each job of the gas table costs: what the snapshot says, within its bound or with a reason."""

import pytest
from benchmarks.figures import recorded
from benchmarks.gas.floor import Floor, Log
from benchmarks.gas.jobs import JOBS, MISSED
from benchmarks.gas.measure import measure

KEYS = (
    "share_transfer_repeat", "share_transfer_first", "report_3", "report_5", "report_9", "settle_asset",
    "claim_1", "claim_365", "push_per_holder", "buy_first", "buy_again", "buy_run_per_period", "grant",
    "challenge_open", "challenge_answer",
)  # fmt: skip


@pytest.fixture(scope="module")
def measured():
    return measure()


def test_the_table_has_every_job():
    assert tuple(JOBS) == KEYS


def test_every_job_costs_what_the_snapshot_says(measured):
    found = {key: figure.value for key, figure in measured.figures.items()}
    expected = recorded("gas")
    differences = [
        f"{key}: {found.get(key, 'gone')}, snapshot {expected.get(key, 'none')}"
        for key in {**expected, **found}
        if found.get(key) != expected.get(key)
    ]
    assert not differences, "\n".join([*differences, "if that is meant: ./scripts/bench gas --record"])


@pytest.mark.parametrize("key", KEYS)
def test_no_job_costs_less_than_its_floor(measured, key):
    figure = measured.figures[key]
    assert figure.limit <= figure.value


def test_a_job_keeps_its_bound_or_the_reason_why_not_is_written_down(measured):
    above = {key for key, figure in measured.figures.items() if figure.value > figure.bound}
    assert above == set(MISSED)
    assert all(MISSED.values())


def test_a_floor_counts_each_thing_that_is_touched():
    plain = Floor().gas(b"")
    assert plain == 21_000
    assert Floor(accounts=1).gas(b"\0\1") == plain + 4 + 16 + 2_600
    assert Floor(calls=3).gas(b"") == plain + 300
    one_of_each = Floor(1, 1, 1, 1, (Log(3, 1),), ((66, 2),), 1, value_transfers=1)
    wanted = 2_600 + 2_100 + 5_000 + 22_100 + (375 * 4 + 256) + 2 * (30 + 6 * 3) + 3_000 + 6_700
    assert one_of_each.gas(b"") == plain + wanted


def test_the_floor_is_what_the_bytes_alone_cost_where_that_is_more():
    assert Floor().gas(b"\1" * 10_000) == 21_000 + 10 * 4 * 10_000


def test_an_erc20_transfer_has_the_floor_that_peers_were_compared_with():
    to = bytes(12) + b"\1" * 20
    amount = (2_000_000).to_bytes(32, "big")
    floor = Floor(updates=2, logs=(Log(3, 1),)).gas(b"\xa9\x05\x9c\xbb" + to + amount)
    assert abs(floor - 33_436) < 100
