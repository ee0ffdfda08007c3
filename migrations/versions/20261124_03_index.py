"""index: where it stands, blocks, contracts, alarms, and a table for each event.

The event tables are frozen below as `wellhead.chain.index.schema.written_schema` writes them.

Revision ID: 20261124_03
Revises: 20261123_01
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_03"
down_revision = "20261124_02"
branch_labels = None
depends_on = None

EVENTS = """
event_asset_registry_asset_activated: asset_id uint32, sequence uint64
event_asset_registry_asset_registered: asset_id uint32, owner address, sequence uint64
event_asset_registry_authority_updated: authority address
event_asset_registry_device_bound: device_id bytes32, asset_id uint32, sequence uint64, agent_key address
event_asset_registry_device_released: device_id bytes32, asset_id uint32, sequence uint64
event_asset_registry_devices_announced: asset_id uint32, sequence uint64, version uint32, from_period uint32,
 devices uint32, root bytes32
event_asset_registry_document_removed: asset_id uint32, name bytes32, sequence uint64, content_hash bytes32
event_asset_registry_document_updated: asset_id uint32, name bytes32, sequence uint64, uri string,
 content_hash bytes32
event_asset_registry_eip712_domain_changed:
event_asset_registry_excuse_announced: asset_id uint32, sequence uint64, from_period uint32, to_period uint32,
 device_seconds uint40, kind uint8
event_asset_registry_terms_announced: asset_id uint32, sequence uint64, from_period uint32, terms_hash
 bytes32, terms_rules_version uint32, terms_kind uint8, terms_evidence uint8, terms_unit_seconds uint32,
 terms_fee_bps uint16, terms_holder_bps uint16, terms_credit_bps uint16, terms_grace_bps uint16,
 terms_max_watts uint32, terms_rated_watts uint32, terms_max_work_per_second uint64, terms_rated_work uint64,
 terms_rated_joules uint64, terms_tariff_per_kwh uint64, terms_reserved_for_spot uint32, terms_notice_periods
 uint32, terms_maintenance_seconds_per_year uint32, terms_grid_key address, terms_stablecoin address,
 terms_utilization_metric bytes32, terms_work_metric bytes32, terms_workload bytes32, terms_documents bytes32
event_coin_registry_authority_updated: authority address
event_coin_registry_coin_status_updated: coin address, sequence uint64, status uint8, decimals uint8,
 attestation bytes32
event_disputes_challenge_answered: asset_id uint32, period uint32, answerer address, sequence uint64, revision
 uint32, index uint40, bond uint256
event_disputes_challenge_opened: asset_id uint32, period uint32, challenger address, sequence uint64, revision
 uint32, index uint40, bond uint256
event_disputes_challenge_returned: asset_id uint32, period uint32, challenger address, sequence uint64,
 revision uint32, index uint40, bond uint256
event_disputes_penalty_shared: asset_id uint32, period uint32, first address, sequence uint64, reward uint256,
 pot uint256
event_disputes_pot_paid: asset_id uint32, period uint32, holder address, sequence uint64, amount uint256
event_disputes_wei_claimed: payee address, sequence uint64, amount uint256
event_identity_registry_account_frozen: account address, sequence uint64, frozen bool
event_identity_registry_attestor_updated: attestor address, sequence uint64, active bool
event_identity_registry_authority_updated: authority address
event_identity_registry_credential_accepted: account address, attestor address, sequence uint64, country
 uint16, investor_class uint8, issued_at uint40, expires_at uint40
event_identity_registry_credential_revoked: account address, sequence uint64, revoked_at uint40
event_identity_registry_eip712_domain_changed:
event_identity_registry_powers_updated: account address, sequence uint64, powers uint8
event_lease_offers_offer_closed: offer_id uint256, sequence uint64
event_lease_offers_offer_made: offer_id uint256, asset_id uint32, sequence uint64, offer_price uint128,
 offer_asset_id uint32, offer_from_period uint32, offer_to_period uint32, offer_kind uint8, offer_open bool,
 offer_terms_version uint32, offer_unit_seconds uint32, offer_reserved_for_spot uint32, offer_credit_bps
 uint16, offer_lead_seconds uint32, offer_steps uint8, offer_target_units uint40, offer_priced_before uint32,
 offer_lowest uint128, offer_highest uint128, offer_tenant address
