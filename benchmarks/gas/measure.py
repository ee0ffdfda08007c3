"""Every job of the gas table, measured."""

from collections.abc import Callable

from benchmarks.figures import Figure, Measured
from benchmarks.gas.jobs import JOBS, MISSED, Job
from benchmarks.gas.plays import Play
from wellhead.chain.artifacts import load_artifact
from wellhead.errors import ChainError

HARDFORK = "prague"
"""The rules that all figures hold under; the in-process EVM is asked for them."""


def measure(progress: Callable[[str], None] = lambda _: None) -> Measured:
    """Do every job once and read its receipt. Raises ChainError on an EVM with other rules."""
    play = Play(progress)
    figures = {}
    for key, job in JOBS.items():
        progress(key)
        figures[key] = figure_of(key, job, play)
    compiler = load_artifact("Settlement")
    optimizer = compiler.compiler_settings["optimizer"]
    circumstances = {
        "evm": f"py-evm in process, {hardfork_of(play)} rules",
        "compiler": f"solc {compiler.compiler_version}, {optimizer['runs']} runs, "
        f"viaIR {compiler.compiler_settings['viaIR']}, {compiler.compiler_settings['evmVersion']}",
        "coin": "OpenZeppelin ERC-20 with 6 decimals",
        "floor": "21,000 + calldata + cold state, logs and hashes that the job cannot do without; no opcodes",
    }
    return Measured("Gas of whole transactions, steady state", circumstances, figures)


def figure_of(key: str, job: Job, play: Play) -> Figure:
    """One job's gas and floor, for each part where it has several; parts are rounded up."""
    done = job.play(play)
    limit = job.floor.gas(done.calldata)
    gas = -(-done.gas // job.parts)
    return Figure(gas, job.unit, limit // job.parts, job.bound, job.peers, MISSED.get(key, ""))


def hardfork_of(play: Play) -> str:
    """The rules of the EVM that the jobs ran on."""
    backend = play.stage.chain.web3.provider.ethereum_tester.backend  # type: ignore[attr-defined]
    found = str(backend.chain.get_vm().fork)
    if found != HARDFORK:
        raise ChainError(f"the in-process EVM has {found} rules, the figures hold under {HARDFORK}")
    return found
