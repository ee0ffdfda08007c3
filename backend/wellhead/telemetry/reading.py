"""A device's signed, cumulative totals of one period: struct, signature, rules, order (DESIGN §3).

ReadingError                 (wellhead.errors) a rule is broken; the message names it and the numbers
├── ReadingAheadOfTime       more seconds than the period has had so far: right later, perhaps
├── ShrunkenReading          smaller than one already known, in every field that differs
└── Equivocation             neither larger nor smaller: the key signed two histories
"""

from dataclasses import dataclass

from wellhead.chain.eip712 import Domain, StructType
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import recover, sign
from wellhead.errors import InputError, ReadingError
from wellhead.telemetry.totals import Totals

READING_TYPE = StructType(
    "Reading(uint32 assetId,uint32 period,uint32 deviceIndex,bytes32 deviceId,"
    "uint40 upSeconds,uint40 downSeconds,uint40 excusedSeconds,uint40 busySeconds,"
    "uint56 energyJoules,uint56 work,bytes32 samplesHash)"
)

CLOCK_TOLERANCE_SECONDS = 60
"""How far an agent's clock may run ahead of a collector's."""

_IDENTITY = ("asset_id", "period", "device_index", "device_id")
SUM_NAMES = ("up_seconds", "down_seconds", "excused_seconds", "busy_seconds", "energy_joules", "work")
_UINT_BITS = {"asset_id": 32, "period": 32, "device_index": 32} | dict(
    zip(SUM_NAMES, (40, 40, 40, 40, 56, 56), strict=True)
)
_LIMITS = tuple((name, 1 << bits) for name, bits in _UINT_BITS.items())


class ReadingAheadOfTime(ReadingError):
    """Claims more seconds than the period has had so far; may be sent again later."""


class ShrunkenReading(ReadingError):
    """Smaller than a known reading: old news, or an agent that lost its totals."""


class Equivocation(ReadingError):
    """Two readings of one device and period of which neither supersedes the other."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The EIP-712 struct `Reading`; seconds, joules, the work metric's unit, 32-byte ids and hashes.

    Raises ReadingError for a field that does not fit its Solidity type.
    """

    asset_id: int
    period: int
    device_index: int
    device_id: bytes
    up_seconds: int
    down_seconds: int
    excused_seconds: int
    busy_seconds: int
    energy_joules: int
    work: int
    samples_hash: bytes

    def __post_init__(self) -> None:
        """Refuse what the struct could not hold."""
        for name, limit in _LIMITS:
            value = getattr(self, name)
            if type(value) is not int or not 0 <= value < limit:
                raise ReadingError(f"{name} = {value!r}: must be an integer 0 … {limit - 1}")
        for name, value in (("device_id", self.device_id), ("samples_hash", self.samples_hash)):
            if not isinstance(value, bytes) or len(value) != 32:
                raise ReadingError(f"{name} = {value!r}: must be 32 bytes")

    @property
    def sums(self) -> tuple[int, int, int, int, int, int]:
        """up, down, excused, busy (seconds), energy (joules), work: what orders readings."""
        return (
            self.up_seconds,
            self.down_seconds,
            self.excused_seconds,
            self.busy_seconds,
            self.energy_joules,
            self.work,
        )

    @property
    def label(self) -> str:
        """For messages: which device and period."""
        return f"asset {self.asset_id}, period {self.period}, device {self.device_index}"


@dataclass(frozen=True, slots=True)
class SignedReading:
    """A reading and its 65-byte signature."""

    reading: Reading
    signature: bytes


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What an asset's terms allow one device: L, `maxWatts`, `maxWorkPerSecond`."""

    period_seconds: int
    max_watts: int
    max_work_per_second: int


def device_id(uuid: str) -> bytes:
    """`keccak256(lower-case UUID)`, the UUID as UTF-8 text."""
    return keccak256(uuid.lower().encode())


def reading_from(asset_id: int, period: int, device_index: int, device: bytes, totals: Totals) -> Reading:
    """The reading that states `totals` of the device with id `device`."""
    return Reading(asset_id, period, device_index, device, *totals.sums, totals.samples_hash)


