"""Is this the deployment that it says it is: code, wiring, signing domain, and no event missing."""

from wellhead.audit.finding import Checklist
from wellhead.audit.history import History
from wellhead.chain.eip712 import Domain
from wellhead.chain.keccak import keccak256


def check_contracts(history: History, checklist: Checklist) -> None:
    """Codes CODE, WIRING, DOMAIN."""
    with checklist.section("Contract code is the compiled one", f"{len(history.codes)} contracts"):
        for code in history.codes:
            checklist.holds(
                code.expected == code.found,
                "CODE",
                code.name,
                f"{len(code.expected)} bytes, {keccak256(code.expected).hex()}",
                f"{len(code.found)} bytes, {keccak256(code.found).hex()}",
                code.address,
            )
    with checklist.section("Contracts name each other", f"{len(history.wires)} immutables"):
        for wire in history.wires:
            checklist.same("WIRING", wire.name, wire.expected, wire.found, wire.name)
    oracle = history.contracts["ReportOracle"]
    with checklist.section("Signing domain", "ReportOracle"):
        expected = Domain(history.chain_id, oracle).separator
        checklist.same("DOMAIN", "ReportOracle", expected, history.snapshot.domain_separator, oracle)


def check_sequences(history: History, checklist: Checklist) -> None:
    """Code SEQUENCE: each contract's events are numbered 1, 2, … up to the number that it holds now."""
    for contract, last in history.snapshot.sequences.items():
        events = [event for event in history.of(contract) if "sequence" in event.args]
        with checklist.section("Events without a gap", contract):
            for expected, event in enumerate(events, start=1):
                if not checklist.same("SEQUENCE", contract, expected, event.args["sequence"], event.where):
                    break
            checklist.same("SEQUENCE", contract, last, len(events), f"{contract}.sequence")
