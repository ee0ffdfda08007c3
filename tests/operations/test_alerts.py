"""Every alert fires within a minute of its cause and stops with it, and no other alert does.

The states are those of real components wherever that is cheap: pages over HTTP, keys on a chain with a real
outbox, a reorganised node under the indexer. Our evaluation of the rules and Prometheus' own must agree.
"""

import re
import subprocess
from pathlib import Path

import pytest
from tests.operations.promql import Series, Unreadable, evaluate
from tests.operations.rig import Rig, stops
from tests.operations.rules import RULES, promtool, rules

from wellhead.daemon.actions import Alarm, StepResult
from wellhead.daemon.metrics import OTHER_CODES, STALLED_SECONDS
from wellhead.daemon.served import Served


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    rig = Rig(tmp_path)
    rig.run(120)
    return rig


def test_a_member_that_is_well_fires_nothing(rig: Rig) -> None:
    rig.run(900)
    assert rig.firing().ever() == set()


def test_a_process_that_is_gone_is_noticed(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    with Served(rig.metrics, dict, dict, 0) as served:
        rig.url = f"http://127.0.0.1:{served.port}/metrics"
        rig.run(120)
    gone_at = rig.now
    rig.run(400)
    rig.assert_fires("WellheadDaemonDown", gone_at)


def test_a_process_that_was_never_there_is_noticed() -> None:
    assert evaluate(rules()["WellheadDaemonDown"].expression, Series(), 1_000) != {}


def test_a_watch_that_hangs_is_noticed_though_the_pages_answer(rig: Rig) -> None:
    rig.beats, rig.index_is_driven, hung_at = False, True, rig.now
    rig.run(90)
    rig.beats = True
    rig.run(60, lambda: rig.metrics.index_at.set(rig.now))
    firing = rig.assert_fires("WellheadDaemonStalled", hung_at)
    assert stops(firing, "WellheadDaemonStalled", hung_at + 60)


def test_a_loop_that_hangs_is_noticed_though_the_watch_goes_on(rig: Rig) -> None:
    rig.beats, rig.index_is_driven = False, True
    hung_at = rig.now + STALLED_SECONDS

    def watched() -> None:
        rig.metrics.watched_at.set(rig.now)
        rig.metrics.index_at.set(rig.now)

    rig.run(STALLED_SECONDS, watched)
    assert rig.metrics.stalled_seconds() == 0
    rig.run(60, watched)
    assert rig.metrics.stalled_seconds() > STALLED_SECONDS
    rig.assert_fires("WellheadDaemonStalled", hung_at)


def ended(name: str, error: str | None = None, *codes: str) -> StepResult:
    """What a step did."""
    return StepResult(name, alarms=[Alarm(code, "why") for code in codes], error=error)


def test_a_step_that_fails_again_and_again_is_noticed(rig: Rig) -> None:
    failing_since = rig.now
    rig.run(60, lambda: rig.metrics.on_step("settle", ended("settle", "no answer", "step_failed"), 0.2))
    rig.run(60, lambda: rig.metrics.on_step("settle", ended("settle"), 0.2))
    firing = rig.assert_fires("WellheadStepFailing", failing_since)
    assert stops(firing, "WellheadStepFailing", failing_since + 60)


def test_a_step_that_fails_now_and_then_is_not_worth_a_call(rig: Rig) -> None:
    for error in ("lost", "lost", None) * 10:
        rig.run(10, lambda error=error: rig.metrics.on_step("settle", ended("settle", error), 0.1))
    assert rig.firing().ever() == set()


def test_withheld_assets_are_noticed_until_they_are_reported(rig: Rig) -> None:
    since = rig.now
    rig.run(60, lambda: rig.metrics.on_step("report", ended("report", None, "withheld", "withheld"), 0.2))
    rig.run(30, lambda: rig.metrics.on_step("report", ended("report"), 0.2))
    firing = rig.assert_fires("WellheadWithheld", since)
    assert stops(firing, "WellheadWithheld", since + 60)


def test_a_difference_between_members_is_noticed(rig: Rig) -> None:
    since = rig.now
    rig.run(60, lambda: rig.metrics.on_step("report", ended("report", None, "disagreement"), 0.2))
    rig.run(30, lambda: rig.metrics.on_step("report", ended("report"), 0.2))
    firing = rig.assert_fires("WellheadMembersDisagree", since)
    assert stops(firing, "WellheadMembersDisagree", since + 60)


@pytest.mark.parametrize("code", OTHER_CODES)
def test_any_other_alarm_of_a_step_is_noticed_once(rig: Rig, code: str) -> None:
    raised_at = rig.now
    rig.metrics.on_step("settle", ended("settle", None, code), 0.2)
    rig.run(60)
    rig.assert_fires("WellheadAlarm", raised_at)


def test_one_refusal_of_a_member_is_noticed(rig: Rig) -> None:
    refused_at = rig.now
    rig.metrics.on_member("0xMember", agreed=False)
    rig.run(60)
    rig.assert_fires("WellheadMembersDisagree", refused_at)


def test_agreement_is_no_alarm(rig: Rig) -> None:
    rig.run(120, lambda: rig.metrics.on_member("0xMember", agreed=True))
    assert rig.firing().ever() == set()


def test_books_that_differ_from_the_chain_are_noticed(rig: Rig) -> None:
    rig.metrics.ledger_differences.set(1)
    since = rig.now
    rig.run(60)
    rig.assert_fires("WellheadLedgerMismatch", since)


def test_a_node_that_answers_rubbish_is_noticed(rig: Rig) -> None:
    since = rig.now
    rig.run(60, lambda: [rig.metrics.on_rpc_error("watch") for _ in range(4)])  # type: ignore[func-returns-value]
    rig.assert_fires("WellheadNodeErrors", since)


def test_every_alert_has_a_test_that_makes_it_fire(repo_root: Path) -> None:
    tested = set()
    for file in (repo_root / "tests/operations").glob("test_*.py"):
        tested |= set(re.findall(r'assert_fires\(\s*"(\w+)"', file.read_text(encoding="utf-8")))
    assert tested == set(rules())


def test_every_alert_has_a_section_that_says_what_to_do(repo_root: Path) -> None:
    text = (repo_root / "docs/operations.md").read_text(encoding="utf-8")
    headings = re.findall(r"^### (\w+)$", text, re.MULTILINE)
    assert [name for name in headings if name.startswith("Wellhead")] == list(rules())
    for name, rule in rules().items():
        assert rule.runbook == f"docs/operations.md#{name.lower()}"
        section = text.split(f"### {name}\n")[1].split("\n#")[0]
        assert len(section.split()) >= 25, f"{name}: {section}"


def test_every_metric_that_a_rule_names_exists(rig: Rig) -> None:
    shown = set(re.findall(r"^(?:# TYPE )?(wellhead_\w+)", rig.metrics.text().decode(), re.MULTILINE))
    for rule in rules().values():
        named = set(re.findall(r"wellhead_\w+", rule.expression))
        assert named - shown == set(), rule.name


def test_the_rules_call_a_person_in_time_and_say_how_urgent_it_is() -> None:
    assert all(rule.hold_seconds <= 20 and rule.severity in ("page", "warn") for rule in rules().values())


def test_the_evaluator_refuses_what_it_does_not_know() -> None:
    for odd in ("rate(a[5m]) > 0", "a > bool 1", "sum by (x) (a)", "1 > 0", 'a{b!="c"} > 0', "a >"):
        with pytest.raises(Unreadable):
            evaluate(odd, Series(), 0)


def test_prometheus_accepts_the_rules() -> None:
    if promtool() is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    command = [str(promtool()), "check", "rules", "--lint-fatal", str(RULES)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
