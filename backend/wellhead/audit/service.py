"""One audit: read the chain, read the published files, replay, compare."""

import os
from collections.abc import Callable
from pathlib import Path

from wellhead.audit.finding import AuditResult, Check
from wellhead.audit.replay import replay
from wellhead.audit.sync import read_history
from wellhead.chain.client import Chain
from wellhead.chain.deployment import Deployment
from wellhead.errors import InputError
from wellhead.reports.publish import PATHS

MAX_FILE_BYTES = 1 << 30
"""A larger published file is refused unread."""


def audit(
    chain: Chain,
    deployment: Deployment,
    published: Path,
    told: Callable[[Check], None] = lambda _: None,
) -> AuditResult:
    """Recompute a deployment from the chain and the folder of published files alone.

    `told` hears each check as it ends. Raises InputError where the deployment is not on this chain or the
    folder does not exist; everything else that is wrong is a finding.
    """
    files = read_published(published)
    return replay(read_history(chain, deployment), files, told)


def read_published(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` that a bundle may hold, by its path in the bundle; others are passed over."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no folder of published files")
    files = {}
    for directory, _, names in os.walk(folder):
        for name in names:
            file = Path(directory).joinpath(name)
            path = file.relative_to(folder).as_posix()
            if not PATHS.fullmatch(path):
                continue
            size = file.stat().st_size
            if size > MAX_FILE_BYTES:
                raise InputError(f"{path}: {size} bytes, at most {MAX_FILE_BYTES}")
            files[path] = file.read_bytes()
    return files
