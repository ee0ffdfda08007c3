"""This host as a device: RAPL where it can be read, a marked model where not."""

from pathlib import Path

import pytest

from wellhead.telemetry.samples import State
from wellhead.telemetry.sources.host import HostSource, RaplMeter, modelled_power_mw


def zone(powercap: Path, directory: str, name: str, energy_uj: int, range_uj: int = 1_000_000) -> Path:
    folder = powercap / directory
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "name").write_text(name + "\n")
    (folder / "energy_uj").write_text(f"{energy_uj}\n")
    (folder / "max_energy_range_uj").write_text(f"{range_uj}\n")
    return folder / "energy_uj"


def host(tmp_path: Path, percent: float = 25.0) -> HostSource:
    (tmp_path / "machine-id").write_text("3d1219c7c4c5404aaa1f6d2a48adfda4\n")
    (tmp_path / "boot_id").write_text("ef6cd781-8c8f\n")
    return HostSource(
        lambda: 1_700_000_000_123,
        tmp_path / "machine-id",
        tmp_path / "boot_id",
        tmp_path / "powercap",
        lambda: percent,
        cores=4,
    )


def test_a_host_without_rapl_has_modelled_power_and_no_counter(tmp_path: Path) -> None:
    source = host(tmp_path)
    assert source.devices() == ["3d1219c7c4c5404aaa1f6d2a48adfda4"]
    [sample] = source.sample().values()
    assert (sample.timestamp_ms, sample.state, sample.busy_bps) == (1_700_000_000_123, State.UP, 2_500)
    assert (sample.power_mw, sample.energy_mj, sample.boot_id) == (4 * 2_750, None, "ef6cd781-8c8f")
    assert source.energy_source == "model"


def test_modelled_power_runs_from_idle_to_busy() -> None:
    assert [modelled_power_mw(2, bps) for bps in (0, 5_000, 10_000)] == [3_000, 8_000, 13_000]


def test_rapl_packages_are_summed_and_their_parts_are_not(tmp_path: Path) -> None:
    powercap = tmp_path / "powercap"
    first = zone(powercap, "intel-rapl:0", "package-0", 500_000)
    zone(powercap, "intel-rapl:0:0", "core", 400_000)
    zone(powercap, "intel-rapl:1", "package-1", 300_000)
    zone(powercap, "intel-rapl:2", "psys", 900_000)
    source = host(tmp_path)
    assert source.energy_source == "rapl"
    first.write_text("502000")
    [sample] = source.sample().values()
    assert (sample.energy_mj, sample.power_mw) == (802, None)


def test_a_rapl_counter_that_wraps_goes_on(tmp_path: Path) -> None:
    energy = zone(tmp_path, "intel-rapl:0", "package-0", 990_000, range_uj=1_000_000)
    meter = RaplMeter(tmp_path)
    assert meter.energy_mj() == 990
    energy.write_text("15000")
    assert meter.energy_mj() == 1_015
    assert meter.energy_mj() == 1_015


@pytest.mark.parametrize("content", ["", "x"])
def test_an_unreadable_zone_is_no_energy_and_spoils_no_later_value(tmp_path: Path, content: str) -> None:
    zone(tmp_path, "intel-rapl:0", "package-0", 1_000)
    second = zone(tmp_path, "intel-rapl:1", "package-1", 2_000)
    meter = RaplMeter(tmp_path)
    second.write_text(content)
    assert meter.energy_mj() is None
    second.write_text("2000")
    assert meter.energy_mj() == 3


def test_a_host_without_machine_id_has_a_stable_name(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    one, other = (HostSource(machine_id=missing, boot_id=missing).devices() for _ in range(2))
    assert one == other
    assert one[0].startswith("host-")
    assert len(one[0]) == 37


def test_this_machine_can_be_sampled() -> None:
    source = HostSource()
    [uuid] = source.devices()
    sample = source.sample()[uuid]
    assert sample.state is State.UP
    assert sample.busy_bps is not None
    assert (sample.energy_mj is None) == (source.energy_source == "model")
