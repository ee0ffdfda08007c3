"""TransferAgent: what people with roles do to other people's shares and leases."""

from collections.abc import Sequence

from wellhead.chain.contract import AbiStruct, ContractCall, ContractWrapper


class TransferAgentContract(ContractWrapper):
    """The only agent that tokens obey; every act names its case (32 bytes)."""

    artifact_name = "TransferAgent"

    def freeze_shares(self, share: str, account: str, amount: int, case_id: bytes) -> ContractCall:
        """Set how many of an account's shares are frozen (compliance)."""
        return self.prepare("freezeShares", share, account, amount, case_id)

    def freeze_leases(self, account: str, lease_id: int, amount: int, case_id: bytes) -> ContractCall:
        """Set how many of an account's units of one series are frozen (compliance)."""
        return self.prepare("freezeLeases", account, lease_id, amount, case_id)

    def end_grant(self, record_id: int, case_id: bytes) -> ContractCall:
        """End a grant of use (compliance)."""
        return self.prepare("endGrant", record_id, case_id)

    def force_transfer(
        self, share: str, sender: str, receiver: str, amount: int, case_id: bytes
    ) -> ContractCall:
        """Move shares without their holder (recovery)."""
        return self.prepare("forceTransfer", share, sender, receiver, amount, case_id)

    def force_transfer_lease(
        self, sender: str, receiver: str, lease_id: int, amount: int, case_id: bytes
    ) -> ContractCall:
        """Move units of one series without their holder (recovery)."""
        return self.prepare("forceTransferLease", sender, receiver, lease_id, amount, case_id)

    def recover(self, share: str, lost: str, heir: str, case_id: bytes) -> ContractCall:
        """Move all shares of an account without key to its new address (recovery)."""
        return self.prepare("recover", share, lost, heir, case_id)

    def order_redirect(self, share: str, lost: str, heir: str, case_id: bytes) -> ContractCall:
        """Pay to the new address what the lost one earned in the past (recovery)."""
        return self.prepare("orderRedirect", share, lost, heir, case_id)

    def cancel_redirect(self, share: str, lost: str, case_id: bytes) -> ContractCall:
        """End a redirect (recovery)."""
        return self.prepare("cancelRedirect", share, lost, case_id)

    def set_policy(
        self, share: str, policy: AbiStruct, countries: Sequence[int], case_id: bytes
    ) -> ContractCall:
        """Set a share's own transfer rules and the four words of its country list (recovery)."""
        return self.prepare("setPolicy", share, policy.as_tuple(), list(countries), case_id)
