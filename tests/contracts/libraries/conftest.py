"""The harness contracts on an in-process chain, and terms to start from: shared by the library tests."""

import json
import re
from dataclasses import replace

import pytest
from eth_abi.abi import decode
from sqlalchemy.orm import sessionmaker
from tests.vectors.make_vectors import TERMS

from wellhead.chain.artifacts import read_artifact
from wellhead.chain.contract import CALL_GAS, ContractCall
from wellhead.chain.development import BANK_KEY, open_in_process
from wellhead.chain.keccak import keccak256
from wellhead.chain.reverts import REFUSALS, as_reverted, canonical_type
from wellhead.chain.service import Sender
from wellhead.db.base import Base
from wellhead.db.engine import open_engine
from wellhead.errors import ContractReverted

GENESIS = 1_748_822_400


class Harness:
    """A deployed harness: one `eth_call` per question, refusals as ContractReverted with their numbers."""

    def __init__(self, sender, artifact):
        self.chain = sender.chain
        created = sender.send(
            f"create:{artifact.contract}",
            ContractCall(None, artifact.bytecode, f"create {artifact.contract}"),
        )
        self.contract = self.chain.web3.eth.contract(created.contract_address, abi=artifact.abi)
        self.errors = {}
        for entry in artifact.abi:
            if entry["type"] == "error":
                kinds = [canonical_type(each) for each in entry["inputs"]]
                selector = keccak256(f"{entry['name']}({','.join(kinds)})".encode())[:4]
                self.errors["0x" + selector.hex()] = (entry["name"], kinds)

    def call(self, function, *arguments):
        """The answer of `function`; structs are tuples."""
        try:
            return self.contract.functions[function](*arguments).call(
                {"from": self.chain.caller, "gas": CALL_GAS}
            )
        except REFUSALS as error:
            raise self._named(as_reverted(error, function)) from error

    def refusal(self, function, *arguments):
        """Name and numbers of the error that `function` reverts with."""
        with pytest.raises(ContractReverted) as caught:
            self.call(function, *arguments)
        return caught.value.name, tuple(caught.value.args_by_name.values())

    def _named(self, error):
        # errors of libraries that no deployed contract uses yet are known to the harness alone
        if error.name not in self.errors:
            return error
        name, kinds = self.errors[error.name]
        values = decode(kinds, bytes.fromhex(str(error.args_by_name["data"])[2:]))
        return ContractReverted(name, {str(place): value for place, value in enumerate(values)})


@pytest.fixture(scope="session")
def sender(tmp_path_factory):
    """The bank on a chain of its own."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('libraries')}/sent.db")
    Base.metadata.create_all(engine)
    yield Sender(open_in_process(GENESIS), sessionmaker(engine, expire_on_commit=False), BANK_KEY)
    engine.dispose()


@pytest.fixture(scope="session")
def library(sender, repo_root):
    """LibraryHarness: the pure libraries."""
    return Harness(sender, read_artifact(repo_root / "tests/artifacts/LibraryHarness.json"))


@pytest.fixture(scope="session")
def share(sender, repo_root):
    """ShareHarness: a whole life of a share in one call."""
    return Harness(sender, read_artifact(repo_root / "tests/artifacts/ShareHarness.json"))


@pytest.fixture(scope="session")
def terms_with():
    """Ordinary terms of a day, with some fields replaced."""
    # other than the vector's own, which a registry is asked to hash as terms not in force
    plain = replace(TERMS, documents=b"\2" * 32)
    return lambda **fields: replace(plain, **fields)


@pytest.fixture(scope="session")
def vectors(repo_root):
    """The vectors that docs/protocol.md prints, read out of the page."""
    page = (repo_root / "docs/protocol.md").read_text(encoding="utf-8")
    blocks = re.findall(r"<!-- vector: (\w+) -->\n```json\n(.*?)```\n", page, flags=re.DOTALL)
    return {name: json.loads(text) for name, text in blocks}
