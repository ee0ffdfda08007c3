"""Fees: both rise by an eighth at least, never above the cap, and no fee below the cap is a dead end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellhead.chain.fees import GWEI, FeePolicy, Fees, raised
from wellhead.errors import InputError

caps = st.integers(1, 10**13)
base_fees = st.integers(1, 10**13)


@given(st.integers(0, 10**20))
def test_a_raised_fee_satisfies_geth_and_reth(wei: int) -> None:
    assert raised(wei) * 100 >= wei * 110
    assert raised(wei) * 100 > wei * 110
    assert raised(wei) * 8 >= wei * 9


@given(caps, base_fees, st.integers(0, 10**10))
def test_no_fee_is_above_the_cap_and_no_tip_above_the_fee(cap: int, base_fee: int, tip: int) -> None:
    policy = FeePolicy(cap=cap, tip=tip)
    fees: Fees | None = policy.first(base_fee)
    while fees is not None:
        assert fees.tip <= fees.max_fee <= cap
        fees = policy.bumped(fees, base_fee)


@given(caps, base_fees, base_fees)
def test_bumping_ends_at_the_cap_itself_and_raises_both_fees_each_time(
    cap: int, base_fee: int, later: int
) -> None:
    policy = FeePolicy(cap=cap)
    fees = policy.first(base_fee)
    while (bumped := policy.bumped(fees, later)) is not None:
        assert bumped.max_fee >= raised(fees.max_fee)
        assert bumped.tip >= raised(fees.tip)
        fees = bumped
    assert fees.max_fee == cap


def test_a_bump_goes_at_once_to_what_the_base_fee_asks_for() -> None:
    policy = FeePolicy(cap=500 * GWEI)
    assert policy.bumped(Fees(3 * GWEI, GWEI), 100 * GWEI) == Fees(201 * GWEI, GWEI * 9 // 8 + 1)


def test_at_the_cap_there_is_no_bump() -> None:
    assert FeePolicy(cap=100).bumped(Fees(100, 1), 10) is None


@pytest.mark.parametrize("fields", [{"cap": 0}, {"tip": -1}, {"bump_after_blocks": 0}])
def test_a_policy_that_can_sign_nothing_is_refused(fields: dict[str, int]) -> None:
    with pytest.raises(InputError, match="fee cap"):
        FeePolicy(**fields)
