"""RevenueShare: one clone per asset."""

from wellhead.chain.contract import ContractCall, ContractWrapper


class RevenueShareContract(ContractWrapper):
    """A share of one asset's revenue."""

    artifact_name = "RevenueShare"

    def transfer(self, to: str, amount: int) -> ContractCall:
        """Move the sender's shares."""
        return self.prepare("transfer", to, amount)

    def claim(self, account: str, max_steps: int) -> ContractCall:
        """Pay an account what it earned in settled periods (anyone)."""
        return self.prepare("claim", account, max_steps)

    def balance_of(self, account: str, block: int | str = "latest") -> int:
        """Shares held, 18 decimals."""
        return int(self.read("balanceOf", account, block=block))

    def total_supply(self, block: int | str = "latest") -> int:
        """The whole supply, 18 decimals."""
        return int(self.read("totalSupply", block=block))

    def prefix_of(self, period: int, block: int | str = "latest") -> int:
        """Base units that holders earned in all periods before `period`."""
        return int(self.read("prefixOf", period, block=block))

    def next_period(self, block: int | str = "latest") -> int:
        """First period that is not settled."""
        return int(self.read("nextPeriod", block=block))
