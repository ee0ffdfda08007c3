"""What is committed: no download addresses, locks that are complete, files of a size that can be read."""

import json
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from wellhead.chain.compiler import SOLC_VERSION

ROOT = Path(__file__).parents[2]
NOT_OURS = {".git", ".venv", "node_modules", ".cache", "build", "dist", "var", "__pycache__"}
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|yarnpkg\.com|soliditylang\.org/\w")
LINES_MAX = {".py": 400, ".sol": 300}


def own_files() -> Iterator[Path]:
    """Every file that could be committed."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [
            name for name in folders if name not in NOT_OURS and not name.endswith(("_cache", ".egg-info"))
        ]
        folders[:] = [name for name in folders if name != ".hypothesis"]
        yield from (Path(folder) / name for name in sorted(names))


def text_of(path: Path) -> str:
    """The file's text; bytes that are none become question marks."""
    return path.read_text(encoding="utf-8", errors="replace")


def requirements(lock: str) -> dict[str, tuple[str, str]]:
    """Version and the rest of the entry (marker and hashes) by name."""
    entries = text_of(ROOT / lock).replace("\\\n", " ").splitlines()
    pinned = [re.fullmatch(r"([a-z0-9-]+)==(\S+)(.*)", entry) for entry in entries]
    assert all(pinned), [entry for entry, match in zip(entries, pinned, strict=True) if not match]
    return {match[1]: (match[2], match[3]) for match in pinned if match}


def test_nothing_names_a_package_registry_or_download_host():
    named = {path.relative_to(ROOT).as_posix(): REGISTRY.search(text_of(path)) for path in own_files()}
    assert {name: match[0] for name, match in named.items() if match} == {}


def test_the_npm_lock_pins_by_integrity_and_records_no_address():
    packages = json.loads(text_of(ROOT / "package-lock.json"))["packages"]
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-node.lock", "requirements-tools.lock"])
def test_every_locked_requirement_is_pinned_and_hashed_and_names_no_index(lock):
    assert [name for name, (_, rest) in requirements(lock).items() if "--hash=sha256:" not in rest] == []


def test_the_lock_holds_everything_that_the_project_asks_for():
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    locked = requirements("requirements.lock")
    wanted = map(Requirement, project["project"]["dependencies"] + project["dependency-groups"]["dev"])
    unmet = [
        str(each)
        for each in wanted
        if each.name not in locked or not each.specifier.contains(locked[each.name][0], prereleases=True)
    ]
    assert unmet == []


def test_the_tools_lock_holds_the_tools_that_the_project_names():
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    locked = requirements("requirements-tools.lock")
    for each in map(Requirement, project["dependency-groups"]["tools"]):
        assert each.specifier.contains(locked[each.name][0])


def test_the_compiler_from_npm_is_the_version_that_the_sources_want():
    assert json.loads(text_of(ROOT / "package.json"))["devDependencies"]["solc"] == SOLC_VERSION


@pytest.mark.parametrize("suffix", sorted(LINES_MAX))
def test_no_file_is_too_long_to_read(suffix):
    counted = {path: len(text_of(path).splitlines()) for path in own_files() if path.suffix == suffix}
    assert counted
    limit = LINES_MAX[suffix]
    assert {path.relative_to(ROOT).as_posix(): n for path, n in counted.items() if n > limit} == {}
