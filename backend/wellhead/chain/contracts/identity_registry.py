"""IdentityRegistry: credentials, attestors, freezes."""

from wellhead.chain.contract import AbiStruct, ContractCall, ContractWrapper


class IdentityRegistryContract(ContractWrapper):
    """Who may hold shares."""

    artifact_name = "IdentityRegistry"

    def present(self, credential: AbiStruct, signature: bytes) -> ContractCall:
        """Bring an attestor's credential (anyone)."""
        return self.prepare("present", credential.as_tuple(), signature)

    def revoke(self, account: str) -> ContractCall:
        """End an account's credential (compliance)."""
        return self.prepare("revoke", account)

    def set_frozen(self, account: str, frozen: bool) -> ContractCall:
        """Freeze an account or lift the freeze (compliance)."""
        return self.prepare("setFrozen", account, frozen)

    def set_attestor(self, attestor: str, active: bool) -> ContractCall:
        """Add or remove an attestor (compliance)."""
        return self.prepare("setAttestor", attestor, active)

    def is_verified(self, account: str, block: int | str = "latest") -> bool:
        """Whether the account may receive shares."""
        return bool(self.read("isVerified", account, block=block))
