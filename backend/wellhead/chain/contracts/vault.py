"""Vault: one asset's coins in one epoch."""

from wellhead.chain.contract import ContractWrapper


class VaultContract(ContractWrapper):
    """A vault, which nobody but Settlement and the asset's share calls."""

    artifact_name = "Vault"

    def coin(self) -> str:
        """The one coin that it holds."""
        return str(self.read("coin"))

    def share(self) -> str:
        """The share whose holders are paid from here."""
        return str(self.read("share"))
