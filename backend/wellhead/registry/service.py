"""Bringing an asset onto the chain: register, activate, bind its devices, open."""

from collections.abc import Sequence
from dataclasses import dataclass

from wellhead.chain.service import Sender
from wellhead.chain.system import System
from wellhead.errors import ChainError
from wellhead.registry.credentials import Credential, sign_credential
from wellhead.registry.devices import Binding, Device, build_device_tree, sign_binding
from wellhead.registry.terms import Terms, check_terms

BINDINGS_PER_TRANSACTION = 60


@dataclass(frozen=True)
class OpenedAsset:
    """An asset that can be sold: its terms, its devices, and where its money and shares live."""

    asset_id: int
    terms: Terms
    devices: tuple[Device, ...]
    owner: str
    vault: str
    share: str


def open_asset(
    system: System,
    owner: Sender,
    registrar: Sender,
    terms: Terms,
    devices: Sequence[Device],
    agent_keys: Sequence[bytes],
) -> OpenedAsset:
    """Register the owner's asset, bind every device by its agent key (32 bytes, in device order), open it.

    Raises TermsError for terms or devices that the registry would refuse, before anything is sent.
    """
    check_terms(terms, len(devices), system.deployment.period_seconds)
    root = build_device_tree(devices).root
    asset_id = system.registry.asset_count()
    owner.send(system.key_of("register", asset_id), system.registry.register(terms, len(devices), root))
    if system.registry.owner_of(asset_id) != owner.address:
        raise ChainError(f"asset {asset_id} was registered by {system.registry.owner_of(asset_id)} meanwhile")
    registrar.send(system.key_of("activate", asset_id), system.registry.activate(asset_id))
    _bind_devices(system, owner, asset_id, devices, agent_keys)
    registrar.send(system.key_of("open", asset_id), system.settlement.open_asset(asset_id, terms))
    book = system.settlement.book_of(asset_id)
    return OpenedAsset(asset_id, terms, tuple(devices), owner.address, book.vault, book.share)


def verify_investor(
    system: System,
    relayer: Sender,
    attestor_key: bytes,
    account: str,
    country: int,
    valid_seconds: int,
    investor_class: int = 1,
) -> None:
    """Issue and bring a credential for `account`, from the newest block's time on."""
    now = system.chain.timestamp()
    credential = Credential(account, country, investor_class, now, now + valid_seconds)
    signature = sign_credential(system.domain_of("IdentityRegistry"), credential, attestor_key)
    relayer.send(system.key_of("credential", account, now), system.identities.present(credential, signature))


def _bind_devices(
    system: System, owner: Sender, asset_id: int, devices: Sequence[Device], agent_keys: Sequence[bytes]
) -> None:
    domain = system.domain_of("AssetRegistry")
    signatures = [
        sign_binding(domain, Binding(device.device_id, owner.address, asset_id), key)
        for device, key in zip(devices, agent_keys, strict=True)
    ]
    for start in range(0, len(devices), BINDINGS_PER_TRANSACTION):
        batch = slice(start, start + BINDINGS_PER_TRANSACTION)
        owner.send(
            system.key_of("bind", asset_id, start),
            system.registry.bind_devices(
                asset_id,
                [device.device_id for device in devices[batch]],
                [device.agent_key for device in devices[batch]],
                signatures[batch],
            ),
        )
