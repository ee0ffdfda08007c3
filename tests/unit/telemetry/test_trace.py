"""A recorded trace: every kind of bad line is named, and the real day adds up."""

import gzip
from pathlib import Path

import pytest

from wellhead.clock import PeriodClock
from wellhead.errors import SampleError
from wellhead.telemetry.integrate import IntegrationRules, integrate_devices
from wellhead.telemetry.reading import device_id
from wellhead.telemetry.samples import Sample, State
from wellhead.telemetry.sources.trace import HEADER, read_trace

MIDNIGHT_MS = 1_748_908_800_000


def line(
    minute: int, node: str = "n1", reachable: str = "1", power: str = "35.0", tail: str = ",1,1,0,0"
) -> str:
    return f"2025-06-03T00:{minute:02}:00Z,{node},{reachable},{power},{tail}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trace.csv"


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def test_reachable_is_up_with_power_and_unreachable_is_no_sample(path: Path) -> None:
    trace = read_trace(write(path, line(0), line(1, reachable="0", power=""), line(2, power="120.5")))
    assert trace.samples == {
        "n1": [
            Sample(MIDNIGHT_MS, State.UP, 35_000),
            Sample(MIDNIGHT_MS + 120_000, State.UP, 120_500),
        ]
    }
    assert (trace.first_ms, trace.last_ms) == (MIDNIGHT_MS, MIDNIGHT_MS + 120_000)


def test_reachable_without_power_is_up_without_power(path: Path) -> None:
    assert read_trace(write(path, line(0, power=""))).samples["n1"][0].power_mw is None


def test_a_host_below_the_off_power_is_down(path: Path) -> None:
    trace = read_trace(write(path, line(0, power="49.9"), line(1, power="50")), off_below_watts=50)
    assert [sample.state for sample in trace.samples["n1"]] == [State.DOWN, State.UP]


def test_a_node_that_never_answers_is_a_device_without_samples(path: Path) -> None:
    trace = read_trace(write(path, line(0), line(0, node="mute", reachable="0", power="")))
    assert set(trace.devices) == {"n1", "mute"}
    assert trace.samples["mute"] == []


def test_devices_stand_in_order_of_their_ids(path: Path) -> None:
    trace = read_trace(write(path, *(line(0, node=f"n{i}") for i in range(9))))
    ids = [device_id(node) for node in trace.devices]
    assert ids == sorted(ids)
    assert list(trace.samples) == list(trace.devices)


def test_all_times_shift_together(path: Path) -> None:
    trace = read_trace(write(path, line(0), line(1)), shift_seconds=-86_400)
    assert [s.timestamp_ms for s in trace.samples["n1"]] == [
        MIDNIGHT_MS - 86_400_000,
        MIDNIGHT_MS - 86_340_000,
    ]
    assert trace.first_ms == MIDNIGHT_MS - 86_400_000


BAD_LINES = {
    "truncated": (line(1)[:-6], "6 columns, not 9"),
    "cut inside the last count": (line(1)[:-1], "are not all whole numbers"),
    "too many columns": (line(1) + ",7", "10 columns, not 9"),
    "NaN": (line(1, power="nan"), "power 'nan' is not a measurement"),
    "infinite": (line(1, power="inf"), "not finite"),
    "negative": (line(1, power="-5"), "power -5 W is negative"),
    "absurd": (line(1, power="100001"), "power 100001 W is above 100000"),
    "no number": (line(1, power="35x0"), "'35x0' is not a number"),
    "duplicate": (line(0), "duplicate: node n1"),
    "time": (line(1).replace("2025", "20x5"), "is not ISO 8601"),
    "zone": (line(1).replace("Z", ""), "names no zone"),
    "reachable": (line(1, reachable="yes"), "bmc_reachable 'yes'"),
    "unreachable with power": (line(1, reachable="0"), "unreachable, yet with a power of 35.0 W"),
    "no node": (line(1, node=""), "is not a name"),
}


