"""Artifacts survive their file, and files are compared with what the compiler gave byte for byte."""

from dataclasses import replace

import pytest

from wellhead.chain.artifacts import (
    Artifact,
    decode_artifact,
    encode_artifact,
    load_artifact,
    read_artifact,
    stale_artifacts,
    write_artifacts,
)
from wellhead.errors import ArtifactError

COIN = Artifact(
    contract="Coin",
    source="contracts/Coin.sol",
    abi=({"type": "function", "name": "mint", "inputs": []},),
    bytecode=bytes.fromhex("6001"),
    deployed_bytecode=bytes.fromhex("00" * 40),
    immutable_references=((2, 32),),
    source_hash=bytes(range(32)),
    compiler_version="0.8.37+commit.00000000",
    compiler_settings={"viaIR": False},
)
PATH = "backend/wellhead/chain/artifacts/Coin.json"


def test_an_artifact_survives_its_file():
    assert decode_artifact("Coin.json", encode_artifact(COIN)) == COIN


@pytest.mark.parametrize(
    ("old", "new"),
    [('"abi"', '"abbi"'), ('"0x6001"', '"6001"'), ('"0x6001"', '"0x600"'), ('"0x6001"', "7"), ("{", "")],
)
def test_a_malformed_artifact_is_named(old, new):
    text = encode_artifact(COIN).replace(old, new, 1)
    with pytest.raises(ArtifactError, match=r"Coin\.json is not an artifact"):
        decode_artifact("Coin.json", text)


def test_a_missing_contract_is_named():
    with pytest.raises(ArtifactError, match=r"no compiled contract Nothing\.json"):
        load_artifact("Nothing")


def test_written_artifacts_are_fresh_and_writing_again_changes_nothing(tmp_path):
    assert [path.as_posix() for path in write_artifacts(tmp_path, [COIN])] == [PATH]
    assert stale_artifacts(tmp_path, [COIN]) == []
    assert write_artifacts(tmp_path, [COIN]) == []
    assert read_artifact(tmp_path / PATH) == COIN


def test_one_changed_byte_in_a_file_is_stale(tmp_path):
    write_artifacts(tmp_path, [COIN])
    (tmp_path / PATH).write_text(encode_artifact(COIN) + "\n")
    assert stale_artifacts(tmp_path, [COIN]) == [f"{PATH}: not what its source compiles to"]


def test_missing_and_left_over_files_are_stale_and_writing_mends_both(tmp_path):
    write_artifacts(tmp_path, [COIN])
    bill = replace(COIN, contract="Bill")
    assert stale_artifacts(tmp_path, [bill]) == [
        f"{PATH.replace('Coin', 'Bill')}: missing",
        f"{PATH}: no source gives this contract",
    ]
    write_artifacts(tmp_path, [bill])
    assert stale_artifacts(tmp_path, [bill]) == []
    assert not (tmp_path / PATH).exists()


def test_harness_contracts_stay_out_of_the_package(tmp_path):
    harness = replace(COIN, source="contracts/mocks/harness/Coin.sol")
    assert [path.as_posix() for path in write_artifacts(tmp_path, [harness])] == ["tests/artifacts/Coin.json"]
