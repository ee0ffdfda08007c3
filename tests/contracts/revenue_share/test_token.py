"""RevenueShare as a token: ERC-20, ERC-2612, ERC-165, and clones that are set up once."""

import pytest
from tests.contracts.world import SUPPLY, address, key_of

from wellhead.chain.contract import ContractCall, creation
from wellhead.chain.eip712 import StructType
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import sign

A, B, OWNER = (address(name) for name in ("alice", "bob", "owner"))
PERMIT = StructType("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)")
DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


def domain_separator(share):
    parts = [DOMAIN_TYPE, b"Wellhead Revenue Share", b"1"]
    words = b"".join(keccak256(part) for part in parts) + share.world.chain.chain_id.to_bytes(32, "big")
    return keccak256(words + bytes.fromhex(share.token.address[2:]).rjust(32, b"\0"))


def digest(share, struct_hash):
    return keccak256(b"\x19\x01" + domain_separator(share) + struct_hash)


def permit(share, signer, spender, value, deadline, nonce=0):
    values = {"owner": address(signer), "spender": spender, "value": value, "nonce": nonce}
    signature = sign(key_of(signer), digest(share, PERMIT.hash(values | {"deadline": deadline})))
    return signature[64], signature[:32], signature[32:64]


def test_the_whole_supply_belongs_to_the_owner_at_first(share):
    token = share.token
    assert token.balance_of(OWNER) == token.total_supply() == SUPPLY == 10**24
    number = token.read("assetId")
    assert (token.read("decimals"), token.read("symbol")) == (18, f"WRS{number}")
    assert token.read("name") == f"Wellhead Revenue Share {number}"
    assert (token.read("issuer"), token.read("holders")) == (OWNER, 1)


def test_shares_move_and_allowances_are_used_up(share):
    share.move("owner", "alice", 5)
    assert share.event_names() == ["Transfer"]
    share.by("alice", "approve", B, 4)
    assert share.events("Approval") == [{"owner": A, "spender": B, "value": 4}]
    share.by("bob", "transferFrom", A, B, 3)
    assert [share.balance(name) for name in ("owner", "alice", "bob")] == [SUPPLY - 5, 2, 3]
    assert share.token.read("allowance", A, B) == 1
    over = {"spender": B, "allowance": 1, "needed": 2}
    share.refused("bob", "transferFrom", A, B, 2, error="ERC20InsufficientAllowance", **over)
    share.by("alice", "approve", B, 2**256 - 1)
    share.by("bob", "transferFrom", A, B, 1)
    assert share.token.read("allowance", A, B) == 2**256 - 1


def test_moving_more_than_held_is_refused(share):
    share.move("owner", "alice", 5)
    for amount in (6, SUPPLY + 1, 2**256 - 1):
        numbers = {"sender": A, "balance": 5, "needed": amount}
        share.refused("alice", "transfer", B, amount, error="ERC20InsufficientBalance", **numbers)


def test_the_zero_address_and_the_token_itself_receive_nothing(share):
    for receiver in ("0x" + "00" * 20, share.token.address):
        share.refused("owner", "transfer", receiver, 1, error="ERC20InvalidReceiver", receiver=receiver)


def test_the_zero_address_may_spend_nothing(share):
    zero = "0x" + "00" * 20
    share.refused("owner", "approve", zero, 1, error="ERC20InvalidSpender", spender=zero)


def test_a_transfer_to_oneself_changes_nothing(share):
    before = share.token.read("openRunOf", OWNER)
    share.move("owner", "owner", 10**20)
    assert share.token.read("openRunOf", OWNER) == before
    assert (share.balance("owner"), share.token.read("holders")) == (SUPPLY, 1)


def test_holders_are_counted_as_they_come_and_go(share):
    for sender, receiver, amount, count in [
        ("owner", "alice", 7, 2),
        ("owner", "alice", 7, 2),
        ("owner", "bob", 0, 2),
        ("alice", "bob", 14, 2),
        ("bob", "alice", 4, 3),
        ("bob", "owner", 10, 2),
        ("alice", "alice", 4, 2),
    ]:
        share.move(sender, receiver, amount)
        assert share.token.read("holders") == count


def test_it_says_which_interfaces_it_has(share):
    erc165, erc20, erc2612, erc7943 = "01ffc9a7", "36372b07", "9d8ff7da", "3edbb4c4"
    for known in (erc165, erc20, erc2612, erc7943):
        assert share.token.read("supportsInterface", bytes.fromhex(known))
    for unknown in ("ffffffff", "41c4fbad"):
        assert not share.token.read("supportsInterface", bytes.fromhex(unknown))


