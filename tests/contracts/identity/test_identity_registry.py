"""IdentityRegistry: attestors' credentials, brought by anyone; revoking, freezing, and who may do what."""

from dataclasses import astuple, dataclass, replace
from itertools import count

import pytest
from sqlalchemy.orm import sessionmaker

from wellhead.chain.contract import ContractCall
from wellhead.chain.contracts.identity_registry import IdentityRegistryContract
from wellhead.chain.deployment import DeploymentPlan, deploy
from wellhead.chain.development import BANK_KEY, fund_call, open_in_process, travel
from wellhead.chain.eip712 import Domain, StructType
from wellhead.chain.keccak import keccak256
from wellhead.chain.service import Sender
from wellhead.chain.signatures import HALF_ORDER, address_of, sign
from wellhead.chain.windows import DEFAULT_WINDOWS
from wellhead.clock import PeriodClock
from wellhead.db.base import Base
from wellhead.db.engine import open_engine
from wellhead.errors import ContractReverted

GENESIS = 1_748_822_400
YEAR = 365 * 86_400
CREDENTIAL = StructType(
    "Credential(address account,uint16 country,uint8 investorClass,uint40 issuedAt,uint40 expiresAt)"
)
ATTESTOR_KEY, COMPLIANCE_KEY, STRANGER_KEY = (
    keccak256(name) for name in (b"attestor", b"agent", b"stranger")
)
ATTESTOR = address_of(ATTESTOR_KEY)
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
numbers = count()


@dataclass(frozen=True)
class Credential:
    account: str
    country: int
    investor_class: int
    issued_at: int
    expires_at: int

    def as_tuple(self):
        return astuple(self)

    def signed(self, domain, key=ATTESTOR_KEY):
        names = [name for name, _ in CREDENTIAL.fields]
        return sign(key, domain.digest(CREDENTIAL.hash(dict(zip(names, astuple(self), strict=True)))))


