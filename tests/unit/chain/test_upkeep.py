"""What is due about open transactions: resent, bumped, filled, placed again, or nothing."""

from wellhead.chain.fees import GWEI, FeePolicy, Fees
from wellhead.chain.line import OpenAttempt, OpenIntent
from wellhead.chain.node import View
from wellhead.chain.states import State
from wellhead.chain.upkeep import Plan, plan

POLICY = FeePolicy(cap=100 * GWEI)


def view(head: int = 10, base_fee: int = GWEI, count: int = 5, count_pending: int = 5) -> View:
    return View(head, base_fee, head - 2, count, max(count, count_pending), count)


def intent(
    nonce: int, *, signed_at: int = 10, offered_at: int | None = 10, max_fee: int = 3 * GWEI
) -> OpenIntent:
    attempt = OpenAttempt(nonce, nonce, Fees(max_fee, GWEI), bytes(32), signed_at, offered_at)
    return OpenIntent(nonce, nonce, State.IN_FLIGHT, False, None, None, (attempt,))


def test_what_a_node_has_just_taken_is_left_alone() -> None:
    assert plan(view(count_pending=7), [intent(5), intent(6)], {5, 6}, POLICY) == Plan()


def test_bytes_that_no_node_is_known_to_have_are_sent_again_at_once() -> None:
    due = plan(view(), [intent(5, offered_at=None)], {5}, POLICY)
    assert [attempt.nonce for attempt in due.resend] == [5]


def test_bytes_that_a_pool_counts_in_are_sent_again_two_blocks_later() -> None:
    assert plan(view(head=11, count_pending=6), [intent(5)], {5}, POLICY).resend == ()
    assert len(plan(view(head=12, count_pending=6), [intent(5)], {5}, POLICY).resend) == 1


def test_bytes_that_a_pool_does_not_count_in_are_sent_again_in_the_next_block() -> None:
    assert plan(view(head=10), [intent(5)], {5}, POLICY).resend == ()
    assert len(plan(view(head=11), [intent(5)], {5}, POLICY).resend) == 1


def test_bytes_offered_at_a_block_that_a_reorg_took_away_are_sent_again() -> None:
    assert len(plan(view(head=9), [intent(5, offered_at=10)], {5}, POLICY).resend) == 1


def test_the_next_in_line_is_bumped_after_three_blocks_and_not_resent_then() -> None:
    assert plan(view(head=12), [intent(5)], {5}, POLICY).bump == ()
    due = plan(view(head=13), [intent(5)], {5}, POLICY)
    assert [(each.nonce, fees.max_fee) for each, fees in due.bump] == [(5, 3 * GWEI * 9 // 8 + 1)]
    assert due.resend == ()


def test_those_behind_are_bumped_only_if_they_offer_too_little() -> None:
    line = [intent(5), intent(6), intent(7, max_fee=90 * GWEI)]
    assert [each.nonce for each, _ in plan(view(head=13), line, {5, 6, 7}, POLICY).bump] == [5]
    dear = view(head=13, base_fee=20 * GWEI)
    assert [each.nonce for each, _ in plan(dear, line, {5, 6, 7}, POLICY).bump] == [5, 6]


def test_at_the_cap_the_same_bytes_are_sent_again() -> None:
    due = plan(view(head=20, base_fee=300 * GWEI), [intent(5, max_fee=100 * GWEI)], {5}, POLICY)
    assert due.bump == ()
    assert [attempt.nonce for attempt in due.resend] == [5]


def test_a_nonce_that_nobody_uses_before_ours_is_filled() -> None:
    assert plan(view(count=5), [intent(7)], {7}, POLICY).fill == (5, 6)


def test_nonces_that_wait_in_the_pool_or_are_ours_are_not_filled() -> None:
    assert plan(view(count=5, count_pending=7), [intent(7)], {7}, POLICY).fill == ()
    assert plan(view(count=5), [intent(5), intent(7)], {5, 6, 7}, POLICY).fill == ()


def test_without_anything_waiting_nothing_is_filled() -> None:
    assert plan(view(), [], set(), POLICY) == Plan()


def test_what_lost_its_nonce_is_placed_again() -> None:
    attempt = OpenAttempt(1, 4, Fees(GWEI, GWEI), bytes(32), 1, 1)
    lost = OpenIntent(1, None, State.UNPLACED, False, None, None, (attempt,))
    assert plan(view(), [lost], set(), POLICY) == Plan(place=(lost,))
