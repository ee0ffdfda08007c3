"""One raw measurement, its canonical bytes, and the units that exporters use brought to ours.

Bytes of a sample (68, big endian), chained into a reading's `samplesHash` by
`h' = keccak256(h ‖ bytes)` with h = 32 zero bytes at the start of every period:

    offset  size  field
         0     8  timestamp, milliseconds since the Unix epoch, UTC
         8     1  state: 0 unknown, 1 up, 2 down, 3 excused
         9     1  presence flags: 1 power, 2 energy, 4 busy, 8 work, 16 boot id
        10     8  power, mW                        absent fields are zero bytes
        18     8  energy counter, mJ
        26     2  busy, basis points
        28     8  work counter
        36    32  keccak256 of the boot id's UTF-8 text

Units become integers here, at the edge, exactly (decimal arithmetic, rounded down): no float is ever summed.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import IntEnum

from wellhead.chain.keccak import keccak256
from wellhead.errors import SampleError
from wellhead.units import BPS

EMPTY_SAMPLES_HASH = bytes(32)
"""Where the chain of a period's samples starts, and where it stays without a sample."""

MAX_UINT64 = (1 << 64) - 1

MILLIJOULES: dict[str, Decimal] = {
    "mJ": Decimal(1),
    "uJ": Decimal("0.001"),
    "J": Decimal(1_000),
    "Wh": Decimal(3_600_000),
}
"""Millijoules in each energy unit that exporters use."""

MILLIWATTS: dict[str, Decimal] = {"uW": Decimal("0.001"), "mW": Decimal(1), "W": Decimal(1_000)}
"""Milliwatts in each power unit that exporters use."""

UTILIZATION_BPS: dict[str, Decimal] = {"ratio": Decimal(BPS), "percent": Decimal(100)}
"""Basis points in one of each utilization scale (0-1, 0-100)."""

_INT64_BLANKS = (0x7FFFFFFFFFFFFFF0, (1 << 63) + 1_024)
"""First and last of what DCGM's int64 blanks look like; through a float they end a little above 2⁶³."""
_SMALL_BLANKS = frozenset(range(1 << 47, (1 << 47) + 4)) | frozenset(range(0x7FFFFFF0, 0x7FFFFFF4))
"""DCGM's blanks (blank, not found, not supported, not permitted) for fp64 and int32 (dcgm_structs.h)."""


class State(IntEnum):
    """What a sample saw of its device. The numbers are in the sample's bytes."""

    UNKNOWN = 0
    """The source could not tell."""
    UP = 1
    """The device answered and can serve."""
    DOWN = 2
    """The device is known not to serve: lost from the bus, or switched off."""
    EXCUSED = 3
    """Not serving under an announced excuse (maintenance, curtailment)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement of one device at one instant; None = the source does not give the field.

    `timestamp_ms` since the Unix epoch; `power_mw` momentary; `energy_mj` and `work` are counters;
    `busy_bps` 0 … 10 000; `boot_id` changes when the host restarts. Raises SampleError out of range.
    """

    timestamp_ms: int
    state: State
    power_mw: int | None = None
    energy_mj: int | None = None
    busy_bps: int | None = None
    work: int | None = None
    boot_id: str | None = None

    def __post_init__(self) -> None:
        """Refuse what the canonical bytes could not hold."""
        _check_range("timestamp_ms", self.timestamp_ms, MAX_UINT64)
        if self.power_mw is not None:
            _check_range("power_mw", self.power_mw, MAX_UINT64)
        if self.energy_mj is not None:
            _check_range("energy_mj", self.energy_mj, MAX_UINT64)
        if self.busy_bps is not None:
            _check_range("busy_bps", self.busy_bps, BPS)
        if self.work is not None:
            _check_range("work", self.work, MAX_UINT64)


def _check_range(name: str, value: int, largest: int) -> None:
    if type(value) is not int or not 0 <= value <= largest:
        raise SampleError(f"{name} = {value!r}: must be an integer 0 … {largest}")


def sample_bytes(sample: Sample) -> bytes:
    """The sample's 68 canonical bytes (layout in the module's docstring)."""
    flags = (
        (sample.power_mw is not None)
        | (sample.energy_mj is not None) << 1
        | (sample.busy_bps is not None) << 2
        | (sample.work is not None) << 3
        | (sample.boot_id is not None) << 4
    )
    return b"".join(
        (
            sample.timestamp_ms.to_bytes(8, "big"),
            bytes((sample.state, flags)),
            (sample.power_mw or 0).to_bytes(8, "big"),
            (sample.energy_mj or 0).to_bytes(8, "big"),
            (sample.busy_bps or 0).to_bytes(2, "big"),
            (sample.work or 0).to_bytes(8, "big"),
            bytes(32) if sample.boot_id is None else keccak256(sample.boot_id.encode()),
        )
    )


def chain_hash(previous: bytes, sample: Sample) -> bytes:
    """`keccak256(previous ‖ sample bytes)`: the samples hash after one more sample."""
    return keccak256(previous + sample_bytes(sample))


def energy_to_mj(value: str | int | float | Decimal, unit: str) -> int | None:
    """An energy counter in `unit` (mJ, uJ, J, Wh) as mJ; None for a blank. Raises SampleError if absurd."""
    number = _number(value, "energy")
    if number is None or _is_int64_blank(number):
        return None
    return _scaled(number, MILLIJOULES[unit], MAX_UINT64, f"energy {value} {unit}")


def power_to_mw(value: str | int | float | Decimal, unit: str, max_watts: int = 1_000_000) -> int | None:
    """A power in `unit` (uW, mW, W) as mW; None for a blank. Raises SampleError above `max_watts`."""
    number = _number(value, "power")
    if number is None or _is_int64_blank(number) or number in _SMALL_BLANKS:
        return None
    return _scaled(number, MILLIWATTS[unit], max_watts * 1_000, f"power {value} {unit}")


def utilization_to_bps(value: str | int | float | Decimal, scale: str) -> int | None:
    """A utilization on `scale` (ratio = 0-1, percent = 0-100) as basis points; None for a blank.

    Up to 1 % above full is a counter's rounding and counts as full; more raises SampleError.
    """
    number = _number(value, "utilization")
    if number is None or _is_int64_blank(number) or number in _SMALL_BLANKS:
        return None
    return min(_scaled(number, UTILIZATION_BPS[scale], BPS + BPS // 100, f"utilization {value} {scale}"), BPS)


def _is_int64_blank(number: Decimal) -> bool:
    return _INT64_BLANKS[0] <= number <= _INT64_BLANKS[1]


def _number(value: str | int | float | Decimal, what: str) -> Decimal | None:
    """The exact decimal; None for empty text and NaN (how exporters say "no value")."""
    text = str(value).strip()
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise SampleError(f"{what} {value!r} is not a number") from None
    if number.is_nan():
        return None
    if number.is_infinite():
        raise SampleError(f"{what} {value} is not finite")
    return number


def _scaled(number: Decimal, factor: Decimal, largest: int, what: str) -> int:
    if number < 0:
        raise SampleError(f"{what} is negative")
    # a number such as 1e999999 must be refused before int() expands it
    if number > Decimal(largest) / factor:
        raise SampleError(f"{what} is above {Decimal(largest) / factor:f}")
    return int(number * factor)
