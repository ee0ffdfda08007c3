"""Who acts in the contract tests, with what keys, on which calendar; and what an asset is to them."""

from dataclasses import dataclass
from functools import cache

from wellhead.chain.contracts.revenue_share import RevenueShareContract
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import address_of
from wellhead.chain.stakes import ChallengeCosts
from wellhead.chain.windows import Windows
from wellhead.registry.terms import Terms

GENESIS = 1_748_822_400
L = 1_000
WINDOWS = Windows(post_from=100, post_until=600, dispute=300, answer=200, revision=200, hard_end=2_500)
COSTS = ChallengeCosts(answer_gas=150_000, min_fee=10**9)
MEMBERS = ("member-1", "member-2", "member-3")
TENANTS = ("tenant-a", "tenant-b", "tenant-c")
ACTORS = ("owner", "other-owner", "protocol", "outsider", "alice", "bob", *TENANTS)
SUPPLY = 10**24


@cache
def key_of(name: str) -> bytes:
    """An actor's private key."""
    return keccak256(name.encode())


@cache
def address(name: str) -> str:
    """An actor's address."""
    return address_of(key_of(name))


def lease_id(asset_id: int, period: int, price: int) -> int:
    """A series' ERC-1155 id."""
    return asset_id << 160 | period << 128 | price


@dataclass(frozen=True)
class Asset:
    """An asset that is open for sale, and the terms that it has had since `opened_in`."""

    id: int
    owner: str
    terms: Terms
    devices: int
    vault: str
    share: RevenueShareContract
    opened_in: int

    @property
    def capacity(self) -> int:
        """Device-seconds of a period."""
        return self.devices * L

    def lease(self, period: int, price: int) -> int:
        """Id of the series."""
        return lease_id(self.id, period, price)


def same(found: object, wanted: object) -> bool:
    """Equal as errors show values: addresses in any case, bytes as hex."""
    if isinstance(wanted, bytes):
        wanted = "0x" + wanted.hex()
    if isinstance(wanted, str) and isinstance(found, str):
        return found.lower() == wanted.lower()
    return found == wanted
