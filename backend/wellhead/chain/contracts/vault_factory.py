"""VaultFactory: where vaults and shares come from."""

from wellhead.chain.contract import ContractWrapper


class VaultFactoryContract(ContractWrapper):
    """Makes vaults and shares for Settlement."""

    artifact_name = "VaultFactory"

    def share_implementation(self) -> str:
        """The contract that every asset's share is a clone of."""
        return str(self.read("shareImplementation"))