@pytest.fixture(scope="module")
def senders(tmp_path_factory):
    """The bank, who holds no role, and the compliance agent, on a chain of their own."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('identity')}/sent.db")
    Base.metadata.create_all(engine)
    sessions = sessionmaker(engine, expire_on_commit=False)
    bank = Sender(open_in_process(GENESIS), sessions, BANK_KEY)
    agent = Sender(bank.chain, sessions, COMPLIANCE_KEY)
    bank.send("fund agent", ContractCall(**fund_call(agent.address, 10**18), action="fund"))
    yield bank, agent
    engine.dispose()


@pytest.fixture(scope="module")
def identities(senders):
    """The registry of a whole deployment, with one attestor."""
    bank, agent = senders
    other = address_of(keccak256(b"other"))
    plan = DeploymentPlan(
        clock=PeriodClock(GENESIS, 86_400),
        windows=DEFAULT_WINDOWS,
        members=(other,),
        quorum=1,
        protocol=other,
        admin=other,
        registrar=other,
        compliance=agent.address,
        guardian=other,
        recovery=other,
    )
    registry = IdentityRegistryContract(bank.chain, deploy(bank, plan).contracts["IdentityRegistry"])
    agent.send("attestor", registry.set_attestor(ATTESTOR, True))
    return registry


@pytest.fixture
def send(senders):
    """Send a call once, from the bank or from the compliance agent."""
    bank, agent = senders
    return lambda call, as_agent=False: (agent if as_agent else bank).send(f"call {next(numbers)}", call)


@pytest.fixture
def domain(identities):
    return Domain(identities.chain.chain_id, identities.address)


@pytest.fixture
def credential(identities):
    """A good credential for an account that nobody knows yet, issued a minute ago."""
    now = identities.chain.timestamp()
    return Credential(address_of(keccak256(b"account %d" % next(numbers))), 276, 2, now - 60, now + YEAR)


def refused(send, call, as_agent=False):
    with pytest.raises(ContractReverted) as caught:
        send(call, as_agent)
    return caught.value.name


def test_an_attestors_credential_verifies_the_account(identities, send, domain, credential):
    assert identities.is_verified(credential.account) is False
    mined = send(identities.present(credential, credential.signed(domain)))
    assert identities.is_verified(credential.account) is True
    on_record = identities.read("identityOf", credential.account)
    assert on_record == (credential.issued_at, credential.expires_at, 276, 2, False, 0)
    (event,) = identities.events_between(mined.block, mined.block)
    assert (event.name, event.args["attestor"], event.args["account"]) == (
        "CredentialAccepted",
        ATTESTOR,
        credential.account,
    )
    assert event.args["sequence"] == identities.read("sequence")


def test_every_field_is_signed_for(identities, send, domain, credential):
    signature = credential.signed(domain)
    for field in ("country", "investor_class", "issued_at", "expires_at"):
        altered = replace(credential, **{field: getattr(credential, field) + 1})
        assert refused(send, identities.present(altered, signature)) == "NotAttestor"
    other = replace(credential, account=ATTESTOR)
    assert refused(send, identities.present(other, signature)) == "NotAttestor"
    assert identities.is_verified(credential.account) is False


def test_a_foreign_attestors_credential_is_refused(identities, send, domain, credential):
    signature = credential.signed(domain, STRANGER_KEY)
    with pytest.raises(ContractReverted) as caught:
        send(identities.present(credential, signature))
    assert caught.value.name == "NotAttestor"
    assert str(caught.value.args_by_name["signer"]).lower() == address_of(STRANGER_KEY).lower()


def test_a_signature_for_another_registry_or_chain_is_refused(identities, send, domain, credential):
    for elsewhere in (
        Domain(domain.chain_id + 1, domain.verifying_contract),
        Domain(domain.chain_id, ATTESTOR),
        Domain(domain.chain_id, domain.verifying_contract, version="2"),
    ):
        assert refused(send, identities.present(credential, credential.signed(elsewhere))) == "NotAttestor"


def test_malformed_signatures_are_refused(identities, send, domain, credential):
    signature = credential.signed(domain)
    high = (CURVE_ORDER - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
    assert int.from_bytes(high, "big") > HALF_ORDER
    flipped = signature[:32] + high + bytes([55 - signature[64]])
    assert refused(send, identities.present(credential, flipped)) == "ECDSAInvalidSignatureS"
    assert refused(send, identities.present(credential, signature[:64])) == "ECDSAInvalidSignatureLength"
    assert refused(send, identities.present(credential, b"")) == "ECDSAInvalidSignatureLength"
    assert refused(send, identities.present(credential, signature[:64] + b"\1")) == "ECDSAInvalidSignature"


def test_a_removed_attestor_signs_nothing_more_but_what_stands_stays(identities, send, domain, credential):
    key = keccak256(b"short-lived")
    send(identities.set_attestor(address_of(key), True), as_agent=True)
    send(identities.present(credential, credential.signed(domain, key)))
    send(identities.set_attestor(address_of(key), False), as_agent=True)
    newer = replace(credential, issued_at=credential.issued_at + 1)
    assert refused(send, identities.present(newer, newer.signed(domain, key))) == "NotAttestor"
    assert identities.is_verified(credential.account) is True


def test_an_expired_credential_is_refused(identities, send, domain, credential):
    late = replace(credential, expires_at=identities.chain.timestamp())
    assert refused(send, identities.present(late, late.signed(domain))) == "CredentialExpired"


def test_a_credential_from_the_future_is_refused(identities, send, domain, credential):
    early = replace(credential, issued_at=identities.chain.timestamp() + 3_600)
    assert refused(send, identities.present(early, early.signed(domain))) == "CredentialFromFuture"


def test_a_credential_ends_by_itself(identities, send, domain, credential):
    short = replace(credential, expires_at=identities.chain.timestamp() + 600)
    send(identities.present(short, short.signed(domain)))
    travel(identities.chain, short.expires_at - 1)
    assert identities.is_verified(short.account) is True
    travel(identities.chain, short.expires_at)
    assert identities.is_verified(short.account) is False


def test_only_a_newer_credential_replaces_one(identities, send, domain, credential):
    send(identities.present(credential, credential.signed(domain)))
    for issued_at in (credential.issued_at, credential.issued_at - 1):
        old = replace(credential, issued_at=issued_at, country=840)
        assert refused(send, identities.present(old, old.signed(domain))) == "CredentialNotNewer"
    newer = replace(credential, issued_at=credential.issued_at + 1, country=840)
    send(identities.present(newer, newer.signed(domain)))
    assert identities.read("identityOf", credential.account)[2] == 840


def test_no_older_credential_undoes_a_revocation(identities, send, domain, credential):
    unused = replace(credential, issued_at=credential.issued_at + 1)
    send(identities.present(credential, credential.signed(domain)))
    mined = send(identities.revoke(credential.account), as_agent=True)
    revoked_at = identities.chain.timestamp_of(mined.block)
    assert identities.is_verified(credential.account) is False
    at_once = replace(credential, issued_at=revoked_at)
    for old in (credential, unused, at_once):
        assert refused(send, identities.present(old, old.signed(domain))) == "CredentialNotNewer"
    travel(identities.chain, revoked_at + 10)
    fresh = replace(credential, issued_at=revoked_at + 1)
    send(identities.present(fresh, fresh.signed(domain)))
    assert identities.is_verified(credential.account) is True


def test_revoking_an_account_beforehand_blocks_the_credentials_issued_until_then(
    identities, send, domain, credential
):
    send(identities.revoke(credential.account), as_agent=True)
    assert refused(send, identities.present(credential, credential.signed(domain))) == "CredentialNotNewer"


def test_a_freeze_holds_through_credentials_and_revocations_until_it_is_lifted(
    identities, send, domain, credential
):
    def is_frozen():
        return identities.read("isFrozen", credential.account)

    assert is_frozen() is False
    send(identities.set_frozen(credential.account, True), as_agent=True)
    send(identities.present(credential, credential.signed(domain)))
    assert (is_frozen(), identities.is_verified(credential.account)) == (True, True)
    send(identities.revoke(credential.account), as_agent=True)
    assert is_frozen() is True
    send(identities.set_frozen(credential.account, False), as_agent=True)
    assert is_frozen() is False


def test_only_compliance_revokes_freezes_and_names_attestors(identities, send, credential):
    stranger = address_of(STRANGER_KEY)
    for call in (
        identities.revoke(credential.account),
        identities.set_frozen(credential.account, True),
        identities.set_attestor(stranger, True),
    ):
        assert refused(send, call) == "AccessManagedUnauthorized"
    assert identities.read("isAttestor", stranger) is False
    assert identities.read("identityOf", credential.account) == (0, 0, 0, 0, False, 0)


def test_events_are_numbered_without_a_gap(identities, send, domain, credential):
    before = identities.read("sequence")
    first = identities.chain.block_number() + 1
    send(identities.present(credential, credential.signed(domain)))
    send(identities.set_frozen(credential.account, True), as_agent=True)
    send(identities.revoke(credential.account), as_agent=True)
    events = identities.events_between(first, identities.chain.block_number())
    assert [(e.name, e.args["sequence"] - before) for e in events] == [
        ("CredentialAccepted", 1),
        ("AccountFrozen", 2),
        ("CredentialRevoked", 3),
    ]