event_lease_offers_offer_repriced: offer_id uint256, sequence uint64, priced_before uint32, price uint128
event_lease_token_approval_for_all: account address, operator address, approved bool
event_lease_token_create_user_record: record_id uint256, token_id uint256, amount uint64, owner address, user
 address, expiry uint64
event_lease_token_delete_user_record: record_id uint256
event_lease_token_forced_transfer: from address, to address, token_id uint256, amount uint256
event_lease_token_frozen: account address, token_id uint256, amount uint256
event_lease_token_transfer_batch: operator address, from address, to address, ids uint256[], values uint256[]
event_lease_token_transfer_single: operator address, from address, to address, id uint256, value uint256
event_lease_token_uri: id uint256, value string
event_report_oracle_authority_updated: authority address
event_report_oracle_fallback_posted: period uint32, poster address, sequence uint64, bond uint256
event_report_oracle_fallback_released: period uint32, poster address, sequence uint64, bond uint256
event_report_oracle_members_appointed: sequence uint64, members address[], quorum uint32
event_report_oracle_members_updated: sequence uint64, version uint32, members address[], quorum uint32
event_report_oracle_miss_charged: period uint32, sequence uint64, members_version uint32, taken uint256
event_report_oracle_report_posted: period uint32, sequence uint64, revision uint32, root bytes32, asset_count
 uint32, rules_version uint32, bundle bytes32, signers uint32, members_version uint32
event_report_oracle_report_voided: asset_id uint32, period uint32, sequence uint64, revision uint32, liable
 uint32, penalty uint256, taken uint256
event_report_oracle_stake_deposited: member address, sequence uint64, amount uint256
event_report_oracle_stake_left: member address, sequence uint64, free_at uint256
event_report_oracle_stake_withdrawn: member address, sequence uint64, amount uint256
event_report_oracle_wei_claimed: payee address, sequence uint64, amount uint256
event_revenue_share_approval: owner address, spender address, value uint256
event_revenue_share_claim_failed: account address, sequence uint64, to address, amount uint256
event_revenue_share_countries_updated: sequence uint64, countries_0 uint256, countries_1 uint256, countries_2
 uint256, countries_3 uint256
event_revenue_share_eip712_domain_changed:
event_revenue_share_epoch_impaired: epoch uint32, sequence uint64, balance uint256, obligations uint256
event_revenue_share_epoch_started: epoch uint32, sequence uint64, from_period uint32, vault address, coin
 address
event_revenue_share_forced_transfer: from address, to address, amount uint256
event_revenue_share_frozen: account address, amount uint256
event_revenue_share_lien_placed: account address, lienor address, sequence uint64, amount uint256
event_revenue_share_lien_released: account address, lienor address, sequence uint64, amount uint256
event_revenue_share_lien_seized: account address, lienor address, to address, sequence uint64, amount uint256
event_revenue_share_past_revenue_claimed: account address, epoch uint32, sequence uint64, to address, amount
 uint256, paid uint256
event_revenue_share_policy_updated: sequence uint64, policy_country_rule uint8, policy_max_holders uint32,
 policy_max_balance uint96, policy_locked_until uint40, policy_distribution_until uint40, policy_home_country
 uint16, policy_home_class uint8, policy_lowest_class uint8
event_revenue_share_redirect_cancelled: account address, to address, sequence uint64
event_revenue_share_redirect_ordered: account address, to address, sequence uint64, effective_at uint256
event_revenue_share_revenue_added: period uint32, sequence uint64, earned uint256
event_revenue_share_revenue_claimed: account address, sequence uint64, to address, amount uint256, paid
 uint256
event_revenue_share_shares_recovered: lost address, heir address, sequence uint64, amount uint256, frozen
 uint256, liens uint256
event_revenue_share_transfer: from address, to address, value uint256
event_roles_operation_canceled: operation_id bytes32, nonce uint32
event_roles_operation_executed: operation_id bytes32, nonce uint32
event_roles_operation_scheduled: operation_id bytes32, nonce uint32, schedule uint48, caller address, target
 address, data bytes
