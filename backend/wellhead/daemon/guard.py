"""Whether this code knows what it works on: the deployed contracts, their wiring, the chain's age."""

from wellhead.audit.state.sync import read_codes, read_wires
from wellhead.chain.system import System
from wellhead.errors import StateError
from wellhead.registry.terms import RULES_VERSION


class UnknownContracts(StateError):
    """The deployed code is not the one that this program was made for."""


class StaleChain(StateError):
    """The endpoint's newest block is too old: what it says is not the present."""


def check_contracts(system: System) -> int:
    """Compare every core contract's code, immutables aside, and its wiring; returns how many were compared.

    Raises UnknownContracts naming the first that differs. The rules version is in that code.
    """
    compared = 0
    for code in read_codes(system, []):
        if code.expected != code.found:
            raise UnknownContracts(
                f"{code.name} at {code.address}: {len(code.found)} bytes of code that are not those of rules "
                f"version {RULES_VERSION}"
            )
        compared += 1
    for wire in read_wires(system):
        if wire.expected.lower() != wire.found.lower():
            raise UnknownContracts(f"{wire.name} is {wire.found}, the deployment says {wire.expected}")
        compared += 1
    return compared


def check_head(system: System, now: int, seconds_max: int) -> int:
    """Seconds between the newest block and `now`; raises StaleChain above the limit."""
    age = now - system.chain.timestamp()
    if age > seconds_max:
        raise StaleChain(f"the newest block is {age} s old, more than {seconds_max} s")
    return age
