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


@dataclass(frozen=True, slots=True)
class Document:
    """Where a document lies, the hash of its content, and when it was recorded, Unix seconds."""

    uri: str
    content_hash: bytes
    updated_at: int


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

    def release_devices(self, asset_id: int, device_ids: Sequence[bytes]) -> ContractCall:
        """Let go of devices (owner)."""
        return self.prepare("releaseDevices", asset_id, list(device_ids))

    def set_document(self, asset_id: int, name: bytes, uri: str, content_hash: bytes) -> ContractCall:
        """Record a document's address and hash under a name of 32 bytes (owner)."""
        return self.prepare("setDocument", asset_id, name, uri, content_hash)

    def remove_document(self, asset_id: int, name: bytes) -> ContractCall:
        """Take a document off the record (owner)."""
        return self.prepare("removeDocument", asset_id, name)

    def document_of(self, asset_id: int, name: bytes, block: int | str = "latest") -> Document:
        """A document by name; its hash is zero if there is none."""
        uri, content_hash, updated_at = self.read("getDocument", asset_id, name, block=block)
        return Document(str(uri), bytes(content_hash), int(updated_at))

    def asset_count(self, block: int | str = "latest") -> int:
        """Assets registered so far."""
        return int(self.read("assetCount", block=block))

    def asset_count_at(self, period: int, block: int | str = "latest") -> int:
        """Assets registered before the end of `period`."""
        return int(self.read("assetCountAt", period, block=block))

    def owner_of(self, asset_id: int, block: int | str = "latest") -> str:
        """The asset's owner."""
        return str(self.read("ownerOf", asset_id, block=block))

    def pinned_before(self, asset_id: int, block: int | str = "latest") -> int:
        """The last period sold or excused, plus one; 0 if none."""
        return int(self.read("pinnedBefore", asset_id, block=block))

    def changeable_from(self, asset_id: int, after_notice: bool, block: int | str = "latest") -> int:
        """First period that is not yet running, sold or excused, past the terms' notice if asked for."""
        return int(self.read("changeableFrom", asset_id, after_notice, block=block))

    def terms_version_at(self, asset_id: int, period: int, block: int | str = "latest") -> int:
        """Which of the asset's terms, from 0, are in force in `period`."""
        return int(self.read("termsVersionAt", asset_id, period, block=block))

    def evidence_at(self, asset_id: int, period: int, block: int | str = "latest") -> int:
        """Evidence level that the terms in force in `period` promise."""
        return int(self.read("evidenceAt", asset_id, period, block=block))

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

    def bound_asset_at(self, device_id: bytes, period: int, block: int | str = "latest") -> int | None:
        """The asset that the device was bound to when the period began; None: to none."""
        bound, asset_id = self.read("boundAssetAt", device_id, period, block=block)
        return int(asset_id) if bound else None

    def genesis(self) -> int:
        """First second of period 0."""
        return int(self.read("genesis"))

    def period_seconds(self) -> int:
        """Length of a period, in seconds."""
        return int(self.read("periodSeconds"))
