"""A bounded part of what the chaos rigs do at length (`python -m tests.chaos.NAME`), from fixed seeds."""

from typing import Any

from tests.chaos import kills, nonces, pairs, polls, reorgs, sends, spikes


def clean(figures: dict[str, Any]) -> bool:
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


def test_other_users_of_a_key_vanished_transactions_and_old_backups_are_survived() -> None:
    figures = nonces.run(seed=4, count=15)
    assert clean(figures), figures
    assert all(figures["played"].values())


def test_a_process_killed_anywhere_neither_doubles_nor_loses_a_payment() -> None:
    figures = kills.run(seed=5, count=1, random_kills=4)
    assert clean(figures), figures
    assert figures["kills"] == len(figures["kills_at"]) + 4


def test_two_processes_on_one_key_pay_once() -> None:
    figures = pairs.run(seed=6, count=3)
    assert clean(figures), figures
    assert figures["leaders_paused"]


def test_a_lagging_node_hides_no_event_below_the_cursor() -> None:
    figures = polls.run(seed=7, count=40)
    assert clean(figures), figures
    assert figures["events"] >= 40
