"""ReportOracle: members and their stakes, windows, posted revisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from web3 import Web3
from web3.types import FilterParams, LogReceipt

from wellhead.chain.contract import AbiStruct, ContractCall, ContractWrapper
from wellhead.chain.keccak import keccak256
from wellhead.chain.posted import NOT_POSTED, Posted, posted_from
from wellhead.chain.stakes import Stakes
from wellhead.chain.windows import Windows
from wellhead.errors import ChainError

MAX_REVISIONS = 3


@dataclass(frozen=True, slots=True)
class Round:
    """What is contested of one revision of an asset's report."""

    open: int
    """Challenges that nobody has answered."""
    checked_until: int
    """Until when the answered report is not accepted yet; 0: no longer than the dispute window."""
    voided: bool
    """Marked void; a challenge without an answer in time makes it so without a mark."""


@dataclass(frozen=True, slots=True)
class Contest:
    """What is contested of one asset's period: `Contests.sol`."""

    rounds: tuple[Round, Round, Round]
    summoned_revision: int
    summoned_until: int
    """Until when the revision must be shown; 0: nobody asked."""


def contest_from(word: int) -> Contest:
    """The word of `contestOf` as its parts."""
    first, second, third = (
        Round(
            word >> 64 * r & (1 << 24) - 1,
            word >> 64 * r + 24 & (1 << 40) - 1,
            bool(word >> 192 + r & 1),
        )
        for r in range(MAX_REVISIONS)
    )
    return Contest((first, second, third), word >> 200 & 0xFF, word >> 208 & (1 << 40) - 1)


@dataclass(frozen=True, slots=True)
class MemberStake:
    """What a member risks, in wei; `left_at` 0: he has not left."""

    amount: int
    left_at: int
    appointment: int


class MemberSet(NamedTuple):
    """Members in force, how many must agree, and the version of the list."""

    members: list[str]
    quorum: int
    version: int


class ReportOracleContract(ContractWrapper):
    """Period reports."""

    artifact_name = "ReportOracle"

    def submit(
        self, report: AbiStruct, signatures: Sequence[bytes], previous: Posted = NOT_POSTED
    ) -> ContractCall:
        """Post a period's root with a quorum's signatures, by ascending signer (anyone).

        A later revision shows the one before it as `previous`.
        """
        if previous == NOT_POSTED:
            return self.prepare("submit", report.as_tuple(), b"".join(signatures))
        return self.prepare("revise", report.as_tuple(), b"".join(signatures), previous.as_tuple())

    def submit_fallback(self, report: AbiStruct, bond: int) -> ContractCall:
        """Post a root that no member signed, after the post window passed without one (anyone, bonded)."""
        return self.prepare("submitFallback", report.as_tuple(), value=bond)

    def release_fallback(self, period: int) -> ContractCall:
        """Book what is left of a fallback's bond as owed to its poster (anyone)."""
        return self.prepare("releaseFallback", period)

    def set_members(self, members: Sequence[str], quorum: int) -> ContractCall:
        """Appoint members, by ascending address (membership role, delayed)."""
        return self.prepare("setMembers", ascending(members), quorum)

    def deposit_stake(self, wei: int) -> ContractCall:
        """Add to the sender's stake; an appointed member with the minimum then signs."""
        return self.prepare("depositStake", value=wei)

    def leave_members(self) -> ContractCall:
        """The sender signs no more, and is free 30 days later."""
        return self.prepare("leaveMembers")

    def drop_member(self, member: str) -> ContractCall:
        """Take a member with too small a stake off the list (anyone)."""
        return self.prepare("dropMember", member)

    def withdraw_stake(self) -> ContractCall:
        """Book the sender's stake as owed to him, 30 days after he left."""
        return self.prepare("withdrawStake")

    def charge_miss(self, period: int, version: int) -> ContractCall:
        """Charge the members of that list for a period that none of them posted (anyone)."""
        return self.prepare("chargeMiss", period, version)

    def claim_wei(self, payee: str) -> ContractCall:
        """Pay what the oracle owes to `payee` (anyone)."""
        return self.prepare("claimWei", payee)

    def owed_wei(self, payee: str) -> int:
        """What the oracle owes to `payee`."""
        return int(self.read("owedWei", payee))

    def posted_in(self, transaction_hash: str) -> Posted:
        """The revision that a transaction posted; raises ChainError if it posted none."""
        receipt = self.chain.web3.eth.get_transaction_receipt(transaction_hash)  # type: ignore[arg-type]
        for log in receipt["logs"]:
            if log["address"] == self.address and bytes(log["topics"][0]) == POSTED_TOPIC:
                return self._posted(log)
        raise ChainError(f"{transaction_hash} posted no report")

    def posted_of(self, period: int, revision: int) -> Posted:
        """A posted revision, from its event; raises ChainError if there is none."""
        request: FilterParams = {
            "address": self.address,
            "fromBlock": 0,
            "toBlock": "latest",
            "topics": ["0x" + POSTED_TOPIC.hex(), "0x" + period.to_bytes(32, "big").hex()],
        }
        for log in self.chain.web3.eth.get_logs(request):
            if self._decode(log).args["revision"] == revision:
                return self._posted(log)
        raise ChainError(f"period {period}: revision {revision} was not posted")

    def posted_hash_of(self, period: int, revision: int) -> bytes:
        """Hash of a posted revision; 32 zero bytes if there is none."""
        return bytes(self.read("postedHashOf", period, revision))

    def revisions_of(self, period: int, block: int | str = "latest") -> int:
        """Revisions posted for the period."""
        return int(self.read("revisionsOf", period, block=block))

    def contest_of(self, asset_id: int, period: int) -> Contest:
        """What is contested of an asset's period."""
        return contest_from(int(self.read("contestOf", asset_id, period)))

    def is_void(self, asset_id: int, period: int, revision: int, posted: Posted) -> bool:
        """Whether the revision is void for the asset, marked or not."""
        return bool(self.read("isVoid", asset_id, period, revision, posted.as_tuple()))

    def members(self, block: int | str = "latest") -> MemberSet:
        """Members in force, by ascending address, and how many must agree."""
        members, quorum, version = self.read("members", block=block)
        return MemberSet([str(member) for member in members], int(quorum), int(version))

    def stake_of(self, member: str) -> MemberStake:
        """A member's stake."""
        return MemberStake(*map(int, self.read("stakeOf", member)))

    def stakes(self) -> Stakes:
        """The deployment's stakes and fees."""
        return Stakes(*self.read("stakes"))

    def windows(self) -> Windows:
        """The deployment's windows."""
        return Windows(*self.read("windows"))

    def hard_end_of(self, period: int) -> int:
        """When a period without report can be closed, Unix seconds."""
        return int(self.read("hardEndOf", period))

    def domain_separator(self) -> bytes:
        """EIP-712 domain separator of readings, receipts and period reports."""
        return bytes(self.read("domainSeparator"))

    def _posted(self, log: LogReceipt) -> Posted:
        event = self._decode(log)
        return posted_from(event.args, self.chain.timestamp_of(event.block))


POSTED_TOPIC = keccak256(
    b"ReportPosted(uint64,uint32,uint32,bytes32,uint32,uint32,bytes32,uint32,uint32)",
)


def ascending(addresses: Sequence[str]) -> list[str]:
    """Addresses in the order that the contract asks for."""
    return sorted((Web3.to_checksum_address(address) for address in addresses), key=lambda a: int(a, 16))
