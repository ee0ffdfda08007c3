"""Samples become the same totals however they are split, and never more than was seen."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellhead.clock import PeriodClock
from wellhead.errors import SampleError
from wellhead.telemetry.checkpoint import checkpoint_of, integrator_from
from wellhead.telemetry.integrate import IntegrationRules, Integrator, Rejection, integrate, integrate_devices
from wellhead.telemetry.samples import EMPTY_SAMPLES_HASH, Sample, State, chain_hash
from wellhead.telemetry.totals import Totals

GENESIS = 1_000
CALENDAR = PeriodClock(GENESIS, 100)
RULES = IntegrationRules(interval_ms=10_000, idle_power_mw=1_000, max_power_mw=500_000)
END_MS = 1_100_000


def at(seconds: float, state: State = State.UP, **fields: object) -> Sample:
    """A sample so many seconds after genesis."""
    return Sample(round((GENESIS + seconds) * 1_000), state, **fields)  # type: ignore[arg-type]


def totals_of(*samples: Sample, period: int = 0, rules: IntegrationRules = RULES) -> Totals:
    return integrate(samples, CALENDAR, period, rules)


def test_no_sample_is_all_unknown() -> None:
    assert totals_of() == Totals()


def test_a_sample_holds_until_the_next() -> None:
    totals = totals_of(at(0), at(10, State.DOWN), at(15, State.EXCUSED), at(20))
    assert (totals.down_seconds, totals.excused_seconds) == (5, 5)


def test_a_sample_holds_at_most_two_intervals() -> None:
    assert totals_of(at(0), at(50, State.UNKNOWN)).up_seconds == 20
    assert totals_of(at(0), at(20, State.UNKNOWN)).up_seconds == 20
    assert totals_of(at(0), at(19, State.UNKNOWN)).up_seconds == 19


def test_the_last_sample_holds_to_the_end_of_the_period_and_no_further() -> None:
    assert totals_of(at(95)).up_seconds == 5
    assert totals_of(at(95), period=1).up_seconds == 15
    assert totals_of(at(70)).up_seconds == 20


def test_a_sample_exactly_on_the_boundary_belongs_to_the_later_period() -> None:
    before, boundary = at(90), at(100)
    assert totals_of(before, boundary).samples_hash == chain_hash(EMPTY_SAMPLES_HASH, before)
    assert totals_of(before, boundary, period=1).samples_hash == chain_hash(EMPTY_SAMPLES_HASH, boundary)
    assert totals_of(before, boundary).up_seconds == 10
    assert totals_of(boundary).up_seconds == 0


def test_samples_before_genesis_count_only_what_they_hold_into_the_first_period() -> None:
    assert totals_of(at(-15), at(5, State.UNKNOWN)) == Totals(
        up_seconds=5, samples_hash=totals_of(at(5, State.UNKNOWN)).samples_hash
    )


def test_milliseconds_are_summed_and_floored_once() -> None:
    flicker = [at(i * 1.5, State.UP if i % 2 == 0 else State.UNKNOWN) for i in range(9)]
    assert totals_of(*flicker).up_seconds == 26
    assert totals_of(*flicker[:4], at(6, State.UNKNOWN)).up_seconds == 3


def test_unknown_samples_hold_nothing() -> None:
    totals = totals_of(at(0), at(10, State.UNKNOWN), at(20, State.UNKNOWN))
    assert totals.sums == (10, 0, 0, 0, 0, 0)


def test_busy_is_the_share_of_held_up_time() -> None:
    totals = totals_of(at(0, busy_bps=2_500), at(10, busy_bps=10_000), at(20, State.DOWN, busy_bps=10_000))
    assert (totals.up_seconds, totals.busy_seconds) == (20, 12)


# ---- bridging


def counted(seconds: float, millijoules: int, boot: str | None = "a", state: State = State.UP) -> Sample:
    return at(seconds, state, energy_mj=millijoules, boot_id=boot)


def test_a_gap_is_bridged_when_boot_id_and_counter_continue_at_idle_power_or_more() -> None:
    totals = totals_of(counted(0, 0), counted(60, 60_000), at(60.001, State.UNKNOWN))
    assert (totals.up_seconds, totals.energy_joules) == (60, 60)


@pytest.mark.parametrize(
    "after",
    [
        counted(60, 59_999),
        counted(60, 60_000, boot="b"),
        counted(60, 60_000, boot=None),
        counted(60, 60_000, state=State.DOWN),
        counted(60, 600_000_000),
        at(60, boot_id="a"),
    ],
    ids=["below idle power", "another boot", "no boot id", "down after", "counter leapt", "no counter"],
)
def test_a_gap_is_not_bridged_without_proof(after: Sample) -> None:
    assert totals_of(counted(0, 0), after, at(60.001, State.UNKNOWN)).up_seconds == 20


def test_a_gap_after_down_is_not_bridged() -> None:
    totals = totals_of(counted(0, 0, state=State.DOWN), counted(60, 99_000), at(60.001, State.UNKNOWN))
    assert (totals.up_seconds, totals.down_seconds) == (0, 20)


def test_no_gap_is_bridged_without_an_idle_power() -> None:
    rules = IntegrationRules(interval_ms=10_000)
    assert totals_of(counted(0, 0), counted(60, 60_000), rules=rules).up_seconds == 20 + 20


def test_a_bridge_spans_periods() -> None:
    samples = counted(90, 0), counted(310, 220_000)
    assert [totals_of(*samples, period=p).up_seconds for p in range(4)] == [10, 100, 100, 10 + 20]
    assert [totals_of(*samples, period=p).energy_joules for p in range(4)] == [10, 100, 100, 10]


# ---- energy


def test_energy_is_the_counters_difference_and_not_the_power() -> None:
    totals = totals_of(at(0, energy_mj=5_000, power_mw=9_999), at(10, energy_mj=8_500, power_mw=9_999))
    assert (totals.energy_joules, totals.energy_estimated) == (3, False)


def test_energy_of_unknown_time_counts_because_the_meter_ran_on() -> None:
    totals = totals_of(counted(0, 0), counted(60, 30_000))
    assert (totals.energy_joules, totals.up_seconds) == (30, 40)


def test_power_is_the_marked_fallback() -> None:
    totals = totals_of(at(0, power_mw=100_000), at(10, power_mw=200_000))
    assert (totals.energy_joules, totals.energy_estimated) == (1_000 + 4_000, True)


def test_a_counter_that_restarted_with_the_host_counts_from_zero() -> None:
    totals = totals_of(counted(0, 900_000, "a"), counted(10, 7_000, "b"))
    assert (totals.energy_joules, totals.energy_estimated) == (7, False)


def test_a_counter_that_survived_a_restart_counts_its_difference() -> None:
    assert totals_of(counted(0, 900_000, "a"), counted(10, 907_000, "b")).energy_joules == 7


@pytest.mark.parametrize("boot", ["a", None])
def test_a_counter_that_fell_without_a_restart_is_not_trusted(boot: str | None) -> None:
    fell = at(10, energy_mj=7_000, boot_id=boot), at(20, State.UNKNOWN, energy_mj=9_000, boot_id=boot)
    totals = totals_of(at(0, energy_mj=900_000, boot_id=boot, power_mw=50_000), *fell)
    assert (totals.energy_joules, totals.energy_estimated) == (500 + 2, True)


def test_a_counter_that_rose_faster_than_the_device_can_draw_is_not_trusted() -> None:
    exact = totals_of(counted(0, 0), counted(10, 5_000_000))
    above = totals_of(counted(0, 0), counted(10, 5_000_001))
    assert (exact.energy_joules, above.energy_joules) == (5_000, 0)


def test_energy_across_a_boundary_is_split_by_time_and_nothing_is_lost() -> None:
    samples = at(97, energy_mj=0), at(104, energy_mj=7_999)
    shares = [totals_of(*samples, period=p) for p in (0, 1)]
    integrator = Integrator(CALENDAR, RULES)
    for sample in samples:
        integrator.add(sample)
    assert [share.energy_joules for share in shares] == [3, 4]
    assert sum(sums.energy_uj for sums in integrator.sums.values()) == 7_999_000


# ---- work


def test_work_is_the_counters_difference_while_up() -> None:
    totals = totals_of(at(0, work=100), at(10, State.DOWN, work=150), at(20, work=170))
    assert totals.work == 50


def test_a_restarted_work_counter_counts_from_zero() -> None:
    assert totals_of(at(0, work=100), at(10, work=30)).work == 30


def test_work_over_time_that_nobody_saw_does_not_count() -> None:
    assert totals_of(at(0, work=0), at(60, work=1_000_000)).work == 0


# ---- order, duplicates, increments


def test_duplicate_conflicting_and_late_samples_are_refused_and_counted() -> None:
    integrator = Integrator(CALENDAR, RULES)
    assert integrator.add(at(0)) is None
    assert integrator.add(at(10)) is None
    before = integrator.totals(0)
    assert integrator.add(at(10)) is Rejection.DUPLICATE
    assert integrator.add(at(10, State.DOWN)) is Rejection.CONFLICT
    assert integrator.add(at(5, State.DOWN)) is Rejection.OUT_OF_ORDER
    assert integrator.totals(0) == before
    assert dict(integrator.rejected) == {
        Rejection.DUPLICATE: 1,
        Rejection.CONFLICT: 1,
        Rejection.OUT_OF_ORDER: 1,
    }


def test_rules_that_hold_nothing_or_bridge_anything_are_refused() -> None:
    with pytest.raises(SampleError, match="0 ms"):
        IntegrationRules(0)
    with pytest.raises(SampleError, match="idle power of 0 mW"):
        IntegrationRules(1, idle_power_mw=0)


def test_forgotten_periods_leave_the_others_alone() -> None:
    integrator = Integrator(CALENDAR, RULES)
    for second in range(80, 230, 10):
        integrator.add(at(second))
    kept = integrator.totals(2)
    integrator.forget(2)
    assert integrator.totals(2) == kept
    assert integrator.totals(1) == Totals()


def test_a_seeded_integrator_goes_on_from_signed_totals() -> None:
    integrator = Integrator(CALENDAR, RULES)
    integrator.seed(0, Totals(30, 1, 2, 10, 500, 7, b"\1" * 32))
    integrator.add(at(50, busy_bps=10_000, work=5))
    integrator.add(at(60, work=6))
    assert integrator.totals(0).sums == (40, 1, 2, 20, 500, 8)


counter = st.none() | st.integers(0, 3_000_000)
history = st.lists(
    st.builds(
        lambda gap, *fields: (gap, fields),
        st.sampled_from([1, 999, 1_000, 9_999, 10_000, 10_500, 20_000, 20_001, 45_000, 130_000]),
        st.sampled_from([State.UP, State.UP, State.UP, *State]),
        st.none() | st.integers(0, 600_000),
        counter,
        st.none() | st.integers(0, 10_000),
        counter,
        st.sampled_from(["a", "a", "b", None]),
    ),
    max_size=25,
)


def samples_from(steps: list[tuple[int, tuple[object, ...]]]) -> list[Sample]:
    now_ms, samples = GENESIS * 1_000 - 5_000, []
    for gap, fields in steps:
        now_ms += gap
        samples.append(Sample(now_ms, *fields))  # type: ignore[arg-type]
    return samples


@given(history, st.randoms(use_true_random=False), st.data())
def test_any_order_any_duplicates_any_restart_give_the_same_totals(
    steps: list[tuple[int, tuple[object, ...]]], random: object, data: st.DataObject
) -> None:
    samples = samples_from(steps)
    integrator = Integrator(CALENDAR, RULES)
    for index, sample in enumerate(samples):
        integrator.add(sample)
        if data.draw(st.booleans(), label="interrupted"):
            integrator.add(samples[data.draw(st.integers(0, index), label="repeated")])
            integrator.totals(0, sample.timestamp_ms + 7_000)
            stored = json.loads(json.dumps(checkpoint_of(integrator)))
            integrator = integrator_from(stored, CALENDAR, RULES)
    shuffled = samples + samples[::2]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for period in range(-1, 6):
        end_ms = CALENDAR.end_of(period) * 1_000
        assert integrator.totals(period, end_ms) == integrate(shuffled, CALENDAR, period, RULES)


@given(history, st.lists(st.integers(0, 30_000), max_size=25))
def test_totals_never_shrink_and_stay_within_the_rules(
    steps: list[tuple[int, tuple[object, ...]]], waits: list[int]
) -> None:
    samples = samples_from(steps)
    integrator = Integrator(CALENDAR, RULES)
    before = dict.fromkeys(range(6), (0,) * 6)
    for index, sample in enumerate(samples):
        integrator.add(sample)
        wait_ms = waits[index] if index < len(waits) else 0
        next_ms = (
            samples[index + 1].timestamp_ms if index + 1 < len(samples) else sample.timestamp_ms + wait_ms
        )
        for as_of_ms in (sample.timestamp_ms, min(sample.timestamp_ms + wait_ms, next_ms)):
            for period, old in before.items():
                sums = integrator.totals(period, as_of_ms).sums
                assert all(new >= less for new, less in zip(sums, old, strict=True))
                assert sum(sums[:3]) <= max(0, min(100, as_of_ms // 1_000 - GENESIS - 100 * period))
                assert sums[3] <= sums[0]
                before[period] = sums


@given(history)
def test_periods_together_hold_what_one_long_period_holds(
    steps: list[tuple[int, tuple[object, ...]]],
) -> None:
    samples = samples_from(steps)
    short, long = Integrator(CALENDAR, RULES), Integrator(PeriodClock(0, 1 << 21), RULES)
    for sample in samples:
        short.add(sample)
        long.add(sample)
    for name in ("up_ms", "down_ms", "excused_ms", "busy_bps_ms", "energy_uj", "work"):
        assert sum(getattr(s, name) for s in short.sums.values()) == sum(
            getattr(s, name) for s in long.sums.values()
        )


def test_devices_are_integrated_each_for_itself() -> None:
    totals = integrate_devices({"a": [at(0)], "b": []}, CALENDAR, 0, RULES)
    assert (totals["a"].up_seconds, totals["b"]) == (20, Totals())


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"sums": {"0": [1, 2]}, "last": None, "rejected": {}},
        {"sums": {"0": [-1, 0, 0, 0, 0, 0, "00", False]}, "last": None, "rejected": {}},
    ],
)
def test_a_damaged_checkpoint_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(SampleError, match="not an integrator's state"):
        integrator_from(broken, CALENDAR, RULES)
