"""Who may hold and who may do more: the identity registry's events against what stands on chain."""

from dataclasses import dataclass

from wellhead.audit.finding import Checklist
from wellhead.audit.history import Event, History, IdentityState

REGISTRY = "IdentityRegistry"


@dataclass(slots=True)
class ReplayedIdentity:
    """One account's record, as `identityOf` has it."""

    issued_at: int = 0
    expires_at: int = 0
    country: int = 0
    investor_class: int = 0
    frozen: bool = False
    powers: int = 0

    @property
    def state(self) -> IdentityState:
        """What the chain should say."""
        return IdentityState(
            self.issued_at, self.expires_at, self.country, self.investor_class, self.frozen, self.powers
        )


def check_identities(history: History, checklist: Checklist) -> None:
    """Codes CREDENTIAL, IDENTITY."""
    with checklist.section("Credentials, freezes, powers", REGISTRY):
        replayed = _replay(history, checklist)
        where = f"{REGISTRY} at block {history.last_block}"
        for account, identity in replayed.items():
            found = history.snapshot.identities.get(account)
            checklist.same("IDENTITY", f"account {account}", identity.state, found, where)


def _replay(history: History, checklist: Checklist) -> dict[str, ReplayedIdentity]:
    attestors: set[str] = set()
    replayed: dict[str, ReplayedIdentity] = {}
    for event in history.of(REGISTRY):
        args = event.args
        if event.name == "AttestorUpdated":
            (attestors.add if args["active"] else attestors.discard)(args["attestor"])
        elif "account" in args:
            identity = replayed.setdefault(args["account"], ReplayedIdentity())
            if event.name == "CredentialAccepted":
                _check_credential(event, identity, attestors, checklist)
            _apply(identity, event)
    return replayed


def _check_credential(
    event: Event, identity: ReplayedIdentity, attestors: set[str], checklist: Checklist
) -> None:
    args, subject = event.args, f"account {event.args['account']}"
    by = args["attestor"]
    checklist.holds(by in attestors, "CREDENTIAL", subject, "an active attestor", by, event.where)
    issued, expires, now = args["issuedAt"], args["expiresAt"], event.timestamp
    in_time = identity.issued_at < issued <= now < expires
    wanted = f"issued after {identity.issued_at} and until {now}, expiring later"
    checklist.holds(in_time, "CREDENTIAL", subject, wanted, f"{issued} to {expires}", event.where)


def _apply(identity: ReplayedIdentity, event: Event) -> None:
    args = event.args
    if event.name == "CredentialAccepted":
        identity.issued_at, identity.expires_at = args["issuedAt"], args["expiresAt"]
        identity.country, identity.investor_class = args["country"], args["investorClass"]
    elif event.name == "CredentialRevoked":
        identity.issued_at, identity.expires_at = args["revokedAt"], 0
    elif event.name == "AccountFrozen":
        identity.frozen = args["frozen"]
    elif event.name == "PowersUpdated":
        identity.powers = args["powers"]
