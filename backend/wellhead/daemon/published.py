"""The folder of published files: where a member finds device lists and puts the bundles of posted reports."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from wellhead.errors import InputError
from wellhead.registry.devices import Device
from wellhead.registry.published import devices_path, parse_devices
from wellhead.reports.publish import PATHS


class PublishedFolder:
    """Files by their path in a bundle."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def device_list(self, asset_id: int, version: int) -> Sequence[Device] | None:
        """A list as published, unchecked against the chain; None if it is not here or malformed."""
        content = self.read(devices_path(asset_id, version))
        try:
            return None if content is None else parse_devices(devices_path(asset_id, version), content)
        except InputError:
            return None

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None if it is not here. Raises InputError for what is no path of a bundle."""
        if not re.fullmatch(PATHS, path):
            raise InputError(f"{path!r} is no path of a bundle")
        try:
            return self.folder.joinpath(path).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, files: Mapping[str, bytes]) -> int:
        """Put files in their places, each whole or not at all; returns how many were not there before."""
        written = 0
        for path, content in sorted(files.items()):
            if self.read(path) == content:
                continue
            target = self.folder.joinpath(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f"{target.name}.{os.getpid()}.new")
            beside.write_bytes(content)
            beside.replace(target)
            written += 1
        return written
