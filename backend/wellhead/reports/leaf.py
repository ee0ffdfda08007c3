"""What makes one reading a valid leaf, and which of several readings of one device counts.

Readings are cumulative: a newer one is smaller in no total. Two that are not ordered are equivocation and
leave the device's leaf empty; equal totals with another samplesHash: the lower struct hash counts. Source:
docs/protocol.md, "Readings".
"""

from collections.abc import Iterable
from itertools import pairwise

from wellhead.chain.eip712 import Domain
from wellhead.errors import ReadingError, ReportError
from wellhead.registry.devices import Device
from wellhead.registry.terms import Terms
from wellhead.telemetry.reading import (
    SUM_NAMES,
    Reading,
    ReadingLimits,
    SignedReading,
    check_reading,
    signer_of,
    struct_hash,
)

Conflict = tuple[SignedReading, SignedReading]
"""Two readings of one device and period that are not ordered: the proof of equivocation."""


def check_leaf(
    oracle: Domain, signed: SignedReading, device: Device, terms: Terms, period_seconds: int
) -> None:
    """Raise ReportError unless the reading keeps every rule and carries the registered key's signature."""
    reading = signed.reading
    if (reading.device_index, reading.device_id) != (device.device_index, device.device_id):
        raise ReportError(
            f"{reading.label}: id 0x{reading.device_id.hex()}; "
            f"registered is device {device.device_index}, 0x{device.device_id.hex()}"
        )
    try:
        check_reading(reading, ReadingLimits(period_seconds, terms.max_watts, terms.max_work_per_second))
        signer = signer_of(oracle, signed)
    except ReadingError as error:
        raise ReportError(str(error)) from error
    if signer != device.agent_key:
        raise ReportError(f"{reading.label}: signed by {signer}, registered key is {device.agent_key}")


def first_larger(a: Reading, b: Reading) -> tuple[str, int, int] | None:
    """The first total in which `a` is larger than `b`, as (name, a's, b's); None if there is none."""
    for name, left, right in zip(SUM_NAMES, a.sums, b.sums, strict=True):
        if left > right:
            return name, left, right
    return None


def latest_of(readings: Iterable[SignedReading]) -> tuple[SignedReading | None, Conflict | None]:
    """(the reading that counts, None), (None, a conflict), or (None, None) without readings.

    The readings are of one device and period; their order does not matter. Of equal totals the lower struct
    hash counts, of equal readings the lower signature.
    """
    ordered = list(readings)
    if len(ordered) > 1:
        ordered.sort(key=_rank)
    # Sorted by all totals in turn, neighbours are ordered in each total only if all of them are.
    for earlier, later in pairwise(ordered):
        if first_larger(earlier.reading, later.reading):
            return None, (earlier, later)
    return (ordered[-1] if ordered else None), None


def _rank(signed: SignedReading) -> tuple[tuple[int, ...], bytes, bytes]:
    # Hash and signature inverted: the lowest of equals comes last.
    inverted = bytes(255 - byte for byte in struct_hash(signed.reading))
    return signed.reading.sums, inverted, bytes(255 - byte for byte in signed.signature)
