"""Whose turn the loop is."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from wellhead.db.base import Base, BigInt


class LeaseRow(Base):
    """A lease: one holder at a time, each new one with a larger token."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    """What is leased."""
    holder: Mapped[str] = mapped_column(String(80))
    """Host, process and random word of who holds it, or held it last."""
    token: Mapped[int] = mapped_column(BigInt)
    """Grows with each new holder: who slept finds a larger one and sends nothing."""
    expires_ms: Mapped[int] = mapped_column(BigInt)
    """When anybody may take it, Unix milliseconds; 0: at once."""
