"""`wellhead demo`, as a user runs it: the object it prints, its books, and a second opinion on its roots."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import verifier
from tests.e2e.command import run

TRACE = "fasrc/ipmi_gpu_nodes_2025-06-03_1min.csv.gz"
PERIOD_KEYS = {
    "asset_id",
    "period",
    "devices",
    "period_seconds",
    "unit_seconds",
    "sold_units",
    "up_seconds",
    "down_seconds",
    "excused_seconds",
    "unknown_seconds",
    "busy_seconds",
    "energy_joules",
    "work",
    "telemetry_root",
    "report_root",
    "escrow",
    "charge",
    "refund",
    "credit",
    "spot_revenue",
    "fee",
    "energy_cost",
    "holders",
    "owner",
}
HEADER = "ts_utc,node,bmc_reachable,sys_power_w,psu_in_w,n_sensors,n_ok,n_ns,n_other"


def demo(*arguments: str) -> dict[str, Any]:
    done = run("demo", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    outcome: dict[str, Any] = json.loads(done.stdout)
    return outcome


def check_books(outcome: dict[str, Any]) -> None:
    books = {key: int(value) for key, value in outcome["conservation"].items()}
    assert books["deposited"] == books["paid_out"] + books["held"]
    assert sum(int(p["amount"]) for p in outcome["payouts"]) == books["paid_out"]
    # remainders: at most one base unit for each of two redemptions a period and for each of three holders
    assert books["held"] <= 2 * len(outcome["periods"]) + 3
    for period in outcome["periods"]:
        assert set(period) == PERIOD_KEYS
        escrow, charge, refund = (int(period[key]) for key in ("escrow", "charge", "refund"))
        assert 0 <= escrow - charge - refund <= 2
        split = sum(int(period[key]) for key in ("fee", "energy_cost", "holders", "owner"))
        assert split == charge + int(period["spot_revenue"])
        known = sum(period[f"{name}_seconds"] for name in ("up", "down", "excused", "unknown"))
        assert known == period["devices"] * period["period_seconds"]
    assert outcome["audit"]["findings"] == []
    assert outcome["audit"]["checks"] > 50


def check_second_opinion(outcome: dict[str, Any], published: Path) -> None:
    chain_id, oracle = outcome["chain"]["id"], outcome["contracts"]["ReportOracle"]
    terms = json.loads((published / "terms/0-0.json").read_text())
    devices = [json.loads(line) for line in (published / "devices/0-0.jsonl").read_text().splitlines()]
    for period in outcome["periods"]:
        rows = verifier.rows_of(published, period["period"], 0)
        assert rows
        for row in rows[:20]:
            agent_key = devices[row["deviceIndex"]]["agentKey"]
            assert verifier.signer_of(row, chain_id, oracle).lower() == agent_key.lower()
        root = verifier.telemetry_root(rows, period["devices"], chain_id, oracle)
        assert "0x" + root.hex() == period["telemetry_root"]
        # one asset: its leaf is the root
        assert "0x" + verifier.report_leaf(period).hex() == period["report_root"]
        for line, amount in verifier.waterfall(period, terms).items():
            assert str(amount) == period[line], line


@pytest.fixture(scope="module")
def small_trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # three nodes over two days: one always there, one away for an hour, one never seen; and bad lines
    lines = [HEADER]
    for minute in range(2 * 1_440):
        stamp = f"2025-03-{1 + minute // 1_440:02}T{minute % 1_440 // 60:02}:{minute % 60:02}:00Z"
        away = 600 <= minute < 660
        lines.append(f"{stamp},always,1,400.0,410.0,9,9,0,0")
        lines.append(f"{stamp},sometimes,{0 if away else 1},{'' if away else 350.5},,9,9,0,0")
        lines.append(f"{stamp},never,0,,,0,0,0,0")
    middle = lines[3_000]
    lines[3_000:3_000] = [
        "2025-03-01T16:39:30Z,always,1",
        "2025-03-01T16:39:30Z,always,1,nan,,9,9,0,0",
        "2025-03-01T16:39:30Z,always,1,-5,,9,9,0,0",
        "2025-03-01T16:39:30Z,always,1,9e9,,9,9,0,0",
        "2025-03-01T00:00:30Z,always,1,400,,9,9,0,0",
        middle,
    ]
    path = tmp_path_factory.mktemp("trace") / "small.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_live_demonstration_balances_and_passes_its_audit(tmp_path: Path) -> None:
    outcome = demo("--live", "3", "--readings-out", str(tmp_path))
    check_books(outcome)
    check_second_opinion(outcome, tmp_path)
    assert outcome["chain"]["kind"] == "in-process"
    assert len(outcome["periods"]) == 2
    assert all(period["up_seconds"] > 0 for period in outcome["periods"])
    assert outcome["wall_seconds"] < 60


def test_a_trace_with_bad_lines_is_settled_from_its_good_ones(small_trace: Path, tmp_path: Path) -> None:
    outcome = demo("--trace", str(small_trace), "--readings-out", str(tmp_path))
    check_books(outcome)
    check_second_opinion(outcome, tmp_path)
    first, second = outcome["periods"]
    # a minute's sample holds for two at most: of the hour away, 59 minutes are unknown
    assert (first["up_seconds"], first["down_seconds"]) == (86_400 + 86_400 - 59 * 60, 0)
    assert second["up_seconds"] == 2 * 86_400
    assert first["unknown_seconds"] == 86_400 + 59 * 60
    # 400 W all day; 350.5 W whenever it was seen
    assert second["energy_joules"] == 400 * 86_400 + 3_505 * 8_640


def test_a_node_below_the_threshold_is_down(small_trace: Path) -> None:
    outcome = demo("--trace", str(small_trace), "--off-below-watts", "380")
    check_books(outcome)
    assert outcome["periods"][1]["down_seconds"] == 86_400
    assert outcome["periods"][1]["up_seconds"] == 86_400


def test_the_recorded_day_of_332_nodes(shared_data: Path, tmp_path: Path) -> None:
    outcome = demo("--trace", str(shared_data / TRACE), "--readings-out", str(tmp_path))
    check_books(outcome)
    check_second_opinion(outcome, tmp_path)
    [period] = outcome["periods"]
    assert period["devices"] == 332
    # of 79,568 minutes with an answer each holds until the next, and the last of a run for two
    assert 79_568 * 58 < period["up_seconds"] < 79_568 * 62
    assert period["down_seconds"] == 0
    assert outcome["wall_seconds"] < 120


def test_the_same_story_on_anvil(small_trace: Path, repo_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = repo_root / "node_modules/.bin/anvil"
    if not binary.exists():
        pytest.skip("anvil is not installed: npm has no build of it for this platform")
    monkeypatch.setenv("WELLHEAD_ANVIL_BINARY", str(binary))
    on_anvil = demo("--trace", str(small_trace), "--anvil")
    check_books(on_anvil)
    in_process = demo("--trace", str(small_trace))
    assert on_anvil["chain"]["kind"] == "anvil"
    for there, here in zip(on_anvil["periods"], in_process["periods"], strict=True):
        same = PERIOD_KEYS - {"telemetry_root", "report_root"}
        assert {k: there[k] for k in same} == {k: here[k] for k in same}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--live", "1"], "--live 1: periods of 3"),
        (["--trace", "no-such-file.csv"], "no-such-file.csv"),
    ],
)
def test_bad_arguments_end_with_a_clear_line_and_nothing_on_stdout(arguments: list[str], said: str) -> None:
    done = run("demo", "--json", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_corrupt_trace_is_refused_whole(tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv.gz"
    broken.write_bytes(b"\x1f\x8b\x08\x00 this is not gzip")
    done = run("demo", "--trace", str(broken))
    assert done.returncode == 2
    assert "SampleError" in done.stderr