def totals_from(reading: Reading) -> Totals:
    """The totals that a reading states (it does not say whether energy was estimated)."""
    return Totals(*reading.sums, samples_hash=reading.samples_hash)


def struct_hash(reading: Reading) -> bytes:
    """The EIP-712 struct hash: the reading's leaf in the sum tree."""
    return READING_TYPE.hash(
        {
            "assetId": reading.asset_id,
            "period": reading.period,
            "deviceIndex": reading.device_index,
            "deviceId": reading.device_id,
            "upSeconds": reading.up_seconds,
            "downSeconds": reading.down_seconds,
            "excusedSeconds": reading.excused_seconds,
            "busySeconds": reading.busy_seconds,
            "energyJoules": reading.energy_joules,
            "work": reading.work,
            "samplesHash": reading.samples_hash,
        }
    )


def sign_reading(key: bytes, domain: Domain, reading: Reading) -> SignedReading:
    """Sign with a device's 32-byte agent key for the oracle's domain."""
    return SignedReading(reading, sign(key, domain.digest(struct_hash(reading))))


def signer_of(domain: Domain, signed: SignedReading) -> str:
    """Checksummed address whose key signed; raises ReadingError for a malformed signature."""
    try:
        return recover(domain.digest(struct_hash(signed.reading)), signed.signature)
    except InputError as error:
        raise ReadingError(f"{signed.reading.label}: {error}") from error


def check_reading(reading: Reading, limits: ReadingLimits) -> None:
    """The validity rules of a reading; raises ReadingError naming the rule and both numbers."""
    seen = reading.up_seconds + reading.down_seconds + reading.excused_seconds
    most_energy = limits.max_watts * limits.period_seconds
    most_work = limits.max_work_per_second * reading.up_seconds
    for rule, value, most in (
        ("up + down + excused ≤ period", seen, limits.period_seconds),
        ("busy ≤ up", reading.busy_seconds, reading.up_seconds),
        ("energy ≤ maxWatts × period", reading.energy_joules, most_energy),
        ("work ≤ maxWorkPerSecond × up", reading.work, most_work),
    ):
        if value > most:
            raise ReadingError(f"{reading.label}: {rule} is broken: {value} > {most}")


def check_elapsed(reading: Reading, elapsed_seconds: int) -> None:
    """A collector's rule: no more seconds than the period has had, give or take 60.

    `elapsed_seconds` since the period's start, negative before it. Raises ReadingAheadOfTime.
    """
    seen = reading.up_seconds + reading.down_seconds + reading.excused_seconds
    if seen > max(elapsed_seconds, 0) + CLOCK_TOLERANCE_SECONDS or elapsed_seconds < -CLOCK_TOLERANCE_SECONDS:
        raise ReadingAheadOfTime(
            f"{reading.label}: {seen} s claimed when {elapsed_seconds} s of the period had passed "
            f"(tolerance {CLOCK_TOLERANCE_SECONDS} s)"
        )


def supersedes(new: Reading, old: Reading) -> bool:
    """Whether `new` replaces `old`; False where it says the same or loses a tie of equal sums.

    Equal sums with other samples: the lower struct hash wins. Raises ShrunkenReading where `new` is
    smaller and larger in nothing, Equivocation where it is smaller in one sum and larger in another,
    ReadingError where the two are not of one device and period.
    """
    for name in _IDENTITY:
        if getattr(new, name) != getattr(old, name):
            raise ReadingError(
                f"{new.label} and {old.label}: {name} differs, so neither supersedes the other"
            )
    shrunken = [
        f"{name} {theirs} < {ours}"
        for name, theirs, ours in zip(SUM_NAMES, new.sums, old.sums, strict=True)
        if theirs < ours
    ]
    grown = [
        f"{name} {theirs} > {ours}"
        for name, theirs, ours in zip(SUM_NAMES, new.sums, old.sums, strict=True)
        if theirs > ours
    ]
    if shrunken and grown:
        raise Equivocation(f"{new.label}: {', '.join(shrunken)}, but {', '.join(grown)}")
    if shrunken:
        raise ShrunkenReading(f"{new.label}: {', '.join(shrunken)}")
    if grown:
        return True
    return new.samples_hash != old.samples_hash and struct_hash(new) < struct_hash(old)
