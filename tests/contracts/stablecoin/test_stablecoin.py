"""The test coin behaves like USDC: decimals, domain, signed approvals and transfers, the issuer's powers.

Both signature forms, (v, r, s) and bytes, are put through the same cases. Selectors and type hashes are those
that USDC v2.2 has on chain.
"""

from itertools import count

import pytest
from eth_abi.abi import encode
from sqlalchemy.orm import sessionmaker

from wellhead.chain.artifacts import load_artifact
from wellhead.chain.contract import ContractCall, creation
from wellhead.chain.contracts.stablecoin import StablecoinContract
from wellhead.chain.development import BANK_KEY, fund_call, open_in_process
from wellhead.chain.eip712 import Domain, StructType
from wellhead.chain.keccak import keccak256
from wellhead.chain.reverts import canonical_type
from wellhead.chain.service import Sender
from wellhead.chain.signatures import address_of, sign
from wellhead.db.base import Base
from wellhead.db.engine import open_engine
from wellhead.errors import ContractReverted

MOVED = "address,address,uint256,uint256,uint256,bytes32"
SELECTORS = {
    ("transfer", "vrs"): (f"transferWithAuthorization({MOVED},uint8,bytes32,bytes32)", "e3ee160e"),
    ("receive", "vrs"): (f"receiveWithAuthorization({MOVED},uint8,bytes32,bytes32)", "ef55bec6"),
    ("cancel", "vrs"): ("cancelAuthorization(address,bytes32,uint8,bytes32,bytes32)", "5a049a70"),
    ("permit", "vrs"): ("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)", "d505accf"),
    ("transfer", "bytes"): (f"transferWithAuthorization({MOVED},bytes)", "cf092995"),
    ("receive", "bytes"): (f"receiveWithAuthorization({MOVED},bytes)", "88b7ab63"),
    ("cancel", "bytes"): ("cancelAuthorization(address,bytes32,bytes)", "b7b72899"),
    ("permit", "bytes"): ("permit(address,address,uint256,uint256,bytes)", "9fd5a6cf"),
    ("state", ""): ("authorizationState(address,bytes32)", "e94a0102"),
}
AUTHORIZATION = "(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
TYPES = {
    "transfer": StructType(f"TransferWithAuthorization{AUTHORIZATION}"),
    "receive": StructType(f"ReceiveWithAuthorization{AUTHORIZATION}"),
    "cancel": StructType("CancelAuthorization(address authorizer,bytes32 nonce)"),
    "permit": StructType(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    ),
}
TYPE_HASHES = {
    "transfer": "7c7c6cdb67a18743f49ec6fa9b35f50d52ed05cbed4cc592e13b44501c1a2267",
    "receive": "d099cc98ef71107a616c4f0f941f04c322d8e254fe26b3c6668db87aae413de8",
    "cancel": "158b0a9edf7a828aad02f63cd515c68ef2f50ba807396f6d12842833a1597429",
    "permit": "6e71edae12b1b97f4d1f60370fef10105fa2faae0126114a169c64845d6126c9",
}
AUTHORIZATION_USED = "98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5"

ANNA_KEY, BEN_KEY = keccak256(b"anna"), keccak256(b"ben")
ANNA, BEN = address_of(ANNA_KEY), address_of(BEN_KEY)
NONCE = keccak256(b"order 1")
GENESIS = 1_748_822_400
FUNDS = 1_000_000_000
numbers = count()
both_forms = pytest.mark.parametrize("form", ["vrs", "bytes"])


class Coin(StablecoinContract):
    """The coin, with calls by selector and messages signed by a key of choice."""

    def __init__(self, chain, address):
        super().__init__(chain, address)
        self.domain = Domain(chain.chain_id, address, "Test USD Coin", "2")

    def signed_call(self, act, form, key, arguments, **signed):
        """The call of `act` with its signature over `signed`, or over the very arguments."""
        struct = TYPES[act]
        names = [name for name, _ in struct.fields]
        values = signed or dict(zip(names, arguments, strict=True))
        signature = sign(key, self.domain.digest(struct.hash(values)))
        parts = (signature,) if form == "bytes" else (signature[64], signature[:32], signature[32:64])
        return self.call_of(act, form, (*arguments, *parts))

    def call_of(self, act, form, arguments):
        """ABI-encode by the signature in SELECTORS."""
        signature, selector = SELECTORS[act, form]
        kinds = signature[signature.index("(") + 1 : -1].split(",")
        data = bytes.fromhex(selector) + encode(kinds, arguments)
        return ContractCall(self.address, data, f"{act} in {form}")

    def authorization(self, value=70, after=-1_000, before=1_000, nonce=NONCE, sender=ANNA, receiver=BEN):
        """Fields of a transfer by authorization; times in seconds from now."""
        now = self.chain.timestamp()
        return sender, receiver, value, now + after, now + before, nonce

    def permission(self, deadline=1_000, value=70):
        """The arguments of a permit, and what is signed for it."""
        end = self.chain.timestamp() + deadline
        nonce = self.read("nonces", ANNA)
        signed = {"owner": ANNA, "spender": BEN, "value": value, "nonce": nonce, "deadline": end}
        return (ANNA, BEN, value, end), signed


