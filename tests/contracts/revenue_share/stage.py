"""A share on a stage of its own: an actor plays Settlement, identities have an admin without delays.

So each period's revenue is whatever a test says, and nothing depends on how Settlement comes by it. Time and
actors are the world's.
"""

import itertools
from dataclasses import replace

from tests.contracts.messages import CREDENTIAL_TYPE, Credential
from tests.contracts.world import GENESIS, L, World, address, key_of

from wellhead.chain.contract import ContractCall, creation
from wellhead.chain.contracts.identity_registry import IdentityRegistryContract
from wellhead.chain.contracts.revenue_share import RevenueShareContract, SharePolicy
from wellhead.chain.contracts.stablecoin import StablecoinContract
from wellhead.chain.eip712 import Domain
from wellhead.chain.service import Mined
from wellhead.chain.signatures import sign

AGENT, LIENOR, EXEMPT = 1, 2, 4
EVERYBODY = ("owner", "alice", "bob", "carol", "heir")
CLONE = "3d602d80600a3d3981f3363d3d373d3d3d363d73{}5af43d82803e903d91602b57fd5bf3"
"""EIP-1167, as OpenZeppelin's `Clones` writes it."""

NO_POLICY = SharePolicy(0, 0, 0, 0, 0, 0, 0, 0)


class Stage:
    """One implementation, identities and verbs; `share()` makes a fresh clone with a vault."""

    def __init__(self, world: World) -> None:
        self.world, self._asset_ids = world, itertools.count(7)
        roles = self.create("Roles", address("admin"))
        self.identities = IdentityRegistryContract(world.chain, self.create("IdentityRegistry", roles))
        world.send("admin", self.identities.set_attestor(address("attestor"), True))
        for name, powers in (("agent", AGENT), ("lienor", LIENOR), ("lienor-2", LIENOR)):
            world.send("admin", self.identities.prepare("setPowers", address(name), powers))
        for name in EVERYBODY:
            self.verify(name)
        self.coin = StablecoinContract(world.chain, self.create("TestStablecoin", by="issuer"))
        self.agency = self.create("ShareAgency", address("settlement"), self.identities.address, GENESIS, L)
        self.implementation = self.create("RevenueShare", self.agency)

    def create(self, artifact: str, *arguments: object, by: str = "admin") -> str:
        """A contract's address, made by that actor."""
        return str(self.world.send(by, creation(artifact, arguments, self.world.chain)).contract_address)

    def verify(self, name: str, *, country: int = 840, investor_class: int = 1, seconds: int = 10**9) -> None:
        """A credential for the actor, newer than any before."""
        now = self.world.now
        credential = Credential(address(name), country, investor_class, now, now + seconds)
        names = (field for field, _ in CREDENTIAL_TYPE.fields)
        values = dict(zip(names, credential.as_tuple(), strict=True))
        domain = Domain(self.world.chain.chain_id, self.identities.address)
        signature = sign(key_of("attestor"), domain.digest(CREDENTIAL_TYPE.hash(values)))
        self.world.send("outsider", self.identities.present(credential, signature))

    def freeze(self, name: str, frozen: bool = True) -> None:
        """The actor is frozen everywhere, or free again."""
        self.world.send("admin", self.identities.set_frozen(address(name), frozen))

    def clone(self) -> str:
        """A fresh clone of the implementation."""
        code = bytes.fromhex(CLONE.format(self.implementation[2:]))
        return str(self.world.send("deployer", ContractCall(None, code, "clone")).contract_address)

    def share(self, coin: StablecoinContract | None = None) -> "Share":
        """A share whose first period begins now."""
        period = self.world.travel_to_next_period()
        return Share(self, self.clone(), next(self._asset_ids), period, coin or self.coin)


class Share:
    """One clone, set up, with the owner holding all of it."""

    def __init__(self, stage: Stage, at: str, asset_id: int, period: int, coin: StablecoinContract) -> None:
        self.stage, self.world, self.first, self.coin = stage, stage.world, period, coin
        self.token = RevenueShareContract(self.world.chain, at)
        self.vault = self.new_vault(coin)
        self.vaults = [self.vault]
        self.by_settlement("initialize", asset_id, address("owner"), period, self.vault, coin.address)

    def new_vault(self, coin: StablecoinContract) -> str:
        """Another vault of this share."""
        return self.stage.create("Vault", address("settlement"), self.token.address, coin.address)

    def by_settlement(self, function: str, *arguments: object) -> Mined:
        """What only Settlement may call."""
        return self.world.send("settlement", self.token.prepare(function, *arguments))

    def by(self, name: str, function: str, *arguments: object) -> Mined:
        """Called by the actor."""
        return self.world.send(name, self.token.prepare(function, *arguments))

    def refused(self, name: str, function: str, *arguments: object, error: str, **numbers: object) -> None:
        """The actor's call is refused with that error and those numbers."""
        self.world.refused(name, self.token.prepare(function, *arguments), error, **numbers)

    def settle(self, earned: int, *, funded: bool = True) -> None:
        """Book the next period, and put the coins into the vault of its epoch."""
        period = self.token.next_period()
        self.by_settlement("settlePeriod", earned)
        if funded and earned:
            vault, coin, _, _ = self.token.read("epochOf", self.token.read("currentEpoch"))
            assert self.token.next_period() == period + 1
            self.world.send("issuer", StablecoinContract(self.world.chain, coin).mint(vault, earned))

    def at(self, place: int, second: int = 0) -> None:
        """Travel to a second of the share's period `place`, less the one that sending takes."""
        self.world.travel(self.world.clock.start_of(self.first + place) + second - 1)

    def move(self, sender: str, receiver: str, amount: int) -> Mined:
        """A plain transfer."""
        return self.world.send(sender, self.token.transfer(address(receiver), amount))

    def balance(self, name: str) -> int:
        """Shares of the actor."""
        return self.token.balance_of(address(name))

    def coins(self, name: str) -> int:
        """Coins of the actor."""
        return self.coin.balance_of(address(name))

    def claim(self, name: str, steps: int = 50) -> int:
        """Coins that the actor gets by a claim that anybody sends."""
        before = self.coins(name)
        self.by("outsider", "claim", address(name), steps)
        return self.coins(name) - before

    def set_policy(self, **rules: int) -> None:
        """The share's own rules, none but these."""
        self.world.send("agent", self.token.set_policy(replace(NO_POLICY, **rules)))

    def events(self, name: str) -> list[dict[str, object]]:
        """Arguments of the newest block's events of that name."""
        block = self.world.chain.block_number()
        return [e.args for e in self.token.events_between(block, block) if e.name == name]

    def event_names(self) -> list[str]:
        """Names of the newest block's events, in order."""
        block = self.world.chain.block_number()
        return [e.name for e in self.token.events_between(block, block)]
