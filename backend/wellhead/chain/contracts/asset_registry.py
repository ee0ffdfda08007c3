"""AssetRegistry: terms, device lists, bindings, excuse ceilings."""

from collections.abc import Sequence
from dataclasses import dataclass

from wellhead.chain.contract import AbiStruct, ContractCall, ContractWrapper

MAINTENANCE, CURTAILMENT = 0, 1


@dataclass(frozen=True, slots=True)
class DeviceBinding:
    """Which asset and key a device works for; `bound_at` 0 if none."""

    asset_id: int
    agent_key: str
    bound_at: int


class AssetRegistryContract(ContractWrapper):
    """The assets."""

    artifact_name = "AssetRegistry"

    def register(self, terms: AbiStruct, devices: int, device_root: bytes) -> ContractCall:
        """Register the sender's asset."""
        return self.prepare("register", terms.as_tuple(), devices, device_root)

    def activate(self, asset_id: int) -> ContractCall:
        """Let the asset be opened (registrar)."""
        return self.prepare("activate", asset_id)

    def announce_terms(
        self, asset_id: int, from_period: int, current: AbiStruct, terms: AbiStruct
    ) -> ContractCall:
        """Announce other tenant-facing terms from a period on (owner)."""
        return self.prepare("announceTerms", asset_id, from_period, current.as_tuple(), terms.as_tuple())

    def announce_devices(
        self, asset_id: int, from_period: int, devices: int, device_root: bytes, current: AbiStruct
    ) -> ContractCall:
        """Announce another device list from a period on (owner)."""
        return self.prepare(
            "announceDevices", asset_id, from_period, devices, device_root, current.as_tuple()
        )

    def bind_devices(
        self,
        asset_id: int,
        device_ids: Sequence[bytes],
        agent_keys: Sequence[str],
        signatures: Sequence[bytes],
    ) -> ContractCall:
        """Bind devices by their agent keys' signatures (owner)."""
        return self.prepare("bindDevices", asset_id, list(device_ids), list(agent_keys), list(signatures))

    def announce_excused(
        self,
        asset_id: int,
        from_period: int,
        to_period: int,
        device_seconds: int,
        kind: int,
        terms: AbiStruct,
        grid_signature: bytes,
    ) -> ContractCall:
        """Announce excused device-seconds for each period of a run (owner)."""
        return self.prepare(
            "announceExcused",
            asset_id,
            from_period,
            to_period,
            device_seconds,
            kind,
            terms.as_tuple(),
            grid_signature,
        )

    def asset_count(self, block: int | str = "latest") -> int:
        """Assets registered so far."""
        return int(self.read("assetCount", block=block))

    def asset_count_at(self, period: int, block: int | str = "latest") -> int:
        """Assets registered before the end of `period`."""
        return int(self.read("assetCountAt", period, block=block))

    def owner_of(self, asset_id: int, block: int | str = "latest") -> str:
        """The asset's owner."""
        return str(self.read("ownerOf", asset_id, block=block))

    def terms_hash_at(self, asset_id: int, period: int, block: int | str = "latest") -> bytes:
        """Hash of the terms in force in `period`."""
        return bytes(self.read("termsHashAt", asset_id, period, block=block))

    def devices_at(self, asset_id: int, period: int, block: int | str = "latest") -> tuple[int, bytes]:
        """Number of devices and their root in `period`."""
        devices, root = self.read("devicesAt", asset_id, period, block=block)
        return int(devices), bytes(root)

    def excuse_ceiling_of(self, asset_id: int, period: int, block: int | str = "latest") -> int:
        """Excused device-seconds announced for `period`."""
        return int(self.read("excuseCeilingOf", asset_id, period, block=block))

    def binding_of(self, device_id: bytes, block: int | str = "latest") -> DeviceBinding:
        """What a device is bound to."""
        return DeviceBinding(*self.read("bindingOf", device_id, block=block))

    def genesis(self) -> int:
        """First second of period 0."""
        return int(self.read("genesis"))

    def period_seconds(self) -> int:
        """Length of a period, in seconds."""
        return int(self.read("periodSeconds"))
