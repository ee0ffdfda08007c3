"""RevenueShare: one clone per asset."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wellhead.chain.contract import ContractCall, ContractWrapper


@dataclass(frozen=True)
class SharePolicy:
    """A share's own rules; the fields of `Policy` in `TransferPolicy.sol`, all zero for none."""

    country_rule: int
    max_holders: int
    max_balance: int
    locked_until: int
    distribution_until: int
    home_country: int
    home_class: int
    lowest_class: int

    def as_tuple(self) -> tuple[Any, ...]:
        """Field values in the struct's order."""
        return (
            self.country_rule,
            self.max_holders,
            self.max_balance,
            self.locked_until,
            self.distribution_until,
            self.home_country,
            self.home_class,
            self.lowest_class,
        )


@dataclass(frozen=True)
class ShareEpoch:
    """Where the revenue of an epoch's periods is paid from; it begins with `from_period`."""

    vault: str
    coin: str
    from_period: int
    is_impaired: bool


class RevenueShareContract(ContractWrapper):
    """A share of one asset's revenue."""

    artifact_name = "RevenueShare"

    def transfer(self, to: str, amount: int) -> ContractCall:
        """Move the sender's shares."""
        return self.prepare("transfer", to, amount)

    def claim(self, account: str, max_steps: int) -> ContractCall:
        """Pay an account what it earned in settled periods of the current epoch (anyone, unless impaired)."""
        return self.prepare("claim", account, max_steps)

    def claim_epoch(self, account: str, epoch: int, max_steps: int) -> ContractCall:
        """Pay an account what it earned in an epoch that is over (anyone, unless impaired)."""
        return self.prepare("claimEpoch", account, epoch, max_steps)

    def claim_to(self, account: str, to: str, deadline: int, signature: bytes) -> ContractCall:
        """Pay an account's earnings to where it signed for (anyone)."""
        return self.prepare("claimTo", account, to, deadline, signature)

    def claim_batch(self, accounts: Sequence[str], max_steps: int) -> ContractCall:
        """Pay many accounts, passing over who cannot be paid; nobody where impaired."""
        return self.prepare("claimBatch", list(accounts), max_steps)

    def set_policy(self, policy: SharePolicy) -> ContractCall:
        """Set the share's own rules (agent)."""
        return self.prepare("setPolicy", policy.as_tuple())

    def policy(self, block: int | str = "latest") -> SharePolicy:
        """The share's own rules."""
        return SharePolicy(*self.read("policy", block=block))

    def balance_of(self, account: str, block: int | str = "latest") -> int:
        """Shares held, 18 decimals."""
        return int(self.read("balanceOf", account, block=block))

    def free_of(self, account: str, block: int | str = "latest") -> int:
        """Shares that the account may move: neither frozen nor under lien."""
        return int(self.read("freeOf", account, block=block))

    def total_supply(self, block: int | str = "latest") -> int:
        """The whole supply, 18 decimals."""
        return int(self.read("totalSupply", block=block))

    def prefix_of(self, period: int, block: int | str = "latest") -> int:
        """Base units that holders earned in all periods before `period`."""
        return int(self.read("prefixOf", period, block=block))

    def next_period(self, block: int | str = "latest") -> int:
        """First period that is not settled."""
        return int(self.read("nextPeriod", block=block))

    def current_epoch(self, block: int | str = "latest") -> int:
        """The epoch that `claim` pays: that of the last settled period."""
        return int(self.read("currentEpoch", block=block))

    def epoch_of(self, epoch: int, block: int | str = "latest") -> ShareEpoch:
        """Where an epoch's money lies; raises ContractReverted for one that was not started."""
        return ShareEpoch(*self.read("epochOf", epoch, block=block))

    def outstanding_of(self, epoch: int, block: int | str = "latest") -> int:
        """Base units that holders earned in an epoch and were not yet paid, at face value."""
        return int(self.read("outstandingOf", epoch, block=block))

    def payee_of(self, account: str, block: int) -> str:
        """Who is paid what the account earned: itself, or where an order in effect redirects it."""
        to, effective_at = self.read("redirectOf", account, block=block)
        return str(to) if int(to, 16) and effective_at <= self.chain.timestamp_of(block) else account

    def claimable(self, account: str, epoch: int, max_steps: int, block: int) -> int:
        """What a claim by whoever may ask for it would take; raises ContractReverted if refused."""
        impaired = self.epoch_of(epoch, block).is_impaired
        payee = self.payee_of(account, block) if impaired else None
        if epoch == self.current_epoch(block):
            return int(self.read("claim", account, max_steps, block=block, sender=payee))
        return int(self.read("claimEpoch", account, epoch, max_steps, block=block, sender=payee))

    def restriction_of(self, sender: str, receiver: str, amount: int, block: int | str = "latest") -> int:
        """Code of the reason why a transfer would be refused; 0 = it would not."""
        return int(self.read("detectTransferRestriction", sender, receiver, amount, block=block))
