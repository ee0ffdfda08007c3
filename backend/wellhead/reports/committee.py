"""The committee's rules: whose turn it is, what members compare before they exchange, what may be left out.

Pure. Source: docs/protocol.md, "Committee".
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from wellhead.chain.eip712 import Domain, StructType
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import recover
from wellhead.errors import InputError, ReportError
from wellhead.reports.members import Difference, Held
from wellhead.telemetry.reading import SignedReading, struct_hash
from wellhead.telemetry.receipts import Receipt

DISAGREEMENT_TYPE = StructType(
    "Disagreement(uint32 period,uint32 revision,uint32 assetId,bytes32 leaf,uint64 deviceIndex,"
    "bytes32 total,uint64 proposed,uint64 held)"
)


@dataclass(frozen=True, slots=True)
class ReceivedReading:
    """A signed reading and the receipt of the member who took it from the agent."""

    signed: SignedReading
    giver: str
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Statement:
    """A member's signed disagreement with one asset's leaf: the device, the sum, both numbers."""

    period: int
    revision: int
    asset_id: int
    leaf: bytes
    """Struct hash of the AssetReport; 32 zero bytes where the asset is missing and should not be."""
    device_index: int
    """2³²: the difference is not in one device."""
    total: str
    proposed: int
    held: int
    member: str
    signature: bytes = b""

    @property
    def digest(self) -> bytes:
        """The statement's struct hash."""
        return DISAGREEMENT_TYPE.hash(
            {
                "period": self.period,
                "revision": self.revision,
                "assetId": self.asset_id,
                "leaf": self.leaf,
                "deviceIndex": self.device_index,
                "total": self.total.encode().ljust(32, b"\0"),
                "proposed": self.proposed,
                "held": self.held,
            }
        )

    def __str__(self) -> str:
        """For people: which device, which sum, both numbers."""
        device = "" if self.device_index >> 32 else f", device {self.device_index}"
        sums = f": {self.total} proposed {self.proposed}, held {self.held}" if self.total else ""
        return f"{self.member} disagrees in asset {self.asset_id}{device}{sums}"


def statement_of(period: int, revision: int, leaf: bytes, difference: Difference, member: str) -> Statement:
    """The unsigned statement that says what a member found."""
    return Statement(
        period,
        revision,
        difference.asset_id,
        leaf,
        difference.device_index,
        difference.total,
        difference.proposed,
        difference.held,
        member,
    )


def check_statement(oracle: Domain, statement: Statement) -> None:
    """Raise ReportError unless the member named in it signed the statement."""
    try:
        signer = recover(oracle.digest(statement.digest), statement.signature)
    except InputError as error:
        raise ReportError(f"disagreement of {statement.member}: {error}") from error
    if signer != statement.member:
        raise ReportError(f"disagreement of {statement.member} is signed by {signer}")


def entry_hash(signed: SignedReading) -> bytes:
    """What tells a reading with its signature from every other."""
    return keccak256(struct_hash(signed.reading) + signed.signature)


def device_digests(devices: Mapping[int, Sequence[SignedReading]]) -> dict[int, bytes]:
    """By device, a hash of all its readings, whatever their order."""
    return {
        index: keccak256(b"".join(sorted({entry_hash(signed) for signed in readings})))
        for index, readings in sorted(devices.items())
    }


def asset_digests(held: Held) -> dict[int, bytes]:
    """By asset, a hash of all its devices' digests: equal ones need no exchange."""
    return {
        asset_id: keccak256(b"".join(i.to_bytes(4, "big") + d for i, d in device_digests(devices).items()))
        for asset_id, devices in sorted(held.items())
        if devices
    }


def whose_turn(members: Sequence[str], period: int, seconds: int, turn_seconds: int) -> str:
    """Who proposes and sends, `seconds` after work on the period could begin; ReportError without members.

    The first turn moves on with each period, then with time: a member that is down delays by one turn.
    """
    if not members:
        raise ReportError("no members: nobody can report")
    ordered = sorted(members, key=lambda member: int(member, 16))
    return ordered[(period + max(0, seconds) // turn_seconds) % len(ordered)]


def blocking_count(members: int, quorum: int) -> int:
    """How many disagreeing members leave no quorum for a leaf."""
    return members - quorum + 1


def blocked_assets(
    statements: Iterable[Statement],
    leaves: Mapping[int, bytes],
    members: Collection[str],
    quorum: int,
) -> set[int]:
    """Assets whose leaf, as given, so many members dispute that no quorum would sign it."""
    disputing: dict[int, set[str]] = {}
    for statement in statements:
        if statement.member in members and leaves.get(statement.asset_id) == statement.leaf:
            disputing.setdefault(statement.asset_id, set()).add(statement.member)
    needed = blocking_count(len(members), quorum)
    return {asset_id for asset_id, who in disputing.items() if len(who) >= needed}
