"""Reads every asset's announcements, and whose each device was, from the chain."""

from collections.abc import Mapping, Sequence

from wellhead.chain.follow import Follower
from wellhead.chain.system import System
from wellhead.registry.devices import Device
from wellhead.registry.facts import RegisteredAsset, assets_bound, assets_from

ANNOUNCEMENTS = ("AssetRegistered", "TermsAnnounced", "DevicesAnnounced", "ExcuseAnnounced")


def read_assets(system: System, follower: Follower) -> list[RegisteredAsset]:
    """All registered assets in order of id, as announced up to the newest block."""
    announced = follower.events(system.registry, *ANNOUNCEMENTS)
    opened = follower.events(system.settlement, "AssetOpened")
    return assets_from(((e.name, e.args) for e in announced), ((e.name, e.args) for e in opened))


def read_assets_bound(system: System, follower: Follower) -> dict[bytes, frozenset[int]]:
    """Every asset that a device was ever bound to, by the device's id, up to the newest block."""
    return assets_bound((e.name, e.args) for e in follower.events(system.registry, "DeviceBound"))


def bound_elsewhere(
    system: System,
    asset_id: int,
    devices: Sequence[Device],
    period: int,
    bound: Mapping[bytes, frozenset[int]],
) -> dict[int, int]:
    """Devices, by index, that were another asset's when a period that has begun did so, and whose.

    `bound` says which were ever another's; only of those the registry is asked. Its answer is final.
    """
    found = {}
    for device in devices:
        if bound.get(device.device_id, frozenset()) - {asset_id}:
            other = system.registry.bound_asset_at(device.device_id, period)
            if other is not None and other != asset_id:
                found[device.device_index] = other
    return found
