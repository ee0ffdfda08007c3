"""Imports are followed by name; a contract's hash covers all that it is compiled from, nothing else."""

import pytest

from wellhead.chain.keccak import keccak256
from wellhead.chain.sources import contract_names, imports_of, read_sources, source_hash
from wellhead.errors import ArtifactError


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ('import "./B.sol";', "contracts/deep/B.sol"),
        ("import '../B.sol';", "contracts/B.sol"),
        ('import {B, C as D} from "../libraries/B.sol";', "contracts/libraries/B.sol"),
        ('import {\n  B\n} from "./B.sol";', "contracts/deep/B.sol"),
        ('import * as B from "./B.sol";', "contracts/deep/B.sol"),
        ('import "@openzeppelin/contracts/B.sol";', "@openzeppelin/contracts/B.sol"),
    ],
)
def test_every_form_of_import_is_followed(statement, expected):
    assert imports_of("contracts/deep/A.sol", f"// licence\n{statement}\ncontract A {{}}") == [expected]


@pytest.mark.parametrize(
    "text",
    ['// import "./B.sol";', '/* import "./B.sol"; */', "string constant s = \"import './B.sol';\";"],
)
def test_an_import_in_a_comment_or_a_string_is_none(text):
    assert imports_of("contracts/A.sol", text) == []


def write(root, text_by_name):
    for name, text in text_by_name.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_sources_are_read_from_contracts_and_node_modules_by_name(tmp_path):
    write(
        tmp_path,
        {
            "contracts/A.sol": 'import "./sub/B.sol"; import "@lib/C.sol";',
            "contracts/sub/B.sol": 'import "../A.sol";',
            "contracts/Unused.sol": "",
            "node_modules/@lib/C.sol": 'import "./D.sol";',
            "node_modules/@lib/D.sol": "",
        },
    )
    names = {"contracts/A.sol", "contracts/sub/B.sol", "@lib/C.sol", "@lib/D.sol"}
    assert read_sources(tmp_path, ["contracts/A.sol"]).keys() == names
    assert contract_names(tmp_path) == ["contracts/A.sol", "contracts/Unused.sol", "contracts/sub/B.sol"]


def test_a_source_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ArtifactError, match=r"contracts/Missing\.sol"):
        read_sources(tmp_path, ["contracts/Missing.sol"])


def test_a_repository_without_sources_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match="no Solidity sources"):
        contract_names(tmp_path)


SOURCES = {"contracts/A.sol": 'import "./B.sol";', "contracts/B.sol": "// b", "contracts/C.sol": "// c"}


def test_the_source_hash_is_the_documented_one():
    parts = [("contracts/A.sol", 'import "./B.sol";'), ("contracts/B.sol", "// b")]
    expected = keccak256(
        b"".join(keccak256(name.encode()) + keccak256(text.encode()) for name, text in parts)
    )
    assert source_hash("contracts/A.sol", SOURCES) == expected


@pytest.mark.parametrize(
    ("changed", "differs"),
    [("contracts/A.sol", True), ("contracts/B.sol", True), ("contracts/C.sol", False)],
)
def test_the_source_hash_covers_what_is_imported_and_nothing_else(changed, differs):
    edited = SOURCES | {changed: SOURCES[changed] + "\n"}
    assert (source_hash("contracts/A.sol", edited) != source_hash("contracts/A.sol", SOURCES)) == differs
