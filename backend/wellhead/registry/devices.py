"""The devices of an asset in one period: struct hashes, the device root, and bindings of agent keys.

Sources: docs/protocol.md, "Device root"; EIP-712. The domain of a `Binding` is the AssetRegistry's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from eth_utils.address import is_address, to_checksum_address

from wellhead.chain.eip712 import Domain, StructType
from wellhead.chain.position_tree import DEVICE_TAG, PositionTree, build_position_tree, verify_path
from wellhead.chain.signatures import recover, sign
from wellhead.errors import TermsError

DEVICE_TYPE = StructType("Device(uint32 deviceIndex,bytes32 deviceId,address agentKey)")
"""EIP-712 type of a leaf of the device root."""

BINDING_TYPE = StructType("Binding(bytes32 deviceId,address owner,uint32 assetId)")
"""EIP-712 type that an agent key signs once, under the AssetRegistry's domain."""


def checked_address(name: str, value: str) -> str:
    """EIP-55 form of an address; raises TermsError naming what is not one."""
    if not (isinstance(value, str) and is_address(value)):
        raise TermsError(f"{name} = {value!r} is not an address")
    return to_checksum_address(value)


@dataclass(frozen=True, slots=True)
class Device:
    """One device of an asset: its position, `keccak256(lower-case UUID)`, and the key its readings carry."""

    device_index: int
    device_id: bytes
    agent_key: str

    def __post_init__(self) -> None:
        """Check widths and normalise the key's address; raises TermsError."""
        if not 0 <= self.device_index < 1 << 32:
            raise TermsError(f"device index {self.device_index} does not fit uint32")
        if len(self.device_id) != 32:
            raise TermsError(f"device {self.device_index}: id of {len(self.device_id)} bytes, not 32")
        object.__setattr__(
            self, "agent_key", checked_address(f"device {self.device_index}: key", self.agent_key)
        )


def device_hash(device: Device) -> bytes:
    """32-byte EIP-712 struct hash, the device's leaf in the device root."""
    return DEVICE_TYPE.hash(
        {"deviceIndex": device.device_index, "deviceId": device.device_id, "agentKey": device.agent_key}
    )


def check_devices(devices: Sequence[Device]) -> None:
    """Raise TermsError unless indices run 0 … n−1 and ids strictly increase."""
    for position, device in enumerate(devices):
        if device.device_index != position:
            raise TermsError(f"device at position {position} has index {device.device_index}")
        if position and device.device_id <= devices[position - 1].device_id:
            raise TermsError(
                f"device {position}: id 0x{device.device_id.hex()} is not above "
                f"its predecessor's 0x{devices[position - 1].device_id.hex()}"
            )


def build_device_tree(devices: Sequence[Device]) -> PositionTree:
    """The device tree (tag 0x03), checked; no device gives a root of 32 zero bytes."""
    check_devices(devices)
    return build_position_tree(DEVICE_TAG, {d.device_index: device_hash(d) for d in devices}, len(devices))


def verify_device(root: bytes, device: Device, path: Sequence[bytes], depth: int) -> bool:
    """Whether the device stands under the root; raises InputError for a path of the wrong length."""
    return verify_path(DEVICE_TAG, root, device_hash(device), device.device_index, path, depth)


@dataclass(frozen=True, slots=True)
class Binding:
    """An agent key's word that its device works for one owner's asset."""

    device_id: bytes
    owner: str
    asset_id: int


def binding_hash(binding: Binding) -> bytes:
    """32-byte EIP-712 struct hash; raises InputError for a field that does not fit."""
    owner = checked_address("binding's owner", binding.owner)
    return BINDING_TYPE.hash({"deviceId": binding.device_id, "owner": owner, "assetId": binding.asset_id})


def sign_binding(registry: Domain, binding: Binding, agent_key: bytes) -> bytes:
    """65-byte signature by the agent's private key under the AssetRegistry's domain."""
    return sign(agent_key, registry.digest(binding_hash(binding)))


def check_binding(registry: Domain, binding: Binding, signature: bytes, device: Device) -> None:
    """Raise TermsError unless `device`'s own key signed this binding of its own id."""
    if binding.device_id != device.device_id:
        raise TermsError(
            f"device {device.device_index}: binding is for 0x{binding.device_id.hex()}, "
            f"not 0x{device.device_id.hex()}"
        )
    signer = recover(registry.digest(binding_hash(binding)), signature)
    if signer != device.agent_key:
        raise TermsError(f"device {device.device_index}: binding signed by {signer}, not {device.agent_key}")
