"""A bounded part of what the chaos rigs do at length (`python -m tests.chaos.NAME`), from fixed seeds."""

from tests.chaos import reorgs, sends, spikes


def clean(figures: dict) -> bool:
    return not any(figures["faults"].values())


def test_lost_answers_neither_double_nor_lose_a_payment() -> None:
    figures = sends.run(seed=1, count=200)
    assert clean(figures), figures
    assert sum(figures["lost_answers"].values()) > 5


def test_reorged_transactions_are_sent_again_and_paid_once() -> None:
    figures = reorgs.run(seed=2, count=12)
    assert clean(figures), figures
    assert all(figures["ways"].values())


def test_fee_spikes_are_outbid_up_to_the_cap_and_never_above_it() -> None:
    figures = spikes.run(seed=3, count=12)
    assert clean(figures), figures
