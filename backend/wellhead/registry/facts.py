"""What the registry's events say of each asset: terms, device lists and excuses by period. Pure.

The place of an announcement among the asset's own is its version, in the order of the chain.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wellhead.registry.published import Excused
from wellhead.registry.terms import Terms

CURTAILMENT = 1

Announcement = tuple[str, Mapping[str, Any]]
"""An event's name and arguments."""


@dataclass(frozen=True, slots=True)
class AnnouncedTerms:
    """Terms in force from a period on."""

    version: int
    from_period: int
    terms: Terms


@dataclass(frozen=True, slots=True)
class AnnouncedDevices:
    """A device list in force from a period on: how many, and their root."""

    version: int
    from_period: int
    devices: int
    root: bytes


@dataclass(slots=True)
class RegisteredAsset:
    """One asset; `opened_from` is the first period that can be sold, None until it is opened."""

    asset_id: int
    owner: str
    terms: list[AnnouncedTerms] = field(default_factory=list)
    lists: list[AnnouncedDevices] = field(default_factory=list)
    excuses: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(first period, last period, device-seconds in each, kind)."""
    opened_from: int | None = None

    def terms_at(self, period: int) -> AnnouncedTerms | None:
        """Terms in force in a period."""
        return next((v for v in reversed(self.terms) if v.from_period <= period), None)

    def list_at(self, period: int) -> AnnouncedDevices | None:
        """The device list in force in a period."""
        return next((v for v in reversed(self.lists) if v.from_period <= period), None)

    def excused_in(self, period: int) -> Excused:
        """Device-seconds announced for a period, by kind."""
        sums = [0, 0]
        for first, last, seconds, kind in self.excuses:
            if first <= period <= last:
                sums[kind == CURTAILMENT] += seconds
        return Excused(self.asset_id, period, *sums)

    def is_open_in(self, period: int) -> bool:
        """Whether the period is one that can be settled."""
        return self.opened_from is not None and self.opened_from <= period


def assets_from(
    registry: Iterable[Announcement], settlement: Iterable[Announcement]
) -> list[RegisteredAsset]:
    """All assets in order of id, from the registry's announcements and Settlement's openings."""
    assets: list[RegisteredAsset] = []
    for name, args in registry:
        if name == "AssetRegistered":
            assets.append(RegisteredAsset(args["assetId"], args["owner"]))
        else:
            _announce(assets[args["assetId"]], name, args)
    for _, args in settlement:
        assets[args["assetId"]].opened_from = args["firstPeriod"]
    return assets


def assets_bound(bindings: Iterable[Announcement]) -> dict[bytes, frozenset[int]]:
    """Every asset that a device was ever bound to, by the device's id, from the `DeviceBound` events."""
    bound: dict[bytes, set[int]] = {}
    for _, args in bindings:
        bound.setdefault(args["deviceId"], set()).add(args["assetId"])
    return {device_id: frozenset(assets) for device_id, assets in bound.items()}


def _announce(asset: RegisteredAsset, name: str, args: Mapping[str, Any]) -> None:
    if name == "TermsAnnounced":
        values = args["terms"]
        terms = Terms(*(values.values() if isinstance(values, Mapping) else values))
        asset.terms.append(AnnouncedTerms(len(asset.terms), args["fromPeriod"], terms))
    elif name == "DevicesAnnounced":
        asset.lists.append(
            AnnouncedDevices(args["version"], args["fromPeriod"], args["devices"], args["root"])
        )
    elif name == "ExcuseAnnounced":
        asset.excuses.append((args["fromPeriod"], args["toPeriod"], args["deviceSeconds"], args["kind"]))