@pytest.fixture(scope="module")
def senders(tmp_path_factory):
    """The bank, who issues the coin, and Ben, who can send too; Anna only ever signs."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('coin')}/sent.db")
    Base.metadata.create_all(engine)
    sessions = sessionmaker(engine, expire_on_commit=False)
    bank = Sender(open_in_process(GENESIS), sessions, BANK_KEY)
    bank.send("fund ben", ContractCall(**fund_call(BEN, 10**18), action="fund"))
    yield bank, Sender(bank.chain, sessions, BEN_KEY)
    engine.dispose()


@pytest.fixture
def send(senders):
    """Send a call once, from the bank (who is a stranger to Anna) unless Ben is asked to."""
    bank, ben = senders
    return lambda call, by_ben=False: (ben if by_ben else bank).send(f"call {next(numbers)}", call)


@pytest.fixture
def coin(senders, send):
    """A new coin of which Anna has a thousand."""
    created = send(creation("TestStablecoin", [], senders[0].chain))
    coin = Coin(senders[0].chain, created.contract_address)
    send(coin.mint(ANNA, FUNDS))
    return coin


def refused(send, call, by_ben=False):
    """Name of the error that the call reverts with."""
    with pytest.raises(ContractReverted) as caught:
        send(call, by_ben)
    return caught.value.name


def test_it_says_of_itself_what_usdc_says(coin):
    assert (coin.decimals(), coin.symbol(), coin.read("name")) == (6, "tUSDC", "Test USD Coin")
    assert coin.read("version") == "2"
    assert coin.read("DOMAIN_SEPARATOR") == coin.domain.separator
    assert coin.read("eip712Domain")[1:5] == ["Test USD Coin", "2", coin.chain.chain_id, coin.address]


@pytest.mark.parametrize("name", SELECTORS, ids="-".join)
def test_the_abi_has_the_selector(name):
    signature, selector = SELECTORS[name]
    assert keccak256(signature.encode())[:4].hex() == selector
    functions = [entry for entry in load_artifact("TestStablecoin").abi if entry["type"] == "function"]
    assert signature in {
        f"{entry['name']}({','.join(canonical_type(each) for each in entry['inputs'])})"
        for entry in functions
    }


def test_type_hashes_are_usdcs():
    assert {name: struct.type_hash.hex() for name, struct in TYPES.items()} == TYPE_HASHES


def test_plain_transfers_and_allowances_conserve_coins(coin, send):
    send(coin.mint(BEN, 50))
    send(coin.prepare("transfer", ANNA, 20), by_ben=True)
    assert (coin.balance_of(ANNA), coin.balance_of(BEN), coin.read("totalSupply")) == (
        FUNDS + 20,
        30,
        FUNDS + 50,
    )
    assert refused(send, coin.prepare("transfer", ANNA, 31), by_ben=True) == "ERC20InsufficientBalance"
    assert refused(send, coin.prepare("transferFrom", BEN, ANNA, 1)) == "ERC20InsufficientAllowance"
    send(coin.approve(coin.chain.caller, 5), by_ben=True)
    send(coin.prepare("transferFrom", BEN, ANNA, 5))
    assert coin.read("allowance", BEN, coin.chain.caller) == 0


@both_forms
def test_a_permit_approves_once(coin, send, form):
    arguments, signed = coin.permission()
    call = coin.signed_call("permit", form, ANNA_KEY, arguments, **signed)
    send(call)
    assert (coin.read("allowance", ANNA, BEN), coin.read("nonces", ANNA)) == (70, 1)
    assert refused(send, call) == "PermitSignatureInvalid"
    send(coin.prepare("transferFrom", ANNA, BEN, 70), by_ben=True)
    assert coin.balance_of(BEN) == 70


@both_forms
def test_a_permit_that_is_late_foreign_or_altered_is_refused(coin, send, form):
    arguments, signed = coin.permission(deadline=-1)
    call = coin.signed_call("permit", form, ANNA_KEY, arguments, **signed)
    assert refused(send, call) == "PermitExpired"
    arguments, signed = coin.permission()
    assert refused(send, coin.signed_call("permit", form, BEN_KEY, arguments, **signed)) == (
        "PermitSignatureInvalid"
    )
    altered = (*arguments[:2], 71, arguments[3])
    assert refused(send, coin.signed_call("permit", form, ANNA_KEY, altered, **signed)) == (
        "PermitSignatureInvalid"
    )
    assert (coin.read("allowance", ANNA, BEN), coin.read("nonces", ANNA)) == (0, 0)


@both_forms
@pytest.mark.parametrize("act", ["transfer", "receive"])
def test_an_authorization_moves_coins_exactly_once(coin, send, act, form):
    call = coin.signed_call(act, form, ANNA_KEY, coin.authorization())
    mined = send(call, by_ben=True)
    assert (coin.balance_of(ANNA), coin.balance_of(BEN)) == (FUNDS - 70, 70)
    assert coin.read("authorizationState", ANNA, NONCE) is True
    events = coin.events_between(mined.block, mined.block)
    assert [event.name for event in events] == ["AuthorizationUsed", "Transfer"]
    assert events[0].args == {"authorizer": ANNA, "nonce": NONCE}
    logs = coin.chain.logs_of(coin.address, mined.block, mined.block)
    assert bytes(logs[0]["topics"][0]).hex() == AUTHORIZATION_USED
    assert refused(send, call, by_ben=True) == "ERC3009UsedAuthorization"
    other = coin.signed_call(act, form, ANNA_KEY, coin.authorization(nonce=bytes(32)))
    send(other, by_ben=True)
    assert coin.balance_of(BEN) == 140


@both_forms
def test_anyone_may_bring_a_transfer_but_only_the_payee_a_receipt(coin, send, form):
    receipt = coin.signed_call("receive", form, ANNA_KEY, coin.authorization())
    assert refused(send, receipt) == "ERC20InvalidReceiver"
    send(coin.signed_call("transfer", form, ANNA_KEY, coin.authorization()))
    assert coin.balance_of(BEN) == 70


@both_forms
def test_a_transfers_signature_is_no_receipts_signature(coin, send, form):
    moved = coin.authorization()
    names = [name for name, _ in TYPES["transfer"].fields]
    signature = sign(
        ANNA_KEY, coin.domain.digest(TYPES["transfer"].hash(dict(zip(names, moved, strict=True))))
    )
    parts = (signature,) if form == "bytes" else (signature[64], signature[:32], signature[32:64])
    assert refused(send, coin.call_of("receive", form, (*moved, *parts)), by_ben=True) == (
        "ERC3009InvalidSignature"
    )


@both_forms
@pytest.mark.parametrize("act", ["transfer", "receive"])
@pytest.mark.parametrize("times", [{"before": -1}, {"after": 1_000, "before": 2_000}], ids=["late", "early"])
def test_an_authorization_outside_its_time_is_refused(coin, send, act, form, times):
    call = coin.signed_call(act, form, ANNA_KEY, coin.authorization(**times))
    assert refused(send, call, by_ben=True) == "ERC3009InvalidAuthorizationTime"
    assert coin.read("authorizationState", ANNA, NONCE) is False


@both_forms
@pytest.mark.parametrize("act", ["transfer", "receive"])
def test_an_authorization_that_is_foreign_or_altered_is_refused(coin, send, act, form):
    moved = coin.authorization()
    foreign = coin.signed_call(act, form, BEN_KEY, moved)
    signed = dict(zip([name for name, _ in TYPES[act].fields], moved, strict=True))
    altered = coin.signed_call(act, form, ANNA_KEY, (*moved[:2], 71, *moved[3:]), **signed)
    for call in (foreign, altered):
        assert refused(send, call, by_ben=True) == "ERC3009InvalidSignature"
    assert coin.balance_of(BEN) == 0


@both_forms
def test_a_signature_for_another_coin_or_chain_is_refused(coin, send, form):
    moved = coin.authorization()
    for domain in (
        Domain(coin.chain.chain_id + 1, coin.address, "Test USD Coin", "2"),
        Domain(coin.chain.chain_id, BEN, "Test USD Coin", "2"),
        Domain(coin.chain.chain_id, coin.address, "Test USD Coin", "1"),
    ):
        other = Coin(coin.chain, coin.address)
        other.domain = domain
        call = other.signed_call("transfer", form, ANNA_KEY, moved)
        assert refused(send, call) == "ERC3009InvalidSignature"


@both_forms
def test_a_canceled_authorization_moves_nothing(coin, send, form):
    call = coin.signed_call("transfer", form, ANNA_KEY, coin.authorization())
    assert refused(send, coin.signed_call("cancel", form, BEN_KEY, (ANNA, NONCE))) == (
        "ERC3009InvalidSignature"
    )
    cancel = coin.signed_call("cancel", form, ANNA_KEY, (ANNA, NONCE))
    mined = send(cancel)
    assert [e.name for e in coin.events_between(mined.block, mined.block)] == ["AuthorizationCanceled"]
    assert refused(send, call) == refused(send, cancel) == "ERC3009UsedAuthorization"
    assert (coin.balance_of(BEN), coin.read("authorizationState", ANNA, NONCE)) == (0, True)


@both_forms
def test_what_is_used_cannot_be_canceled(coin, send, form):
    send(coin.signed_call("transfer", form, ANNA_KEY, coin.authorization()))
    assert refused(send, coin.signed_call("cancel", form, ANNA_KEY, (ANNA, NONCE))) == (
        "ERC3009UsedAuthorization"
    )


@both_forms
@pytest.mark.parametrize("act", ["transfer", "receive"])
def test_blacklist_and_pause_stop_signed_transfers_and_lifting_lets_them_go_on(coin, send, act, form):
    call = coin.signed_call(act, form, ANNA_KEY, coin.authorization())
    for stop, lift, error in (
        (("setBlacklisted", ANNA, True), ("setBlacklisted", ANNA, False), "AccountBlacklisted"),
        (("setBlacklisted", BEN, True), ("setBlacklisted", BEN, False), "AccountBlacklisted"),
        (("setPaused", True), ("setPaused", False), "CoinPaused"),
    ):
        send(coin.prepare(*stop))
        assert refused(send, call, by_ben=True) == error
        assert coin.read("authorizationState", ANNA, NONCE) is False
        send(coin.prepare(*lift))
    send(call, by_ben=True)
    assert coin.balance_of(BEN) == 70


def test_blacklist_and_pause_stop_plain_transfers_too(coin, send):
    send(coin.mint(BEN, 9))
    for account in (BEN, ANNA):
        send(coin.prepare("setBlacklisted", account, True))
        assert refused(send, coin.prepare("transfer", ANNA, 1), by_ben=True) == "AccountBlacklisted"
        send(coin.prepare("setBlacklisted", account, False))
    send(coin.prepare("setPaused", True))
    assert refused(send, coin.prepare("transfer", ANNA, 1), by_ben=True) == "CoinPaused"


def test_only_the_issuer_pauses_and_blacklists(coin, send):
    for act in (("setPaused", True), ("setBlacklisted", ANNA, True)):
        assert refused(send, coin.prepare(*act), by_ben=True) == "NotIssuer"


def test_a_contract_wallet_signs_in_bytes_but_not_by_v_r_s(coin, send):
    agrees = bytes.fromhex("631626ba7e60e01b60005260206000f3")  # answers ERC-1271's magic value to anything
    creator = bytes([0x60 + len(agrees) - 1]) + agrees + bytes.fromhex("600052")
    creator += bytes([0x60, len(agrees), 0x60, 32 - len(agrees), 0xF3])
    wallet = send(ContractCall(None, creator, "create wallet")).contract_address
    send(coin.mint(wallet, 100))
    moved = coin.authorization(sender=wallet)
    assert refused(send, coin.signed_call("transfer", "vrs", ANNA_KEY, moved)) == "ERC3009InvalidSignature"
    send(coin.signed_call("transfer", "bytes", ANNA_KEY, moved))
    assert (coin.balance_of(wallet), coin.balance_of(BEN)) == (30, 70)


@both_forms
def test_a_pause_stops_approvals_and_cancellations_too(coin, send, form):
    cancel = coin.signed_call("cancel", form, ANNA_KEY, (ANNA, NONCE))
    send(coin.prepare("setPaused", True))
    assert refused(send, coin.approve(BEN, 5)) == "CoinPaused"
    assert refused(send, cancel) == "CoinPaused"
    send(coin.prepare("setPaused", False))
    send(cancel)
