"""LeaseToken: purchases, holdings, grants of use."""

from dataclasses import astuple, dataclass, fields
from typing import Any

from wellhead.chain.contract import ContractCall, ContractWrapper


@dataclass(frozen=True, slots=True)
class Order:
    """What a buyer signs for: units of each of `count` periods, at that price and no other."""

    offer_id: int
    from_period: int
    count: int
    units: int
    to: str
    price: int
    salt: bytes

    @property
    def cost(self) -> int:
        """Base units that the order pays."""
        return self.count * self.units * self.price

    def as_tuple(self) -> tuple[Any, ...]:
        """Field values in the struct's order."""
        return tuple(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class Authorized:
    """An EIP-3009 authorization of an order's cost to the vault; `split` calls the coin with (v, r, s)."""

    payer: str
    valid_after: int
    valid_before: int
    signature: bytes
    split: bool

    def as_tuple(self) -> tuple[Any, ...]:
        """Field values in the struct's order."""
        return astuple(self)


@dataclass(frozen=True, slots=True)
class Permit:
    """An ERC-2612 permit of `value` to the vault; `split` calls the coin with (v, r, s)."""

    value: int
    deadline: int
    signature: bytes
    split: bool

    def as_tuple(self) -> tuple[Any, ...]:
        """Field values in the struct's order."""
        return astuple(self)


@dataclass(frozen=True, slots=True)
class UserRecord:
    """ERC-5006: `user` may use `amount` of the owner's units until `expiry`."""

    token_id: int
    owner: str
    amount: int
    user: str
    expiry: int


class LeaseTokenContract(ContractWrapper):
    """GPU-hours as tokens."""

    artifact_name = "LeaseToken"

    def buy(
        self, offer_id: int, from_period: int, count: int, units: int, to: str, max_price: int
    ) -> ContractCall:
        """Buy units of each period of a run; the sender has approved the vault."""
        return self.prepare("buy", offer_id, from_period, count, units, to, max_price)

    def buy_with_permit(self, order: Order, permit: Permit) -> ContractCall:
        """Buy with the sender's own permit; the order's price is the most he pays, its salt is unused."""
        return self.prepare("buyWithPermit", *order.as_tuple()[:-1], permit.as_tuple())

    def buy_with_authorization(self, order: Order, authorized: Authorized) -> ContractCall:
        """Buy what the payer signed for (anyone)."""
        return self.prepare("buyWithAuthorization", order.as_tuple(), authorized.as_tuple())

    def safe_transfer_from(self, sender: str, receiver: str, lease_id: int, units: int) -> ContractCall:
        """Move units (ERC-1155)."""
        return self.prepare("safeTransferFrom", sender, receiver, lease_id, units, b"")

    def set_approval_for_all(self, operator: str, approved: bool) -> ContractCall:
        """Let an operator move and grant all of the sender's units (ERC-1155)."""
        return self.prepare("setApprovalForAll", operator, approved)

    def grant(self, to: str, lease_id: int, units: int) -> ContractCall:
        """Let `to` use units of the sender until the period ends."""
        return self.prepare("grant", to, lease_id, units)

    def delete_user_record(self, record_id: int) -> ContractCall:
        """Give use back before it ends (user), or clear an expired record away (anyone)."""
        return self.prepare("deleteUserRecord", record_id)

    def set_frozen_tokens(self, account: str, lease_id: int, units: int) -> ContractCall:
        """Freeze that many units of a series (agent)."""
        return self.prepare("setFrozenTokens", account, lease_id, units)

    def forced_transfer(self, sender: str, receiver: str, lease_id: int, units: int) -> ContractCall:
        """Move units past freezes (agent)."""
        return self.prepare("forcedTransfer", sender, receiver, lease_id, units)

    def offers(self) -> str:
        """Address of the contract that owners make their offers in."""
        return str(self.read("offers"))

    def order_hash(self, order: Order) -> bytes:
        """The nonce of the authorization that pays for an order."""
        return bytes(self.read("orderHash", order.as_tuple()))

    def balance_of(self, holder: str, lease_id: int, block: int | str = "latest") -> int:
        """Units that the holder has of a series."""
        return int(self.read("balanceOf", holder, lease_id, block=block))

    def total_supply(self, lease_id: int, block: int | str = "latest") -> int:
        """Units of a series that exist."""
        return int(self.read("totalSupply", lease_id, block=block))

    def usable_of(self, user: str, lease_id: int, block: int | str = "latest") -> int:
        """Units of others that the user may use now."""
        return int(self.read("usableBalanceOf", user, lease_id, block=block))

    def granted_of(self, owner: str, lease_id: int, block: int | str = "latest") -> int:
        """Units of the owner that others may use now."""
        return int(self.read("frozenBalanceOf", owner, lease_id, block=block))

    def frozen_of(self, holder: str, lease_id: int, block: int | str = "latest") -> int:
        """Units that an agent has frozen."""
        return int(self.read("getFrozenTokens", holder, lease_id, block=block))

    def user_record_of(self, record_id: int, block: int | str = "latest") -> UserRecord:
        """A record; its amount is 0 if there is none."""
        return UserRecord(*self.read("userRecordOf", record_id, block=block))

    def can_transfer(
        self, sender: str, receiver: str, lease_id: int, units: int, block: int | str = "latest"
    ) -> bool:
        """Whether the transfer would pass now."""
        return bool(self.read("canTransfer", sender, receiver, lease_id, units, block=block))
