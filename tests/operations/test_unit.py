"""The systemd unit is one that systemd accepts, and is as closed as docs/operations.md says."""

import configparser
import os
import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "operations/wellhead-daemon.service"
EXPOSURE_MAX = 2.5
"""Of 10; systemd calls what is below 2.5 well protected."""


@pytest.fixture
def analyze() -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    return program


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)


def test_systemd_accepts_the_unit(analyze: str, tmp_path: Path) -> None:
    program = tmp_path / "wellhead"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/wellhead/bin/wellhead", str(program)))
    done = run(analyze, "verify", "--man=no", str(unit))
    about = [line for line in (done.stdout + done.stderr).splitlines() if UNIT.name in line]
    assert about == []


def test_systemd_calls_it_well_protected(analyze: str) -> None:
    done = run(analyze, "security", "--offline=true", f"--threshold={EXPOSURE_MAX * 10:.0f}", str(UNIT))
    if "Unknown" in done.stderr or "unrecognized" in done.stderr:
        pytest.skip("this systemd-analyze cannot look at files")
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


def test_it_ends_in_time_comes_back_and_gets_its_key_from_systemd() -> None:
    unit = configparser.RawConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT, encoding="utf-8")
    service = unit["Service"]
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["TimeoutStopSec"] == "15"
    assert service["Restart"] == "on-failure"
    assert service["LimitCORE"] == "0"
    assert "PASSWORD=" not in UNIT.read_text(encoding="utf-8")