event_roles_role_admin_changed: role_id uint64, admin uint64
event_roles_role_grant_delay_changed: role_id uint64, delay uint32, since uint48
event_roles_role_granted: role_id uint64, account address, delay uint32, since uint48, new_member bool
event_roles_role_guardian_changed: role_id uint64, guardian uint64
event_roles_role_label: role_id uint64, label string
event_roles_role_revoked: role_id uint64, account address
event_roles_target_admin_delay_updated: target address, delay uint32, since uint48
event_roles_target_closed: target address, closed bool
event_roles_target_function_role_updated: target address, role_id uint64, selector bytes4
event_settlement_asset_opened: asset_id uint32, sequence uint64, vault address, share address, coin address,
 first_period uint32
event_settlement_bond_deposited: asset_id uint32, from address, sequence uint64, epoch uint32, amount uint256
event_settlement_bond_withdrawn: asset_id uint32, to address, sequence uint64, epoch uint32, amount uint256,
 paid uint256
event_settlement_claim_failed: vault address, coin address, payee address, sequence uint64
event_settlement_claimed: vault address, coin address, payee address, sequence uint64, amount uint256, paid
 uint256
event_settlement_epoch_started: asset_id uint32, sequence uint64, epoch uint32, from_period uint32, vault
 address, coin address
event_settlement_loss_recognized: asset_id uint32, sequence uint64, epoch uint32, balance uint256, obligations
 uint256
event_settlement_period_settled: asset_id uint32, period uint32, sequence uint64, revision uint32, owner
 address, outcome_promised uint256, outcome_delivered uint256, outcome_shortfall uint256, outcome_breach
 uint256, outcome_charge uint256, outcome_refund_pool uint256, outcome_credit_pool uint256, outcome_fee
 uint256, outcome_energy_cost uint256, outcome_holders uint256, outcome_owner uint256
event_settlement_period_unreported: asset_id uint32, period uint32, sequence uint64, owner address,
 outcome_promised uint256, outcome_delivered uint256, outcome_shortfall uint256, outcome_breach uint256,
 outcome_charge uint256, outcome_refund_pool uint256, outcome_credit_pool uint256, outcome_fee uint256,
 outcome_energy_cost uint256, outcome_holders uint256, outcome_owner uint256
event_settlement_periods_skipped: asset_id uint32, sequence uint64, from_period uint32, count uint32
event_settlement_redeemed: holder address, id uint256, sequence uint64, units uint256, refund uint256, credit
 uint256
event_settlement_sale_booked: asset_id uint32, payer address, sequence uint64, from_period uint32, count
 uint32, units uint256, price uint256, credit_locked uint256
event_settlement_sales_paused: sequence uint64, until uint256
event_settlement_spot_deposited: asset_id uint32, period uint32, from address, sequence uint64, amount
 uint256, code bytes32
event_share_offering_offering_cancelled: offering_id uint256, sequence uint64
event_share_offering_offering_opened: offering_id uint256, asset_id uint32, owner address, sequence uint64,
 share address, shares uint256, first_period uint32, plan_asset_id uint32, plan_coin address, plan_price
 uint128, plan_soft_cap uint128, plan_hard_cap uint128, plan_min_ticket uint128, plan_opens_at uint40,
 plan_closes_at uint40, plan_evidence uint8, plan_milestone_units uint64, plan_min_unit_price uint128,
 plan_vesting_periods uint32
event_share_offering_proceeds_released: offering_id uint256, sequence uint64, from_period uint32, periods
 uint32, amount uint256
event_share_offering_proceeds_withdrawn: offering_id uint256, owner address, sequence uint64, amount uint256
event_share_offering_refunded: offering_id uint256, subscriber address, sequence uint64, payee address, amount
 uint256
event_share_offering_right_assigned: offering_id uint256, subscriber address, sequence uint64, from address,
 to address
event_share_offering_shares_collected: offering_id uint256, subscriber address, sequence uint64, shares
 uint256
event_share_offering_subscribed: offering_id uint256, subscriber address, sequence uint64, shares uint256,
 paid uint256
event_share_offering_unearned_returned: offering_id uint256, subscriber address, sequence uint64, payee
 address, amount uint256
event_share_offering_unsold_released: offering_id uint256, sequence uint64, shares uint256
event_transfer_agent_authority_updated: authority address
event_transfer_agent_grant_ended: case_id bytes32, record_id uint256, sequence uint64
event_transfer_agent_leases_forced: case_id bytes32, id uint256, from address, sequence uint64, to address,
 amount uint256
