"""Reads every asset's announcements from the chain."""

from wellhead.chain.follow import Follower
from wellhead.chain.system import System
from wellhead.registry.facts import RegisteredAsset, assets_from

ANNOUNCEMENTS = ("AssetRegistered", "TermsAnnounced", "DevicesAnnounced", "ExcuseAnnounced")


def read_assets(system: System, follower: Follower) -> list[RegisteredAsset]:
    """All registered assets in order of id, as announced up to the newest block."""
    announced = follower.events(system.registry, *ANNOUNCEMENTS)
    opened = follower.events(system.settlement, "AssetOpened")
    return assets_from(((e.name, e.args) for e in announced), ((e.name, e.args) for e in opened))
