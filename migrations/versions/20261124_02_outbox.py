"""outbox: many attempts at one intent, finality, whose turn a key is.

Revision ID: 20261124_02
Revises: 20261123_01
"""

import rlp
import sqlalchemy as sa
from alembic import op

revision = "20261124_02"
down_revision = "20261123_01"
branch_labels = None
depends_on = None

big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
old = sa.table(
    "transaction_intents",
    *(sa.column(name) for name in ("id", "nonce", "status", "block", "signed_bytes", "transaction_hash")),
    *(sa.column(name) for name in ("data", "gas", "fills_gap", "succeeded", "mined_hash")),
)
STATUS = {"signed": "signed", "mined": "mined", "reverted": "mined"}


def upgrade() -> None:
    """Apply."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET lock_timeout = '5s'")
    with op.batch_alter_table("transaction_intents") as batch:
        batch.alter_column("nonce", existing_type=big, nullable=True)
        batch.add_column(sa.Column("data", sa.LargeBinary(), nullable=True))
        batch.add_column(sa.Column("gas", big, nullable=True))
        batch.add_column(sa.Column("fills_gap", sa.Boolean(), nullable=True))
        batch.add_column(sa.Column("mined_hash", sa.LargeBinary(length=32), nullable=True))
        batch.add_column(sa.Column("block_hash", sa.LargeBinary(length=32), nullable=True))
        batch.add_column(sa.Column("succeeded", sa.Boolean(), nullable=True))
        batch.add_column(sa.Column("gas_used", big, nullable=True))
        batch.add_column(sa.Column("contract_address", sa.String(length=42), nullable=True))
    attempts = [_moved(row) for row in op.get_bind().execute(sa.select(old)).all()]
    with op.batch_alter_table("transaction_intents") as batch:
        for name, kind in (("data", sa.LargeBinary()), ("gas", big), ("fills_gap", sa.Boolean())):
            batch.alter_column(name, existing_type=kind, nullable=False)
        batch.drop_constraint("uq_transaction_intents_transaction_hash", type_="unique")
        batch.drop_column("signed_bytes")
        batch.drop_column("transaction_hash")
        batch.create_index("ix_transaction_intents_open", ["chain_id", "sender", "status"])
    _create_tables()  # after that: SQLite builds a changed table anew, which nothing may refer to
    if attempts:
        op.bulk_insert(_attempts(), attempts)


def _create_tables() -> None:
    op.create_table(
        "transaction_attempts",
        sa.Column("id", big, nullable=False),
        sa.Column("intent_id", big, nullable=False),
        sa.Column("nonce", big, nullable=False),
        sa.Column("max_fee", sa.String(length=78), nullable=False),
        sa.Column("tip", sa.String(length=78), nullable=False),
        sa.Column("signed_bytes", sa.LargeBinary(), nullable=False),
        sa.Column("transaction_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signed_at_block", big, nullable=False),
        sa.Column("offered_at_block", big, nullable=True),
        sa.Column("answer", sa.String(length=24), nullable=True),
        sa.ForeignKeyConstraint(
            ["intent_id"],
            ["transaction_intents.id"],
            name=op.f("fk_transaction_attempts_intent_id_transaction_intents"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transaction_attempts")),
        sa.UniqueConstraint("transaction_hash", name=op.f("uq_transaction_attempts_transaction_hash")),
    )
    op.create_index(op.f("ix_transaction_attempts_intent_id"), "transaction_attempts", ["intent_id"])
    op.create_table(
        "sending_keys",
        sa.Column("chain_id", big, autoincrement=False, nullable=False),
        sa.Column("sender", sa.String(length=42), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("fence", big, nullable=False),
        sa.Column("expires_ms", big, nullable=False),
        sa.PrimaryKeyConstraint("chain_id", "sender", name=op.f("pk_sending_keys")),
    )


def _attempts() -> sa.TableClause:
    names = ("intent_id", "nonce", "max_fee", "tip", "signed_bytes", "transaction_hash", "signed_at_block")
    return sa.table("transaction_attempts", *(sa.column(name) for name in names))


def _moved(row: sa.Row) -> dict[str, object]:
    """Fill the intent's new columns from its signed bytes (EIP-1559: 0x02 ‖ rlp); its attempt."""
    fields = rlp.decode(bytes(row.signed_bytes)[1:])
    tip, max_fee, gas = (int.from_bytes(fields[place], "big") for place in (2, 3, 4))
    is_mined = row.status != "signed"
    op.get_bind().execute(
        sa.update(old).where(old.c.id == row.id),
        {
            "data": fields[7],
            "gas": gas,
            "fills_gap": False,
            "status": STATUS[row.status],
            "succeeded": row.status == "mined" if is_mined else None,
            "mined_hash": row.transaction_hash if is_mined else None,
        },
    )
    return {
        "intent_id": row.id,
        "nonce": row.nonce,
        "max_fee": str(max_fee),
        "tip": str(tip),
        "signed_bytes": row.signed_bytes,
        "transaction_hash": row.transaction_hash,
        "signed_at_block": row.block or 0,
    }


def downgrade() -> None:
    """Later attempts and finality have no place in the older tables."""
    raise NotImplementedError("the outbox's attempts cannot be put back into one row each")