event_transfer_agent_leases_frozen: case_id bytes32, id uint256, account address, sequence uint64, amount
 uint256
event_transfer_agent_policy_ordered: case_id bytes32, share address, sequence uint64, policy_country_rule
 uint8, policy_max_holders uint32, policy_max_balance uint96, policy_locked_until uint40,
 policy_distribution_until uint40, policy_home_country uint16, policy_home_class uint8, policy_lowest_class
 uint8, countries_0 uint256, countries_1 uint256, countries_2 uint256, countries_3 uint256
event_transfer_agent_redirect_cancelled: case_id bytes32, share address, lost address, sequence uint64
event_transfer_agent_redirect_ordered: case_id bytes32, share address, lost address, sequence uint64, heir
 address
event_transfer_agent_shares_forced: case_id bytes32, share address, from address, sequence uint64, to address,
 amount uint256
event_transfer_agent_shares_frozen: case_id bytes32, share address, account address, sequence uint64, amount
 uint256
event_transfer_agent_shares_recovered: case_id bytes32, share address, lost address, sequence uint64, heir
 address
"""

BIG_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET lock_timeout = '5s'")
    op.create_table(
        "index_state",
        sa.Column("id", BIG_INT, autoincrement=False, nullable=False),
        sa.Column("chain_id", BIG_INT, nullable=False),
        sa.Column("settlement", sa.String(length=42), nullable=False),
        sa.Column("first_block", BIG_INT, nullable=False),
        sa.Column("cursor", BIG_INT, nullable=False),
        sa.Column("cursor_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("finalized", BIG_INT, nullable=False),
        sa.Column("finalized_hash", sa.LargeBinary(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_state")),
    )
    op.create_table(
        "indexed_blocks",
        sa.Column("number", BIG_INT, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("parent_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("timestamp", BIG_INT, nullable=False),
        sa.Column("events", BIG_INT, nullable=False),
        sa.Column("total", BIG_INT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_indexed_blocks")),
    )
    op.create_table(
        "indexed_contracts",
        sa.Column("address", sa.String(length=42), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("since_block", BIG_INT, nullable=False),
        sa.Column("sequence", BIG_INT, nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_indexed_contracts")),
    )
    op.create_table(
        "index_alarms",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_alarms")),
    )
    for table, columns in _frozen_events():
        op.create_table(
            table,
            sa.Column("block_number", BIG_INT, autoincrement=False, nullable=False),
            sa.Column("log_index", BIG_INT, autoincrement=False, nullable=False),
            sa.Column("contract", sa.LargeBinary(length=20), nullable=False),
            sa.Column("transaction_hash", sa.LargeBinary(length=32), nullable=False),
            *(sa.Column(name, _column_type(name, abi_type), nullable=False) for name, abi_type in columns),
            sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f(f"pk_{table}")),
        )


def downgrade() -> None:
    """Undo."""
    for table, _ in _frozen_events():
        op.drop_table(table)
    for table in ("index_alarms", "indexed_contracts", "indexed_blocks", "index_state"):
        op.drop_table(table)


def _frozen_events() -> list[tuple[str, list[tuple[str, str]]]]:
    """Table and (column, ABI type) pairs; lines that begin with a space go on with the one before."""
    found = []
    for line in EVENTS.strip().replace("\n ", " ").splitlines():
        table, _, listed = line.partition(":")
        pairs = [pair.split() for pair in listed.split(",") if pair.strip()]
        found.append((table, [(name, abi_type) for name, abi_type in pairs]))
    return found


def _column_type(name: str, abi_type: str) -> "sa.types.TypeEngine[object]":
    if abi_type.startswith("uint") and not abi_type.endswith("]"):
        bits = int(abi_type.removeprefix("uint"))
        return BIG_INT if bits < 64 or name == "sequence" else sa.String(length=78)
    if abi_type.startswith("bytes") and abi_type != "bytes":
        return sa.LargeBinary(length=int(abi_type.removeprefix("bytes")))
    kinds = {"bool": sa.Boolean(), "address": sa.LargeBinary(length=20), "bytes": sa.LargeBinary()}
    return kinds.get(abi_type, sa.Text())