@pytest.mark.parametrize("case", BAD_LINES)
def test_a_bad_line_stops_a_strict_reading_with_its_number_and_reason(path: Path, case: str) -> None:
    bad, reason = BAD_LINES[case]
    with pytest.raises(SampleError, match="trace line 3: ") as caught:
        read_trace(write(path, line(0), bad, line(2)))
    assert reason in str(caught.value)
    assert bad in str(caught.value)


@pytest.mark.parametrize("case", BAD_LINES)
def test_a_bad_line_is_dropped_and_told_in_a_lenient_reading(path: Path, case: str) -> None:
    bad, reason = BAD_LINES[case]
    trace = read_trace(write(path, line(0), bad, line(2)), strict=False)
    [problem] = trace.problems
    assert (problem.line, problem.text, reason in problem.reason) == (3, bad, True)
    assert trace.samples == read_trace(write(path, line(0), line(2))).samples


def test_an_out_of_order_line_is_told_with_how_far(path: Path) -> None:
    with pytest.raises(SampleError, match="trace line 4: out of order by 120000 ms: node n1"):
        read_trace(write(path, line(0), line(3), line(1)))


def test_the_cap_on_power_is_a_parameter(path: Path) -> None:
    with pytest.raises(SampleError, match="above 30"):
        read_trace(write(path, line(0)), max_watts=30)


def test_a_stray_quote_spoils_no_other_line(path: Path) -> None:
    trace = read_trace(write(path, line(0), line(1, node='"n1'), line(2)), strict=False)
    assert len(trace.samples["n1"]) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [("", "is empty"), ("a,b\n1,2\n", "begins with 'a,b'"), (HEADER + "\n", "no usable line")],
)
def test_a_file_that_is_no_trace_is_refused_even_leniently(path: Path, content: str, reason: str) -> None:
    path.write_text(content)
    with pytest.raises(SampleError, match=reason):
        read_trace(path, strict=False)


def test_a_missing_file_is_refused(path: Path) -> None:
    with pytest.raises(SampleError, match=r"trace\.csv is damaged after line 0: .*No such file"):
        read_trace(path)


def test_a_gzip_reads_as_plain_and_a_corrupt_one_is_refused_even_leniently(
    path: Path, tmp_path: Path
) -> None:
    plain = read_trace(write(path, *(line(minute) for minute in range(60))))
    packed = tmp_path / "trace.csv.gz"
    content = gzip.compress(path.read_bytes())
    packed.write_bytes(content)
    assert read_trace(packed) == plain
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 0xFF
    for damaged in (content[:-20], content[: len(content) // 2], bytes(flipped)):
        packed.write_bytes(damaged)
        with pytest.raises(SampleError, match="is damaged after line"):
            read_trace(packed, strict=False)


def test_a_real_outage_day_is_up_and_unknown_but_never_down(shared_data: Path) -> None:
    file = shared_data / "fasrc" / "ipmi_gpu_nodes_2025-06-03_1min.csv.gz"
    if not file.exists():
        pytest.skip(f"{file.name} is not in the shared data folder")
    trace = read_trace(file)
    calendar = PeriodClock(MIDNIGHT_MS // 1_000, 86_400)
    totals = integrate_devices(trace.samples, calendar, 0, IntegrationRules(interval_ms=60_000))
    assert len(totals) == 332
    assert sum(1 for t in totals.values() if t.up_seconds == 0) == 5
    assert all(t.down_seconds == 0 for t in totals.values())
    # controllers were unreachable 02:38-21:54: 19 h 16 min of the day at least are unknown everywhere
    assert max(t.up_seconds for t in totals.values()) < 86_400 - (19 * 60 + 14) * 60
    assert sum(t.up_seconds for t in totals.values()) == 4_793_033
    assert all(t.energy_estimated for t in totals.values() if t.energy_joules)
