"""IdentityRegistry: credentials, attestors, freezes, powers."""

from wellhead.chain.contract import AbiStruct, ContractCall, ContractWrapper

POWERS = 7
"""The bits of a standing that are powers; see `Standing.sol`."""


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

    def set_powers(self, account: str, powers: int) -> ContractCall:
        """Set what an account may do that not everybody may: the bits of `Standing.sol` (admin)."""
        return self.prepare("setPowers", account, powers)

    def standing_of(self, account: str, block: int | str = "latest") -> int:
        """The 32 bits that a transfer asks about an account."""
        return int(self.read("standingOf", account, block=block))

    def powers_of(self, account: str, block: int | str = "latest") -> int:
        """What an account may do that not everybody may."""
        return self.standing_of(account, block) & POWERS

    def is_verified(self, account: str, block: int | str = "latest") -> bool:
        """Whether the account may receive shares."""
        return bool(self.read("isVerified", account, block=block))
