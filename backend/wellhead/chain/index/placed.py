"""Which contracts a deployment has: those it begins with, and those that its events name."""

from collections.abc import Iterable
from dataclasses import dataclass

from eth_typing import HexAddress, HexStr
from eth_utils.address import to_checksum_address
from web3.types import Nonce
from web3.utils.address import get_create_address

from wellhead.chain.deployment import Deployment
from wellhead.chain.index.decode import Log, row_decoder
from wellhead.chain.index.schema import KIND_BY_CONTRACT, EventSchema, schema_of


@dataclass(frozen=True, slots=True)
class Placed:
    """A contract whose events are read."""

    address: str
    kind: str
    since_block: int


def first_contracts(deployment: Deployment) -> list[Placed]:
    """Those of the deployment that write events; LeaseToken's constructor created the offers."""
    at = deployment.contracts
    placed = [
        Placed(at[name], kind, deployment.first_block)
        for name, kind in KIND_BY_CONTRACT.items()
        if name in at
    ]
    offers = get_create_address(HexAddress(HexStr(at["LeaseToken"])), Nonce(1))
    return [*placed, Placed(str(offers), "LeaseOffers", deployment.first_block)]


def named_contracts(settlement: str, logs: Iterable[Log]) -> list[Placed]:
    """Share tokens that Settlement's events name, in order."""
    opened = schema_of("Settlement", "AssetOpened")
    share = 4 + [column.name for column in opened.columns].index("share")
    return [
        Placed(to_checksum_address(row[share]), "RevenueShare", row[0])
        for row in (row_decoder(opened)(log) for log in logs if _is(log, settlement, opened))
    ]


def _is(log: Log, address: str, schema: EventSchema) -> bool:
    return (log["topics"][:1], log["address"].lower()) == ([schema.topic], address.lower())
