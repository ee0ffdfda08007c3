"""Revert data as the Solidity error that it encodes: its name and its numbers."""

import ast
from functools import cache
from importlib.resources import files
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_tester.exceptions import TransactionFailed
from web3.exceptions import ContractLogicError

from wellhead.chain.artifacts import load_artifact
from wellhead.chain.keccak import keccak256
from wellhead.errors import ContractReverted

BUILT_IN = (("Error", (("reason", "string"),)), ("Panic", (("code", "uint256"),)))


REFUSALS = (ContractLogicError, TransactionFailed)
"""What a refused call raises: web3's own error, or eth-tester's on the in-process chain."""


def as_reverted(error: ContractLogicError | TransactionFailed, action: str) -> ContractReverted:
    """The typed error for what was raised while doing `action`."""
    data = _revert_data(error)
    if len(data) < 4:
        return ContractReverted(str(error) or "Reverted", action=action)
    return decode_revert(data, action)


def _revert_data(error: ContractLogicError | TransactionFailed) -> bytes:
    if isinstance(error, ContractLogicError):
        data = error.data
        return bytes.fromhex(data[2:]) if isinstance(data, str) and data.startswith("0x") else b""
    # eth-tester only has the data as the text of a bytes literal, after its own words
    _, _, literal = str(error).partition("execution reverted: ")
    if not literal.startswith(("b'", 'b"')):
        return b""
    value = ast.literal_eval(literal)
    return value if isinstance(value, bytes) else b""


def decode_revert(data: bytes, action: str = "") -> ContractReverted:
    """Revert data → typed error; unknown selectors keep their hex as the name."""
    known = _errors().get(data[:4])
    if known is None:
        return ContractReverted(f"0x{data[:4].hex()}", {"data": "0x" + data[4:].hex()}, action)
    name, inputs = known
    try:
        values = decode([kind for _, kind in inputs], data[4:])
    except DecodingError:
        return ContractReverted(name, {"data": "0x" + data[4:].hex()}, action)
    return ContractReverted(name, {n: _readable(v) for (n, _), v in zip(inputs, values, strict=True)}, action)


@cache
def _errors() -> dict[bytes, tuple[str, tuple[tuple[str, str], ...]]]:
    found: dict[bytes, tuple[str, tuple[tuple[str, str], ...]]] = {
        _selector(name, inputs): (name, inputs) for name, inputs in BUILT_IN
    }
    for file in (files("wellhead.chain") / "artifacts").iterdir():
        for entry in load_artifact(file.name.removesuffix(".json")).abi:
            if entry["type"] == "error":
                inputs = tuple((i["name"], canonical_type(i)) for i in entry["inputs"])
                found[_selector(entry["name"], inputs)] = (entry["name"], inputs)
    return found


def canonical_type(abi_input: dict[str, Any]) -> str:
    """The type of an ABI input as signatures spell it: tuples written out."""
    kind: str = abi_input["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(canonical_type(c) for c in abi_input['components'])}){kind.removeprefix('tuple')}"


def _selector(name: str, inputs: tuple[tuple[str, str], ...]) -> bytes:
    return keccak256(f"{name}({','.join(kind for _, kind in inputs)})".encode())[:4]


def _readable(value: Any) -> object:
    return "0x" + value.hex() if isinstance(value, bytes) else value
