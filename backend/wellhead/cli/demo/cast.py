"""Who plays in the demonstration. Their keys come from their names: worthless anywhere else."""

from dataclasses import dataclass

from sqlalchemy.orm import Session, sessionmaker

from wellhead.chain.client import Chain
from wellhead.chain.contract import ContractCall
from wellhead.chain.development import BANK_KEY
from wellhead.chain.keccak import keccak256
from wellhead.chain.service import Sender
from wellhead.chain.signatures import address_of

MEMBERS = 3
QUORUM = 2
PLAYERS = ("operator", "owner", "tenant-1", "tenant-2", "investor-1", "investor-2", "keeper")
POCKET_MONEY_WEI = 10**19


def key_named(name: str) -> bytes:
    """The 32-byte private key of a player or device."""
    return keccak256(f"wellhead demo {name}".encode())


@dataclass(frozen=True)
class Cast:
    """A sender for each player, and the members' keys."""

    senders: dict[str, Sender]
    member_keys: tuple[bytes, ...]
    protocol: str

    def __getitem__(self, name: str) -> Sender:
        """The sender of a player."""
        return self.senders[name]


def gather(chain: Chain, sessions: sessionmaker[Session]) -> Cast:
    """Give every player a key and some native coin for gas."""
    bank = Sender(chain, sessions, BANK_KEY)
    senders = {name: Sender(chain, sessions, key_named(name)) for name in PLAYERS}
    for name, sender in senders.items():
        call = ContractCall(sender.address, b"", f"gas for {name}", POCKET_MONEY_WEI)
        bank.send(f"gas:{name}:{chain.block_number()}", call)
    members = tuple(key_named(f"member-{number}") for number in range(1, MEMBERS + 1))
    return Cast(senders, members, address_of(key_named("protocol")))
