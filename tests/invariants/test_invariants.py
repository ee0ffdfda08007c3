"""100,000 calls against every promise, and proof that the rig notices what it is there to notice."""

import os
import platform
import shutil
from pathlib import Path

import pytest
from tests.invariants.forge import ACTIONS, KEYS, SUITES, Figures, ForgeMissing, forge_binary, play

SEED = 20261123
CALLS = 100_000

BROKEN = {
    "half of the credit is locked": (
        "libraries/PeriodWord.sol",
        "return Waterfall.creditLockUp(escrow(self), creditBps(self));",
        "return Waterfall.creditLockUp(escrow(self), creditBps(self)) / 2;",
        "P2",
    ),
    "more is excused than was announced": (
        "libraries/Waterfall.sol",
        "_min(_min(t.excusedSeconds, b.excuseCeiling), notUp - down)",
        "_min(t.excusedSeconds, notUp - down)",
        "P4",
    ),
    "weights forget half of what moved": (
        "libraries/TimeWeighted.sol",
        "uint256 change = Runs.pack(0, amount, amount * moment.left);",
        "uint256 change = Runs.pack(0, amount, amount * (moment.left / 2));",
        "P5 P6",
    ),
    "a payee of a batch who cannot be paid loses what he earned": (
        "ShareClaims.sol", "_ledger.giveBack(account, amount, SUPPLY * periodSeconds);", "", "P6"
    ),
    "anybody's key signs for a device": (
        "Disputes.sol",
        "_requireDevice(place.index, o.reading.deviceId, key, devices, root, o.devicePath);",
        "",
        "P7",
    ),
    "a claim is not struck off": ("Payouts.sol", "_owed[vault][payee] = 0;", "", "P8"),
}  # fmt: skip
"""What is broken in a copy: file, text, other text, the promises of which one must be named, and no other."""


@pytest.fixture(scope="module", autouse=True)
def _forge() -> None:
    """Where npm has a forge it must be there; elsewhere these tests say why they were not run."""
    try:
        forge_binary()
    except ForgeMissing as error:
        if (platform.system(), platform.machine()) == ("Linux", "x86_64"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def figures() -> Figures:
    """What came of the calls."""
    return play(CALLS, SEED)


def test_no_promise_is_broken_in_100000_calls(figures):
    assert figures.violations == []
    assert figures.reverts == 0
    assert figures.calls >= CALLS


def test_every_actor_did_what_he_can_do_and_was_refused_what_he_may_not(figures):
    assert {action for action in ACTIONS if figures.done[action] < 20} == set()
    assert figures.refused > CALLS // 2


def test_every_key_was_stolen_once(figures):
    assert set(figures.stolen) >= set(KEYS[1:])


@pytest.mark.parametrize("fault", list(BROKEN) if os.environ.get("WELLHEAD_ALL_FAULTS") else list(BROKEN)[:1])
def test_a_broken_contract_is_noticed(fault, tmp_path, repo_root):
    file, text, other, promise = BROKEN[fault]
    root = copy_of(repo_root, tmp_path)
    source = root / "contracts" / file
    assert source.read_text().count(text) == 1
    source.write_text(source.read_text().replace(text, other))
    found = play(30_000, SEED, SUITES, root, shrinks=0)
    named = {violation.reason[:2] for violation in found.violations}
    assert named
    assert named <= set(promise.split())


def copy_of(repo_root: Path, folder: Path) -> Path:
    """The rig and the contracts, to be broken."""
    for name in ("contracts", "tests/invariants", "scripts"):
        shutil.copytree(repo_root / name, folder / name)
    shutil.copy(repo_root / "foundry.toml", folder)
    (folder / "node_modules").symlink_to(repo_root / "node_modules")
    return folder
