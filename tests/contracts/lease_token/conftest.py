"""An asset for sale, an agent, receivers that are contracts, and the holdings alone as a harness."""

from dataclasses import dataclass

import pytest
from eth_abi.abi import encode
from tests.contracts.world import GENESIS, WINDOWS, L, World, address

from wellhead.chain.artifacts import read_artifact
from wellhead.chain.contract import CALL_GAS, ContractCall

AGENT = 1


@pytest.fixture
def asset(world):
    """A fresh asset, whose vault both tenants have approved."""
    asset = world.asset()
    for name in ("tenant-a", "tenant-b"):
        world.give_coins(name, asset)
    return asset


@pytest.fixture(scope="module")
def agent(world):
    """Who may freeze units and force transfers."""
    make_agent(world, address("agent"))
    return "agent"


def make_agent(world: World, account: str) -> None:
    """Gives the account an agent's powers, by the admin's delayed order."""
    call = world.identities.prepare("setPowers", account, AGENT)
    world.send("admin", world.roles.prepare("schedule", call.to, call.data, 0))
    world.travel(world.now + WINDOWS.hard_end + 1)
    world.send("admin", call)


@dataclass(frozen=True)
class Receiver:
    """A contract that receives leases and does in the callback what it was told."""

    world: World
    contract: object
    address: str

    ACCEPT, NONSENSE, REVERT = 0, 1, 2

    def _call(self, function: str, *arguments: object) -> ContractCall:
        data = self.contract.encode_abi(function, arguments)
        return ContractCall(self.address, bytes.fromhex(data[2:]), function)

    def prepare(self, answer: int = ACCEPT, call: ContractCall | None = None) -> None:
        """In callbacks from now on: make that call, then answer."""
        target, data = (call.to, call.data) if call else ("0x" + "00" * 20, b"")
        self.world.send("outsider", self._call("prepare", answer, target, data))

    def execute(self, call: ContractCall) -> ContractCall:
        """The call in the receiver's own name."""
        return self._call("execute", call.to, call.data)

    def approve(self, asset) -> None:
        """Coins for the receiver, and its approval of the asset's vault."""
        self.world.send("issuer", self.world.coin.mint(self.address, 10**12))
        self.world.send("outsider", self._call("approve", self.world.coin.address, asset.vault))

    def read(self, function: str) -> object:
        """One of its public variables."""
        return self.contract.functions[function]().call({"from": self.world.chain.caller, "gas": CALL_GAS})


@pytest.fixture
def receiver(world, repo_root):
    """A receiver that accepts."""
    artifact = read_artifact(repo_root / "tests/artifacts/LeaseReceiver.json")
    mined = world.send("outsider", ContractCall(None, artifact.bytecode, "create LeaseReceiver"))
    contract = world.chain.web3.eth.contract(mined.contract_address, abi=artifact.abi)
    return Receiver(world, contract, mined.contract_address)


@pytest.fixture(scope="module")
def lives(world, repo_root):
    """The harness' contract: whole lives in one call."""
    artifact = read_artifact(repo_root / "tests/artifacts/LeaseHarness.json")
    bytecode = artifact.bytecode + encode(["uint64", "uint32"], [GENESIS, L])
    mined = world.send("outsider", ContractCall(None, bytecode, "create LeaseHarness"))
    return world.chain.web3.eth.contract(mined.contract_address, abi=artifact.abi)
