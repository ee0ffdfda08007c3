"""Tables of a member: readings that peers gave, proposals, signatures and disagreements; all insert-only."""

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wellhead.db.base import Address, Base, BigInt, Hash, Signature


class PeerReadingRow(Base):
    """A reading that another member received, with that member's receipt; never changed or deleted."""

    __tablename__ = "peer_readings"
    __table_args__ = (
        UniqueConstraint("entry_hash"),
        Index(None, "period", "asset_id", "device_index"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=True)
    """Order of arrival."""
    period: Mapped[int] = mapped_column(BigInt)
    """Delivery period, uint32."""
    asset_id: Mapped[int] = mapped_column(BigInt)
    """Asset, uint32."""
    device_index: Mapped[int] = mapped_column(BigInt)
    """The device's place in the asset's list, uint32."""
    entry_hash: Mapped[bytes] = mapped_column(Hash)
    """keccak256 of the reading's struct hash and its signature."""
    row: Mapped[bytes] = mapped_column(LargeBinary)
    """The signed reading as a published row."""
    giver: Mapped[str] = mapped_column(Address)
    """The member who received it from the agent."""
    received_at: Mapped[int] = mapped_column(BigInt)
    """When he received it, Unix seconds, as his receipt says."""
    receipt: Mapped[bytes] = mapped_column(Signature)
    """His receipt's signature."""


class ProposalRow(Base):
    """A proposed period report with everything under it."""

    __tablename__ = "member_proposals"
    __table_args__ = (UniqueConstraint("digest"), Index(None, "period", "revision"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=True)
    """Order of arrival."""
    period: Mapped[int] = mapped_column(BigInt)
    """Period that it reports."""
    revision: Mapped[int] = mapped_column(BigInt)
    """0 for the first report, at most 2."""
    digest: Mapped[bytes] = mapped_column(Hash)
    """EIP-712 struct hash of the PeriodReport."""
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """The proposal as it travels, compressed."""


class MemberSignatureRow(Base):
    """A member's signature of a period report; one's own is here before it leaves."""

    __tablename__ = "member_signatures"
    __table_args__ = (UniqueConstraint("digest", "member"), Index(None, "period", "revision"))

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=True)
    """Order of arrival."""
    period: Mapped[int] = mapped_column(BigInt)
    """Period that is reported."""
    revision: Mapped[int] = mapped_column(BigInt)
    """Which revision."""
    digest: Mapped[bytes] = mapped_column(Hash)
    """EIP-712 struct hash of the PeriodReport that is signed."""
    member: Mapped[str] = mapped_column(Address)
    """Who signed."""
    signature: Mapped[bytes] = mapped_column(Signature)
    """The signature."""


class DisagreementRow(Base):
    """A member's signed word that an asset's leaf is not what it holds."""

    __tablename__ = "member_disagreements"
    __table_args__ = (
        UniqueConstraint("period", "revision", "asset_id", "leaf", "member"),
        Index(None, "period", "revision"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=True)
    """Order of arrival."""
    period: Mapped[int] = mapped_column(BigInt)
    """Period that is reported."""
    revision: Mapped[int] = mapped_column(BigInt)
    """Which revision."""
    asset_id: Mapped[int] = mapped_column(BigInt)
    """The asset in question."""
    leaf: Mapped[bytes] = mapped_column(Hash)
    """Struct hash of the AssetReport that is disputed."""
    device_index: Mapped[int] = mapped_column(BigInt)
    """The device in which the difference lies; 2³²: not in one device."""
    total: Mapped[str] = mapped_column(String(32))
    """Which sum differs; empty where none does."""
    proposed: Mapped[int] = mapped_column(BigInt)
    """The sum as proposed."""
    held: Mapped[int] = mapped_column(BigInt)
    """The sum as the member holds it."""
    member: Mapped[str] = mapped_column(Address)
    """Who disagrees."""
    signature: Mapped[bytes] = mapped_column(Signature)
    """His signature over the statement."""


class RequestNonceRow(Base):
    """A member's request that was answered: the same request again is refused."""

    __tablename__ = "exchange_nonces"
    __table_args__ = (Index(None, "sent_at"),)

    member: Mapped[str] = mapped_column(Address, primary_key=True)
    """Who asked."""
    nonce: Mapped[bytes] = mapped_column(Hash, primary_key=True)
    """The request's 32 random bytes."""
    sent_at: Mapped[int] = mapped_column(BigInt)
    """The request's own time, Unix seconds: older ones are refused anyway and deleted."""
