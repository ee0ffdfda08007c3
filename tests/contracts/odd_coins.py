"""Coins with one bad habit each, whose issuer can seize, and a payee that calls back."""

from pathlib import Path
from typing import Any

from tests.contracts.world import World, address

from wellhead.chain.artifacts import HARNESS_FOLDER, Artifact, read_artifact
from wellhead.chain.contract import ContractCall
from wellhead.chain.contracts.stablecoin import StablecoinContract

PLAIN, FEE, SILENT, FALSE, REVERTING, BURNING, BOMB, CALLING = range(8)
"""Habits of `OddCoin.sol`."""

ROOT = Path(__file__).parents[2]


def harness(contract: str) -> Artifact:
    """A contract that only tests deploy."""
    return read_artifact(ROOT / HARNESS_FOLDER / f"{contract}.json")


def deploy_harness(world: World, contract: str, *arguments: Any) -> Any:
    """A harness contract, deployed, as web3 binds it."""
    artifact = harness(contract)
    factory = world.chain.web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
    data = bytes.fromhex(str(factory.constructor(*arguments).data_in_transaction)[2:])
    made = world.send("issuer", ContractCall(None, data, f"create {contract}")).contract_address
    return world.chain.web3.eth.contract(made, abi=artifact.abi)  # type: ignore[arg-type]


class OddCoin(StablecoinContract):
    """A coin with a habit."""

    def __init__(self, world: World, habit: int, decimals: int) -> None:
        """Deploy it and let the registrar allow it."""
        self.artifact = harness("OddCoin")
        self.world, self.chain = world, world.chain
        self._contract = deploy_harness(world, "OddCoin", habit, decimals)
        self.address = self._contract.address
        world.allow(self.address)

    def give(self, name: str, vault: str, amount: int = 10**30) -> None:
        """Coins for an actor, and his approval of a vault."""
        self.world.send("issuer", self.mint(address(name), amount))
        self.world.send(name, self.approve(vault, 2**256 - 1))

    def dislike(self, account: str, disliked: bool = True) -> None:
        """Show the habit to that payee, or stop."""
        self.world.send("issuer", self.prepare("setDisliked", account, disliked))


def odd_coin(world: World, habit: int = PLAIN, decimals: int = 6) -> OddCoin:
    """An allowed coin with that habit."""
    return OddCoin(world, habit, decimals)
