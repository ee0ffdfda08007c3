"""committee: peers' readings, proposals, signatures, disagreements, request nonces, leases.

Revision ID: 20261124_04
Revises: 20261123_01
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_04"
down_revision = "20261124_03"
branch_labels = None
depends_on = None

big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET lock_timeout = '5s'")
    _create_peer_readings()
    _create_proposals()
    _create_disagreements()
    op.create_table(
        "exchange_nonces",
        sa.Column("member", sa.String(length=42), nullable=False),
        sa.Column("nonce", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sent_at", big, nullable=False),
        sa.PrimaryKeyConstraint("member", "nonce", name=op.f("pk_exchange_nonces")),
    )
    op.create_index(op.f("ix_exchange_nonces_sent_at"), "exchange_nonces", ["sent_at"])
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("token", big, nullable=False),
        sa.Column("expires_ms", big, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )


def _create_peer_readings() -> None:
    op.create_table(
        "peer_readings",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("period", big, nullable=False),
        sa.Column("asset_id", big, nullable=False),
        sa.Column("device_index", big, nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("row", sa.LargeBinary(), nullable=False),
        sa.Column("giver", sa.String(length=42), nullable=False),
        sa.Column("received_at", big, nullable=False),
        sa.Column("receipt", sa.LargeBinary(length=65), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_readings")),
        sa.UniqueConstraint("entry_hash", name=op.f("uq_peer_readings_entry_hash")),
    )
    op.create_index(
        op.f("ix_peer_readings_period_asset_id_device_index"),
        "peer_readings",
        ["period", "asset_id", "device_index"],
    )


def _create_proposals() -> None:
    op.create_table(
        "member_proposals",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("period", big, nullable=False),
        sa.Column("revision", big, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_proposals")),
        sa.UniqueConstraint("digest", name=op.f("uq_member_proposals_digest")),
    )
    op.create_index(op.f("ix_member_proposals_period_revision"), "member_proposals", ["period", "revision"])
    op.create_table(
        "member_signatures",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("period", big, nullable=False),
        sa.Column("revision", big, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("member", sa.String(length=42), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=65), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_signatures")),
        sa.UniqueConstraint("digest", "member", name=op.f("uq_member_signatures_digest_member")),
    )
    op.create_index(op.f("ix_member_signatures_period_revision"), "member_signatures", ["period", "revision"])


def _create_disagreements() -> None:
    op.create_table(
        "member_disagreements",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("period", big, nullable=False),
        sa.Column("revision", big, nullable=False),
        sa.Column("asset_id", big, nullable=False),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=False),
        sa.Column("device_index", big, nullable=False),
        sa.Column("total", sa.String(length=32), nullable=False),
        sa.Column("proposed", big, nullable=False),
        sa.Column("held", big, nullable=False),
        sa.Column("member", sa.String(length=42), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=65), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_disagreements")),
        sa.UniqueConstraint(
            "period",
            "revision",
            "asset_id",
            "leaf",
            "member",
            name=op.f("uq_member_disagreements_period_revision_asset_id_leaf_member"),
        ),
    )
    op.create_index(
        op.f("ix_member_disagreements_period_revision"), "member_disagreements", ["period", "revision"]
    )


def downgrade() -> None:
    """Undo."""
    for table in (
        "leases",
        "exchange_nonces",
        "member_disagreements",
        "member_signatures",
        "member_proposals",
        "peer_readings",
    ):
        op.drop_table(table)
