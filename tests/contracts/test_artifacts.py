"""The committed artifacts are what the sources compile to."""

import pytest

from wellhead.chain.artifacts import stale_artifacts
from wellhead.chain.compiler import compile_contracts


@pytest.fixture(scope="module")
def compiled(repo_root):
    return compile_contracts(repo_root)


def test_committed_artifacts_are_what_the_sources_compile_to_byte_for_byte(repo_root, compiled):
    assert stale_artifacts(repo_root, compiled) == []


def test_the_contracts_of_the_design_are_among_them(compiled):
    wanted = {"AssetRegistry", "IdentityRegistry", "LeaseToken", "RevenueShare", "ReportOracle", "Settlement"}
    assert wanted | {"Vault"} <= {artifact.contract for artifact in compiled}