def test_erc_7943_has_exactly_the_functions_of_its_id(share):
    signatures = [
        "forcedTransfer(address,address,uint256)",
        "setFrozenTokens(address,uint256)",
        "canSend(address)",
        "canReceive(address)",
        "getFrozenTokens(address)",
        "canTransfer(address,address,uint256)",
    ]
    selectors = [int.from_bytes(keccak256(text.encode())[:4], "big") for text in signatures]
    mixed = 0
    for selector in selectors:
        mixed ^= selector
    assert mixed == 0x3EDBB4C4
    topics = {bytes(topic).hex() for topic in share.token._events}
    for text in ("ForcedTransfer(address,address,uint256)", "Frozen(address,uint256)"):
        assert keccak256(text.encode()).hex() in topics


def test_a_permit_is_an_approval_that_anybody_may_bring_once(share):
    deadline = share.world.now + 50
    signature = permit(share, "alice", B, 77, deadline)
    share.by("outsider", "permit", A, B, 77, deadline, *signature)
    assert (share.token.read("allowance", A, B), share.token.read("nonces", A)) == (77, 1)
    share.refused("outsider", "permit", A, B, 77, deadline, *signature, error="InvalidSignature", signer=A)


def test_a_permit_that_is_late_altered_or_of_another_clone_is_refused(stage, share):
    deadline = share.world.now + 50
    v, r, s = permit(share, "alice", B, 77, deadline)
    share.refused("bob", "permit", A, B, 78, deadline, v, r, s, error="InvalidSignature", signer=A)
    other = stage.share()
    assert other.token.read("DOMAIN_SEPARATOR") == domain_separator(other) != domain_separator(share)
    late = other.world.now - 1
    now = {"deadline": late, "timestamp": other.world.now}
    other.refused("bob", "permit", A, B, 77, late, v, r, s, error="SignatureExpired", **now)
    deadline = other.world.now + 50
    v, r, s = permit(share, "alice", B, 77, deadline)
    other.refused("bob", "permit", A, B, 77, deadline, v, r, s, error="InvalidSignature", signer=A)


def test_a_contract_permits_by_erc_1271(share):
    """A wallet that agrees with everything: it answers every call with the magic value."""
    agrees = bytes.fromhex("631626ba7e60e01b60005260206000f3")
    creator = bytes([0x60 + len(agrees) - 1]) + agrees + bytes.fromhex("600052")
    creator += bytes([0x60, len(agrees), 0x60, 32 - len(agrees), 0xF3])
    wallet = share.world.send("outsider", ContractCall(None, creator, "wallet")).contract_address
    share.by("outsider", "permit", wallet, B, 9, share.world.now + 50, 27, b"\1" * 32, b"\2" * 32)
    assert share.token.read("allowance", wallet, B) == 9


def test_the_domain_is_told_by_erc_5267(share):
    fields, name, version, chain_id, contract, salt, extensions = share.token.read("eip712Domain")
    assert (name, version, chain_id) == ("Wellhead Revenue Share", "1", share.world.chain.chain_id)
    assert (fields, contract, salt, extensions) == (b"\x0f", share.token.address, bytes(32), [])


@pytest.mark.parametrize("by_settlement", [True, False])
def test_a_share_is_set_up_once_and_its_implementation_never(stage, share, by_settlement):
    arguments = (1, OWNER, 1, share.vault, share.coin.address)
    for token in (share.token, type(share.token)(share.world.chain, stage.implementation)):
        call = token.prepare("initialize", *arguments)
        if by_settlement:
            share.world.refused("settlement", call, "AlreadyInitialized")
        else:
            share.world.refused("outsider", call, "NotSettlement", caller=address("outsider"))


def test_the_code_that_a_share_borrows_holds_nothing_itself(share):
    agency = type(share.token)(share.world.chain, share.stage.agency)
    assert share.token.read("agency") == agency.address
    assert agency.read("holders") == agency.read("assetId") == 0
    call = agency.prepare("initialize", 1, OWNER, 1, share.vault, share.coin.address)
    share.world.refused("settlement", call, "AlreadyInitialized")


def test_periods_longer_than_the_arithmetic_bears_are_refused(stage):
    arguments = (address("settlement"), stage.identities.address, 0, 1 << 22)
    call = creation("ShareAgency", arguments, stage.world.chain)
    stage.world.refused("deployer", call, "PeriodTooLong", periodSeconds=1 << 22, maximum=(1 << 22) - 1)
