"""The base of every table: fixed constraint names and the column types that money and hashes need."""

from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class Amount(TypeDecorator[int]):
    """An unsigned integer of up to 256 bits as decimal text: exact on every database."""

    impl = String(78)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:
        """Refuse what is not a non-negative int: a float never reaches a money column."""
        if value is None:
            return None
        if type(value) is not int or value < 0:
            raise TypeError(f"amount {value!r} is not a non-negative int")
        return str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        """Text back to int."""
        return None if value is None else int(value)


BigInt = BigInteger().with_variant(Integer, "sqlite")
"""64-bit integer that SQLite accepts as an autoincrementing primary key."""

Hash = LargeBinary(32)
"""A 32-byte hash or id."""

Signature = LargeBinary(65)
"""A 65-byte ECDSA signature."""

Address = String(42)
"""A checksummed address as 0x-hex text."""
