"""An ERC-20 stablecoin; on development chains, the test coin that behaves like USDC."""

from wellhead.chain.contract import ContractCall, ContractWrapper


class StablecoinContract(ContractWrapper):
    """The coin that everybody pays and is paid in."""

    artifact_name = "TestStablecoin"

    def approve(self, spender: str, amount: int) -> ContractCall:
        """Let `spender` take up to `amount` of the sender's coins."""
        return self.prepare("approve", spender, amount)

    def mint(self, to: str, amount: int) -> ContractCall:
        """Make test coins."""
        return self.prepare("mint", to, amount)

    def balance_of(self, account: str, block: int | str = "latest") -> int:
        """Coins held, in base units."""
        return int(self.read("balanceOf", account, block=block))

    def decimals(self) -> int:
        """Decimals of the coin."""
        return int(self.read("decimals"))

    def symbol(self) -> str:
        """The coin's symbol."""
        return str(self.read("symbol"))
