"""Tables of the collector's store: readings and equivocations, both insert-only."""

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wellhead.db.base import Base, BigInt, Hash, Signature


class ReadingRow(Base):
    """A signed reading that moved the state of its device and period; never changed or deleted."""

    __tablename__ = "readings"
    __table_args__ = (
        UniqueConstraint("asset_id", "period", "device_index", "struct_hash"),
        Index(None, "asset_id", "period", "device_index", "id"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=True)
    """Grows in order of arrival: a device's newest row is its current reading."""
    asset_id: Mapped[int] = mapped_column(BigInt)
    """Asset, uint32."""
    period: Mapped[int] = mapped_column(BigInt)
    """Delivery period, uint32."""
    device_index: Mapped[int] = mapped_column(BigInt)
    """The device's place in the asset's list of that period, uint32."""
    device_id: Mapped[bytes] = mapped_column(Hash)
    """keccak256 of the lower-case UUID."""
    up_seconds: Mapped[int] = mapped_column(BigInt)
    """Seconds seen up so far, uint40."""
    down_seconds: Mapped[int] = mapped_column(BigInt)
    """Seconds seen down so far, uint40."""
    excused_seconds: Mapped[int] = mapped_column(BigInt)
    """Seconds down under an announced excuse, uint40."""
    busy_seconds: Mapped[int] = mapped_column(BigInt)
    """Integral of utilization over up time, uint40."""
    energy_joules: Mapped[int] = mapped_column(BigInt)
    """Energy so far, uint56."""
    work: Mapped[int] = mapped_column(BigInt)
    """Work so far in the unit that the terms name, uint56."""
    samples_hash: Mapped[bytes] = mapped_column(Hash)
    """Chained hash of the raw samples."""
    signature: Mapped[bytes] = mapped_column(Signature)
    """The agent key's signature over the EIP-712 digest."""
    struct_hash: Mapped[bytes] = mapped_column(Hash)
    """EIP-712 struct hash: the leaf in the sum tree."""
    received_at: Mapped[int] = mapped_column(BigInt)
    """Unix seconds of arrival at this collector, as its receipt says."""


class EquivocationRow(Base):
    """Proof that a device's key signed two readings that are not ordered: its leaf stays empty."""

    __tablename__ = "equivocations"
    __table_args__ = (
        UniqueConstraint(
            "asset_id",
            "period",
            "device_index",
            "first_hash",
            "second_hash",
            name="uq_equivocations_pair",
        ),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=True)
    """Order of discovery."""
    asset_id: Mapped[int] = mapped_column(BigInt)
    """Asset, uint32."""
    period: Mapped[int] = mapped_column(BigInt)
    """Delivery period, uint32."""
    device_index: Mapped[int] = mapped_column(BigInt)
    """The device's place in the asset's list of that period, uint32."""
    first_hash: Mapped[bytes] = mapped_column(Hash)
    """Struct hash of the reading that came first (its row is in `readings`)."""
    first_signature: Mapped[bytes] = mapped_column(Signature)
    """Signature of the first."""
    second_hash: Mapped[bytes] = mapped_column(Hash)
    """Struct hash of the reading that contradicts it (its row is in `readings` too)."""
    second_signature: Mapped[bytes] = mapped_column(Signature)
    """Signature of the second."""
    received_at: Mapped[int] = mapped_column(BigInt)
    """Unix seconds when the second arrived."""
