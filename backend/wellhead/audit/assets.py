"""Each asset as the registry's events tell it: owner, terms and device lists by period, excuses, bindings."""

from dataclasses import dataclass, field
from typing import Any

from wellhead.audit.history import Event, History
from wellhead.registry.terms import Terms

CURTAILMENT = 1


@dataclass(frozen=True, slots=True)
class TermsVersion:
    """Terms in force from a period on, as announced in full; `announced_hash` is what the chain keeps."""

    version: int
    from_period: int
    terms: Terms
    announced_hash: bytes
    where: str


@dataclass(frozen=True, slots=True)
class DeviceVersion:
    """A device list in force from a period on: how many devices, and their root."""

    version: int
    from_period: int
    devices: int
    root: bytes
    where: str


@dataclass(frozen=True, slots=True)
class Epoch:
    """A stretch of periods whose money lies in one vault, in one coin."""

    epoch: int
    from_period: int
    vault: str
    coin: str


@dataclass(slots=True)
class Asset:
    """One asset; `first_period` is None until it is opened."""

    asset_id: int
    owner: str
    registered_in: int
    terms: list[TermsVersion] = field(default_factory=list)
    lists: list[DeviceVersion] = field(default_factory=list)
    excuses: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(first period, last period, device-seconds in each, kind)."""
    epochs: list[Epoch] = field(default_factory=list)
    first_period: int | None = None

    def terms_at(self, period: int) -> TermsVersion:
        """Terms in force in a period that is not before registration."""
        return [v for v in self.terms if v.from_period <= period][-1]

    def epoch_at(self, period: int) -> Epoch:
        """The epoch of a period that is not before the opening."""
        return [e for e in self.epochs if e.from_period <= period][-1]

    def list_at(self, period: int) -> DeviceVersion:
        """Device list in force in a period that is not before registration."""
        return [v for v in self.lists if v.from_period <= period][-1]

    def excused_at(self, period: int, curtailment: bool) -> int:
        """Device-seconds of one kind announced for a period."""
        return sum(
            seconds
            for first, last, seconds, kind in self.excuses
            if first <= period <= last and (kind == CURTAILMENT) == curtailment
        )

    def ceiling_at(self, period: int) -> int:
        """Device-seconds that may be excused in a period."""
        return self.excused_at(period, False) + self.excused_at(period, True)


def terms_of(values: Any) -> Terms:
    """The terms that an event carries, as tuple or mapping in the struct's order; raises TermsError."""
    return Terms(*(values.values() if hasattr(values, "values") else values))


def assets_in(history: History) -> dict[int, Asset]:
    """All assets by id, in order of registration."""
    assets: dict[int, Asset] = {}
    for event in history.of("AssetRegistry"):
        if event.name == "AssetRegistered":
            period = history.clock.period_at(event.timestamp)
            assets[event.args["assetId"]] = Asset(event.args["assetId"], event.args["owner"], period)
        elif event.args.get("assetId") in assets:
            _apply(assets[event.args["assetId"]], event)
    for event in history.of("Settlement", "AssetOpened", "EpochStarted"):
        asset, args = assets[event.args["assetId"]], event.args
        if event.name == "AssetOpened":
            asset.first_period = args["firstPeriod"]
            asset.epochs.append(Epoch(0, args["firstPeriod"], args["vault"], args["coin"]))
        else:
            asset.epochs.append(Epoch(args["epoch"], args["fromPeriod"], args["vault"], args["coin"]))
    return assets


def _apply(asset: Asset, event: Event) -> None:
    args = event.args
    if event.name == "TermsAnnounced":
        asset.terms.append(
            TermsVersion(
                len(asset.terms), args["fromPeriod"], terms_of(args["terms"]), args["termsHash"], event.where
            )
        )
    elif event.name == "DevicesAnnounced":
        asset.lists.append(
            DeviceVersion(args["version"], args["fromPeriod"], args["devices"], args["root"], event.where)
        )
    elif event.name == "ExcuseAnnounced":
        asset.excuses.append((args["fromPeriod"], args["toPeriod"], args["deviceSeconds"], args["kind"]))


@dataclass(frozen=True, slots=True)
class Bindings:
    """Bindings of devices: which were ever made, and to which asset each device was bound when.

    `first_place`: of the first event that bound a device to an asset under a key; `changes`: since when a
    device was bound to which asset, None: to none.
    """

    first_place: dict[tuple[bytes, int, str], tuple[int, int]]
    changes: dict[bytes, list[tuple[int, int | None]]]

    def bound_by(self, device_id: bytes, asset_id: int, key: str, place: tuple[int, int]) -> bool:
        """Whether the device was bound like this before `place` in the chain's order."""
        bound = self.first_place.get((device_id, asset_id, key))
        return bound is not None and bound < place

    def asset_at(self, device_id: bytes, start: int) -> int | None:
        """To which asset the device was bound before `start`, a period's first second: as `boundAssetAt`."""
        found = None
        for timestamp, asset_id in self.changes.get(device_id, []):
            if timestamp < start:
                found = asset_id
        return found


def bindings_in(history: History) -> Bindings:
    """Every binding that was ever made, and every release."""
    places: dict[tuple[bytes, int, str], tuple[int, int]] = {}
    changes: dict[bytes, list[tuple[int, int | None]]] = {}
    for event in history.of("AssetRegistry", "DeviceBound", "DeviceReleased"):
        device_id, asset_id = event.args["deviceId"], event.args["assetId"]
        bound = event.name == "DeviceBound"
        if bound:
            places.setdefault((device_id, asset_id, event.args["agentKey"]), event.place)
        changes.setdefault(device_id, []).append((event.timestamp, asset_id if bound else None))
    return Bindings(places, changes)
