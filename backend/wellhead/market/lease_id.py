"""A series' ERC-1155 id: `assetId << 160 | period << 128 | price` (twin of `LeaseId.sol`)."""

from wellhead.errors import InputError


def encode_lease_id(asset_id: int, period: int, price: int) -> int:
    """The id of a series; `price` in base units per unit. Raises InputError for a field that does not fit."""
    for name, value, bits in (("assetId", asset_id, 32), ("period", period, 32), ("price", price, 128)):
        if not 0 <= value < 1 << bits:
            raise InputError(f"{name} = {value} does not fit uint{bits}")
    return asset_id << 160 | period << 128 | price


def lease_parts(lease_id: int) -> tuple[int, int, int]:
    """Asset id, period and price of a series; raises InputError for what is no series."""
    if not 0 <= lease_id < 1 << 192:
        raise InputError(f"{lease_id:#x} is no lease id")
    return lease_id >> 160, lease_id >> 128 & 0xFFFFFFFF, lease_id & ((1 << 128) - 1)
