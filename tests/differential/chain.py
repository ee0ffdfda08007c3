"""The libraries on a chain, asked many questions at once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eth_abi.abi import decode
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

import wellhead.chain.models  # noqa: F401  (its table is created below)
from wellhead.chain.artifacts import Artifact, read_artifact
from wellhead.chain.contract import ContractCall
from wellhead.chain.development import BANK_KEY, open_in_process
from wellhead.chain.reverts import canonical_type
from wellhead.chain.service import Sender
from wellhead.db.base import Base

HARNESSES = Path(__file__).parents[1] / "artifacts"
GENESIS = 1_748_822_400
GAS = 95_000_000


class Libraries:
    """The harness contracts, each bound to its functions."""

    def __init__(self) -> None:
        engine = create_engine("sqlite://")
        Base.metadata.create_all(engine)
        sessions = sessionmaker(engine, expire_on_commit=False)
        self._sender = Sender(open_in_process(GENESIS), sessions, BANK_KEY)
        self._batch = self._create(read_artifact(HARNESSES / "Batch.json"))
        self._bound = {
            name: self._create(read_artifact(HARNESSES / f"{name}.json"))
            for name in ("LibraryHarness", "ShareHarness")
        }

    def ask(self, harness: str, function: str, questions: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """What `function` returns for each of the argument lists; AssertionError if it reverts for one."""
        contract = self._bound[harness]
        entry = next(each for each in contract.abi if each.get("name") == function)
        kinds = [canonical_type(each) for each in entry["outputs"]]
        data = [bytes.fromhex(contract.encode_abi(function, list(each))[2:]) for each in questions]
        succeeded, answers = self._batch.functions.ask(contract.address, data).call(
            {"from": self._sender.address, "gas": GAS}
        )
        for arguments, success, answer in zip(questions, succeeded, answers, strict=True):
            assert success, f"{harness}.{function}{tuple(arguments)} reverts with 0x{answer.hex()}"
        return [decode(kinds, answer) for answer in answers]

    def _create(self, artifact: Artifact) -> Any:
        call = ContractCall(None, artifact.bytecode, f"create {artifact.contract}")
        mined = self._sender.send(f"create:{artifact.contract}", call)
        return self._sender.chain.web3.eth.contract(mined.contract_address, abi=artifact.abi)
