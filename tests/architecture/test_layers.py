"""Each step imports only what stands before it, and the rule bites (pyproject.toml, `tool.importlinter`)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def lint_imports(config: Path, backend: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package `wellhead` in `backend`."""
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--no-cache", "--config", config],
        env=os.environ | {"PYTHONPATH": str(backend)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def backend_copy(tmp_path, repo_root):
    """A copy of the package, to break."""
    ignored = shutil.ignore_patterns("artifacts", "__pycache__")
    shutil.copytree(repo_root / "backend/wellhead", tmp_path / "wellhead", ignore=ignored)
    shutil.copy(repo_root / "pyproject.toml", tmp_path)
    return tmp_path


def test_each_step_imports_only_what_stands_before_it(repo_root):
    result = lint_imports(repo_root / "pyproject.toml", repo_root / "backend")
    assert result.returncode == 0, result.stdout


def test_an_import_from_a_later_step_is_found(backend_copy):
    (backend_copy / "wellhead/errors.py").write_text('"""Broken."""\n\nimport wellhead.reports\n')
    result = lint_imports(backend_copy / "pyproject.toml", backend_copy)
    assert result.returncode == 1
    assert "wellhead.errors is not allowed to import wellhead.reports" in result.stdout


def test_a_package_outside_the_layers_is_found(backend_copy):
    (backend_copy / "wellhead/extra.py").write_text('"""Not in any layer."""\n')
    result = lint_imports(backend_copy / "pyproject.toml", backend_copy)
    assert result.returncode == 1
    assert "extra" in result.stdout


def test_modules_of_a_step_that_import_each_other_are_found(backend_copy):
    (backend_copy / "wellhead/reports/one.py").write_text('"""One."""\n\nimport wellhead.reports.two\n')
    (backend_copy / "wellhead/reports/two.py").write_text('"""Two."""\n\nimport wellhead.reports.one\n')
    result = lint_imports(backend_copy / "pyproject.toml", backend_copy)
    assert result.returncode == 1
    assert "No cycles are allowed in wellhead.reports" in result.stdout
