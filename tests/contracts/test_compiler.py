"""The compiler behind py-solc-x: what it gives, and how it says what is wrong with a source."""

import json
import shutil
import subprocess

import pytest

from wellhead.chain.compiler import RUNTIME_BYTES_MAX, SOLC_VERSION, compile_contracts
from wellhead.errors import ArtifactError

HEADER = "// SPDX-License-Identifier: Apache-2.0\npragma solidity ^0.8.28;\n"


@pytest.fixture
def project(tmp_path, repo_root):
    """A folder with the compiler and no contracts; call it to write one and get the folder."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(repo_root / "scripts/solc.cjs", tmp_path / "scripts")
    (tmp_path / "node_modules").symlink_to(repo_root / "node_modules")

    def write(code, name="contracts/A.sol"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + code)
        return tmp_path

    return write


def test_only_concrete_contracts_have_artifacts_and_they_are_sorted(project):
    project("interface I {}", "contracts/interfaces/I.sol")
    project("library L { function f() internal pure returns (uint256) { return 1; } }", "contracts/L.sol")
    root = project('import "./L.sol"; abstract contract B {} contract Z is B {} contract C is B {}')
    assert [(each.contract, each.source) for each in compile_contracts(root)] == [
        ("C", "contracts/A.sol"),
        ("Z", "contracts/A.sol"),
    ]


def test_the_same_sources_give_the_same_artifacts_wherever_they_lie(project, tmp_path_factory):
    root = project("contract A { uint256 public immutable X; constructor() { X = 1; } }")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "deeper"
    shutil.copytree(root, elsewhere, symlinks=True)
    [artifact] = compile_contracts(root)
    assert compile_contracts(elsewhere) == [artifact]
    [(start, length)] = artifact.immutable_references
    assert length == 32
    assert artifact.deployed_bytecode[start : start + length] == bytes(32)
    assert artifact.compiler_version.startswith(f"{SOLC_VERSION}+commit.")


def test_openzeppelin_is_imported_by_name_and_its_warnings_are_not_ours(project):
    project('import "@openzeppelin/contracts/token/ERC20/ERC20.sol"; contract A is ERC20("a", "A") {}')
    root = project("", "contracts/Empty.sol")
    [artifact] = compile_contracts(root)
    assert {"transfer", "balanceOf"} <= {entry.get("name") for entry in artifact.abi}


def test_a_compile_error_is_an_artifact_error_with_file_line_and_message(project):
    root = project("contract A { uint8 x = 256; }")
    with pytest.raises(ArtifactError, match=r"(?s)TypeError.*256.*contracts/A\.sol:3"):
        compile_contracts(root)


def test_a_missing_import_is_named(project):
    root = project('import "./Nowhere.sol"; contract A {}')
    with pytest.raises(ArtifactError, match=r"contracts/Nowhere\.sol is not among the sources"):
        compile_contracts(root)


def test_a_warning_in_our_source_is_an_error(project):
    root = project("contract A { function f() external pure { uint256 unused; } }")
    with pytest.raises(ArtifactError, match="Warning: Unused local variable"):
        compile_contracts(root)


LARGE = f'contract A {{ bytes public constant X = hex"{"5b" * 25_000}"; }}'


def test_a_contract_above_the_size_limit_is_refused_with_its_size(project):
    with pytest.raises(ArtifactError, match=rf"A: 25\d\d\d bytes of runtime code, above {RUNTIME_BYTES_MAX}"):
        compile_contracts(project(LARGE))


def test_a_mock_may_be_above_the_size_limit(project):
    [artifact] = compile_contracts(project(LARGE, "contracts/mocks/A.sol"))
    assert len(artifact.deployed_bytecode) > RUNTIME_BYTES_MAX


def test_a_library_that_would_have_to_be_linked_is_refused(project):
    project("library L { function f() external pure returns (uint256) { return 1; } }", "contracts/L.sol")
    root = project('import "./L.sol"; contract A { function g() external pure { L.f(); } }')
    with pytest.raises(ArtifactError, match="A would have to be linked with L"):
        compile_contracts(root)


def test_two_contracts_of_one_name_are_refused(project):
    project("contract A {}", "contracts/B.sol")
    with pytest.raises(ArtifactError, match=r"contracts/A\.sol and contracts/B\.sol both define A"):
        compile_contracts(project("contract A {}"))


def test_a_compiler_that_does_not_run_is_named(project, tmp_path):
    root = project("contract A {}")
    with pytest.raises(ArtifactError, match="the compiler solc-native does not run"):
        compile_contracts(root, solc_binary=tmp_path / "solc-native")


def test_a_compiler_of_another_version_is_refused(project, tmp_path):
    other = tmp_path / "solc-other"
    other.write_text("#!/bin/sh\necho 'Version: 0.8.36+commit.12345678.Linux.g++'\n")
    other.chmod(0o755)
    with pytest.raises(
        ArtifactError, match=rf"is 0\.8\.36\+commit\.12345678, the sources want {SOLC_VERSION}"
    ):
        compile_contracts(project("contract A {}"), solc_binary=other)


def test_the_wrapper_reads_megabytes_from_a_pipe_and_answers_in_full(repo_root):
    padding = "// " + "x" * 97 + "\n"
    sources = {
        f"S{number}.sol": {"content": HEADER + padding * 2_000 + f"contract C{number} {{}}"}
        for number in range(20)
    }
    request = json.dumps(
        {
            "language": "Solidity",
            "sources": sources,
            "settings": {"outputSelection": {"*": {"*": ["abi", "metadata"]}}},
        }
    )
    assert len(request) > 4_000_000
    answer = subprocess.run(
        [repo_root / "scripts/solc.cjs", "--standard-json"],
        input=request,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(json.loads(answer.stdout)["contracts"]) == 20


def test_the_wrapper_refuses_options_that_it_does_not_know(repo_root):
    answer = subprocess.run(
        [repo_root / "scripts/solc.cjs", "--optimize"], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert "unrecognised option '--optimize'" in answer.stderr
