"""An asset's terms: the struct, its hash, and the rules that registration applies.

Field order and widths are `Terms` of `IAssetRegistry.sol`; the chain stores only
`keccak256(abi.encode(Terms))`. Source: docs/protocol.md, "Terms".
"""

from dataclasses import astuple, dataclass, fields

from eth_abi.abi import encode

from wellhead.chain.keccak import keccak256
from wellhead.errors import TermsError
from wellhead.registry.devices import checked_address
from wellhead.units import BPS

RULES_VERSION = 1
"""The version of docs/protocol.md that this code follows."""

KINDS = ("gpu cloud", "inference", "edge")
"""Names of `kind` 0, 1 and 2."""

MAX_EVIDENCE = 3
"""Evidence levels are E0 … E3."""

MAX_NOTICE = 3_650
"""Most periods of notice: ten years of days."""

TERMS_TYPES: tuple[tuple[str, str], ...] = (
    ("rulesVersion", "uint32"),
    ("kind", "uint8"),
    ("evidence", "uint8"),
    ("unitSeconds", "uint32"),
    ("feeBps", "uint16"),
    ("holderBps", "uint16"),
    ("creditBps", "uint16"),
    ("graceBps", "uint16"),
    ("maxWatts", "uint32"),
    ("ratedWatts", "uint32"),
    ("maxWorkPerSecond", "uint64"),
    ("ratedWork", "uint64"),
    ("ratedJoules", "uint64"),
    ("tariffPerKwh", "uint64"),
    ("reservedForSpot", "uint32"),
    ("noticePeriods", "uint32"),
    ("maintenanceSecondsPerYear", "uint32"),
    ("gridKey", "address"),
    ("stablecoin", "address"),
    ("utilizationMetric", "bytes32"),
    ("workMetric", "bytes32"),
    ("workload", "bytes32"),
    ("documents", "bytes32"),
)
"""Solidity names and types in the struct's order."""

ABI_TYPE = "(" + ",".join(kind for _, kind in TERMS_TYPES) + ")"
"""The struct as one ABI tuple type."""

ZERO_ADDRESS = "0x" + "00" * 20
ZERO_WORD = bytes(32)


@dataclass(frozen=True, slots=True)
class Terms:
    """An asset's terms, in the order of the Solidity struct; `work_metric` of 32 zero bytes means none.

    Ratios are basis points; `tariff_per_kwh` is stablecoin base units per kWh; the caps are per device.
    """

    rules_version: int
    kind: int
    evidence: int
    unit_seconds: int
    fee_bps: int
    holder_bps: int
    credit_bps: int
    grace_bps: int
    max_watts: int
    rated_watts: int
    max_work_per_second: int
    rated_work: int
    rated_joules: int
    tariff_per_kwh: int
    reserved_for_spot: int
    notice_periods: int
    maintenance_seconds_per_year: int
    grid_key: str
    stablecoin: str
    utilization_metric: bytes
    work_metric: bytes
    workload: bytes
    documents: bytes

    def __post_init__(self) -> None:
        """Check that every field fits its Solidity type; raises TermsError naming the one that does not."""
        for field, (name, kind) in zip(fields(self), TERMS_TYPES, strict=True):
            value = getattr(self, field.name)
            if kind == "address":
                object.__setattr__(self, field.name, checked_address(name, value))
            elif kind == "bytes32":
                if not isinstance(value, bytes) or len(value) != 32:
                    raise TermsError(f"{name} = {value!r} is not 32 bytes")
            elif type(value) is not int or not 0 <= value < 1 << int(kind[4:]):
                raise TermsError(f"{name} = {value!r} does not fit {kind}")

    def as_tuple(self) -> tuple[int | str | bytes, ...]:
        """The fields in order, as web3 and eth-abi take a struct."""
        return astuple(self)

    @property
    def has_work_metric(self) -> bool:
        """Whether work caps the energy cost."""
        return self.work_metric != ZERO_WORD


def terms_hash(terms: Terms) -> bytes:
    """`keccak256(abi.encode(terms))`, the 32 bytes that the chain stores."""
    return keccak256(encode([ABI_TYPE], [terms.as_tuple()]))


def capacity_units(terms: Terms, devices: int, period_seconds: int) -> int:
    """Units for sale in a period: `⌊devices · L / unitSeconds⌋ − reservedForSpot`."""
    return devices * period_seconds // terms.unit_seconds - terms.reserved_for_spot


def check_terms(terms: Terms, devices: int, period_seconds: int) -> None:
    """Raise TermsError for the first rule of registration that is broken, with the numbers that break it.

    The same rules stand in `AssetRegistry.sol`; `period_seconds` is the deployment's L.
    """
    _check_fields(terms)
    if devices <= 0:
        raise TermsError(f"{devices} devices: an asset needs at least one")
    _check_sum("devices · L", devices * period_seconds, 40)
    _check_sum("devices · maxWatts · L", devices * terms.max_watts * period_seconds, 56)
    _check_sum("devices · maxWorkPerSecond · L", devices * terms.max_work_per_second * period_seconds, 56)
    units = devices * period_seconds // terms.unit_seconds
    if terms.reserved_for_spot > units:
        raise TermsError(f"reservedForSpot {terms.reserved_for_spot} is above the {units} units of a period")


def _check_fields(terms: Terms) -> None:
    if terms.rules_version != RULES_VERSION:
        raise TermsError(f"rulesVersion {terms.rules_version}, not {RULES_VERSION}")
    if terms.kind >= len(KINDS):
        raise TermsError(f"kind {terms.kind} is above {len(KINDS) - 1}")
    if terms.evidence > MAX_EVIDENCE:
        raise TermsError(f"evidence {terms.evidence} is above {MAX_EVIDENCE}")
    for name, bps in (
        ("feeBps", terms.fee_bps),
        ("holderBps", terms.holder_bps),
        ("creditBps", terms.credit_bps),
        ("graceBps", terms.grace_bps),
    ):
        if bps > BPS:
            raise TermsError(f"{name} {bps} is above {BPS}")
    for name, value in (
        ("unitSeconds", terms.unit_seconds),
        ("maxWatts", terms.max_watts),
        ("ratedWatts", terms.rated_watts),
        ("maxWorkPerSecond", terms.max_work_per_second),
    ):
        if value == 0:
            raise TermsError(f"{name} is 0")
    if terms.rated_watts > terms.max_watts:
        raise TermsError(f"ratedWatts {terms.rated_watts} is above maxWatts {terms.max_watts}")
    if terms.notice_periods > MAX_NOTICE:
        raise TermsError(f"noticePeriods {terms.notice_periods} is above {MAX_NOTICE}")
    if terms.has_work_metric and not (terms.rated_work and terms.rated_joules):
        raise TermsError(
            f"a work metric with ratedWork {terms.rated_work} and ratedJoules {terms.rated_joules}"
        )
    if terms.stablecoin == ZERO_ADDRESS:
        raise TermsError("stablecoin is the zero address")


def _check_sum(name: str, value: int, bits: int) -> None:
    if value >= 1 << bits:
        raise TermsError(f"{name} = {value} does not fit {bits} bits")
