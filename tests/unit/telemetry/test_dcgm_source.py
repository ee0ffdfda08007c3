"""Real dcgm-exporter text, its label spellings, sentinels and MIG slices."""

from pathlib import Path

import httpx
import pytest

from wellhead.errors import SampleError
from wellhead.telemetry.samples import Sample, State
from wellhead.telemetry.sources.dcgm import DcgmNames, DcgmSource, parse_scrape
from wellhead.telemetry.sources.exposition import series_in

TEXT = """\
# HELP DCGM_FI_DEV_POWER_USAGE Power draw (in W).
# TYPE DCGM_FI_DEV_POWER_USAGE gauge
DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-aa",Hostname="h",pod="one"} 67.351000
DCGM_FI_DEV_POWER_USAGE{gpu="1",uuid="GPU-bb",hostname="h"} 70.5 1776788770123

DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0",UUID="GPU-aa",pod="two"} 5123456789
DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="1",uuid="GPU-bb"} 9223372036854775794
DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-aa"} 100
DCGM_FI_DEV_GPU_UTIL{gpu="1",uuid="GPU-bb"} 40
DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",UUID="GPU-aa"} 0.237
DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="1",uuid="GPU-bb"} NaN
"""


def test_fields_become_our_units_and_blanks_are_missing() -> None:
    scrape = parse_scrape(TEXT, 1_000)
    assert scrape.samples == {
        "GPU-aa": Sample(1_000, State.UP, 67_351, 5_123_456_789, 2_370),
        "GPU-bb": Sample(1_000, State.UP, 70_500, None, 4_000),
    }
    assert scrape.problems == ()


def test_graphics_engine_activity_is_preferred_and_the_metric_is_named() -> None:
    metrics = parse_scrape(TEXT, 1_000).utilization_metrics
    assert metrics == {"GPU-aa": "DCGM_FI_PROF_GR_ENGINE_ACTIVE", "GPU-bb": "DCGM_FI_DEV_GPU_UTIL"}


def test_a_mig_slice_is_a_device_of_its_own() -> None:
    text = 'DCGM_FI_DEV_POWER_USAGE{UUID="GPU-aa",GPU_I_PROFILE="1g.10gb",GPU_I_ID="7"} 50'
    assert list(parse_scrape(text, 1).samples) == ["GPU-aa/7"]


def test_a_gpu_shared_by_two_pods_is_one_device() -> None:
    text = "".join(f'DCGM_FI_DEV_POWER_USAGE{{UUID="GPU-aa",pod="{pod}"}} 50\n' for pod in "ab")
    assert parse_scrape(text, 1).samples == {"GPU-aa": Sample(1, State.UP, 50_000)}


def test_metric_names_are_configuration() -> None:
    names = DcgmNames(power=("DCGM_FI_DEV_BOARD_POWER_WATTS", "DCGM_FI_DEV_POWER_USAGE"))
    text = 'DCGM_FI_DEV_BOARD_POWER_WATTS{UUID="a"} 1\nDCGM_FI_DEV_POWER_USAGE{UUID="b"} 2\n'
    samples = parse_scrape(text, 1, names).samples
    assert (samples["a"].power_mw, samples["b"].power_mw) == (1_000, 2_000)


@pytest.mark.parametrize("value", ["-3", "+Inf", "abc", "99999999"])
def test_an_impossible_value_drops_the_field_and_is_told(value: str) -> None:
    scrape = parse_scrape(f'DCGM_FI_DEV_POWER_USAGE{{UUID="a"}} {value}\n', 1)
    assert scrape.samples == {"a": Sample(1, State.UP)}
    assert "line 1, DCGM_FI_DEV_POWER_USAGE: power" in scrape.problems[0]


@pytest.mark.parametrize(
    "text", ["DCGM_FI_DEV_POWER_USAGE{UUID=", 'm{a="1} 5', "<html>", 'm{a b="1"} 5', "m{}"]
)
def test_text_that_is_no_exposition_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(SampleError, match="exposition line 2"):
        parse_scrape("# fine\n" + text, 1)


def test_labels_may_hold_any_text() -> None:
    [series] = series_in(r'm{a="x,y=\"z\"}",b="back\\slash\n", c="" ,} 1')
    assert series.labels == {"a": 'x,y="z"}', "b": "back\\slash\n", "c": ""}


def client(answer: httpx.Response | Exception) -> httpx.Client:
    def reply(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return httpx.Client(transport=httpx.MockTransport(reply))


def source(answer: httpx.Response | Exception) -> DcgmSource:
    return DcgmSource("http://exporter:9400/metrics", clock_ms=lambda: 9_000, client=client(answer))


def test_a_scrape_gives_a_sample_of_every_device() -> None:
    scraped = source(httpx.Response(200, text=TEXT))
    assert scraped.devices() == ["GPU-aa", "GPU-bb"]
    assert scraped.sample()["GPU-aa"].timestamp_ms == 9_000


@pytest.mark.parametrize(
    "answer", [httpx.Response(503), httpx.Response(200, text="<html>"), httpx.ConnectError("refused")]
)
def test_an_exporter_out_of_reach_gives_no_samples_and_is_told(answer: httpx.Response | Exception) -> None:
    scraped = source(answer)
    assert scraped.sample() == {}
    assert scraped.problems.total() == 1


def test_a_real_exposition_of_eight_gpus_is_read(shared_data: Path) -> None:
    file = shared_data / "dcgm" / "dcgm_sample.prom"
    if not file.exists():
        pytest.skip(f"{file.name} is not in the shared data folder")
    scrape = parse_scrape(file.read_text(), 1)
    assert len(scrape.samples) == 8
    assert scrape.samples["GPU-c4529c8d-69c4-b61d-e0bc-7b2460096005"] == Sample(1, State.UP, 113_611, None, 0)
    assert scrape.problems == ()
