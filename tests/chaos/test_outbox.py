"""The outbox on a node that mines when told to, with SQLite and with PostgreSQL."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from zlib import crc32

import pytest
from eth_account import Account
from eth_utils import to_checksum_address
from sqlalchemy import select
from tests.chaos.node import mine, rpc, run_node
from tests.chaos.proxy import Fault, Faults, Proxy
from tests.chaos.rig import GWEI, Rig

from wellhead.chain.answers import Verdict
from wellhead.chain.client import connect_rpc
from wellhead.chain.contract import ContractCall
from wellhead.chain.development import BANK_KEY
from wellhead.chain.fees import FeePolicy, raised
from wellhead.chain.lease import KeyBusy, Lease, LeaseLost
from wellhead.chain.models import TransactionAttempt, TransactionIntent
from wellhead.chain.outbox import Outbox
from wellhead.chain.points import Point, nobody
from wellhead.chain.service import DryRun, Sender
from wellhead.chain.signatures import address_of
from wellhead.chain.states import State
from wellhead.db.base import Base
from wellhead.errors import ChainError, ContractReverted, StateError

CAP = 20 * GWEI


@pytest.fixture(scope="module")
def node() -> Iterator[str]:
    with run_node("--no-mining", "--slots-in-an-epoch", "1") as url:
        yield url


@pytest.fixture
def proxy(node: str) -> Iterator[Proxy]:
    serving = Proxy(node)
    with serving:
        yield serving


@pytest.fixture
def rig(node: str, proxy: Proxy, database_url: str, request: pytest.FixtureRequest) -> Rig:
    rpc(node, "anvil_setNextBlockBaseFeePerGas", hex(GWEI))
    mine(node)
    seed = crc32(request.node.nodeid.encode())
    return Rig(node, proxy.url, database_url, seed, FeePolicy(cap=CAP))


@pytest.fixture
def outbox(rig: Rig) -> Iterator[Outbox]:
    opened = rig.outbox()
    yield opened
    opened.sessions.kw["bind"].dispose()


def attempts(outbox: Outbox) -> list[TransactionAttempt]:
    with outbox.sessions() as session:
        return list(session.scalars(select(TransactionAttempt).order_by(TransactionAttempt.id)))


def states(rig: Rig, outbox: Outbox, *numbers: int) -> list[State]:
    known = outbox.outcomes([rig.request(number).key for number in numbers])
    return [known[rig.request(number).key].state for number in numbers]


def foreign(rig: Rig, nonce: int, max_fee: int = 50 * GWEI) -> str:
    """Hash of somebody else's transaction by the same key, in the pool."""
    fees = {"maxFeePerGas": max_fee, "maxPriorityFeePerGas": 2 * GWEI}
    fields = {"chainId": 31337, "nonce": nonce, "gas": 21_000, "to": rig.signer.address, "value": 0}
    raw = bytes(Account.sign_transaction({**fields, **fees}, rig.key).raw_transaction)
    return str(rpc(rig.node_url, "eth_sendRawTransaction", "0x" + raw.hex()))


def test_a_payment_is_signed_then_in_flight_then_mined_then_final(rig: Rig, outbox: Outbox) -> None:
    outbox.submit([rig.request(0)])
    assert states(rig, outbox, 0) == [State.IN_FLIGHT]
    mine(rig.node_url)
    assert outbox.step().found == 1
    assert states(rig, outbox, 0) == [State.MINED]
    mine(rig.node_url, 2)
    assert outbox.step().open == 0
    assert states(rig, outbox, 0) == [State.FINAL]
    assert rig.tally([0]) == {"double": 0, "lost": 0}


def test_signed_bytes_are_committed_before_anything_leaves(rig: Rig, proxy: Proxy) -> None:
    seen: list[tuple[int, int]] = []

    def at(point: Point) -> None:
        if point is Point.COMMITTED:
            seen.append((len(attempts(other)), len(proxy.sent)))

    other, outbox = rig.outbox(), rig.outbox(at)
    outbox.submit(rig.requests(range(3)))
    assert seen == [(3, 0)]
    assert len(proxy.sent) == 3
    for each in (other, outbox):
        each.sessions.kw["bind"].dispose()


def test_the_same_keys_again_do_nothing_and_another_call_is_refused(
    rig: Rig, outbox: Outbox, proxy: Proxy
) -> None:
    outbox.submit(rig.requests([0, 1, 0]))
    outbox.submit(rig.requests([1, 2]))
    assert len(proxy.sent) == len(attempts(outbox)) == 3
    mixed_up = type(rig.request(0))(rig.request(0).key, rig.request(1).call, 21_000)
    with pytest.raises(StateError, match="was used for payment 0, not for this payment 1"):
        outbox.submit([mixed_up])
    with pytest.raises(StateError, match="was used for payment 3"):
        outbox.submit([rig.request(3), type(rig.request(3))(rig.request(3).key, rig.request(1).call, 21_000)])


@pytest.mark.parametrize("fault", Fault)
def test_a_lost_answer_is_unknown_and_resolved_by_the_own_hash(
    rig: Rig, outbox: Outbox, proxy: Proxy, fault: Fault
) -> None:
    proxy.faults = Faults(after_sending={fault: 1.0}, timeout_seconds=0.01)
    outbox.submit([rig.request(0)])
    assert states(rig, outbox, 0) == [State.SIGNED]
    assert attempts(outbox)[0].answer == Verdict.UNKNOWN
    proxy.faults = Faults()
    mine(rig.node_url)
    outbox.step()
    assert states(rig, outbox, 0) == [State.MINED]
    assert len(attempts(outbox)) == 1


@pytest.mark.parametrize("fault", Fault)
def test_bytes_that_never_arrived_are_sent_again_as_they_are(
    rig: Rig, outbox: Outbox, proxy: Proxy, fault: Fault
) -> None:
    proxy.faults = Faults(instead_of_sending={fault: 1.0}, timeout_seconds=0.01)
    outbox.submit([rig.request(0)])
    proxy.faults = Faults()
    assert outbox.step().resent == 1
    assert states(rig, outbox, 0) == [State.IN_FLIGHT]
    assert proxy.sent[0] == proxy.sent[1]


def test_a_process_that_comes_after_sends_what_was_signed(rig: Rig, outbox: Outbox, proxy: Proxy) -> None:
    proxy.faults = Faults(instead_of_sending={Fault.DROP: 1.0})
    outbox.submit(rig.requests(range(3)))
    proxy.faults = Faults()
    later = rig.outbox()
    assert later.resume().resent == 3
    assert proxy.sent[:3] == proxy.sent[3:]
    assert rig.settle(later, range(3)) == 1
    later.sessions.kw["bind"].dispose()


def test_both_fees_rise_by_an_eighth_after_three_blocks_and_never_above_the_cap(
    rig: Rig, outbox: Outbox
) -> None:
    outbox.submit([rig.request(0)])
    for _ in range(40):
        rpc(rig.node_url, "anvil_setNextBlockBaseFeePerGas", hex(2 * CAP))
        mine(rig.node_url)
        outbox.step()
    signed = attempts(outbox)
    assert len(signed) > 1
    for before, after in pairwise(signed):
        assert after.signed_at_block - before.signed_at_block == 3
        assert after.max_fee >= raised(before.max_fee)
        assert after.tip >= raised(before.tip)
    assert signed[-1].max_fee == CAP
    rpc(rig.node_url, "anvil_setNextBlockBaseFeePerGas", hex(CAP))
    outbox.step()
    mine(rig.node_url)
    rpc(rig.node_url, "anvil_setNextBlockBaseFeePerGas", hex(CAP))
    outbox.step()
    mine(rig.node_url)
    outbox.step()
    assert states(rig, outbox, 0) == [State.MINED]


def test_an_earlier_attempt_that_is_mined_counts(rig: Rig, outbox: Outbox, proxy: Proxy) -> None:
    outbox.submit([rig.request(0)])
    first = proxy.sent[0]
    for _ in range(3):
        rpc(rig.node_url, "anvil_setNextBlockBaseFeePerGas", hex(10 * GWEI))
        mine(rig.node_url)
    proxy.faults = Faults(instead_of_sending={Fault.DROP: 1.0})
    assert outbox.step().bumped == 1
    for _ in range(2):  # the pool takes it for the second block's base fee; real ones never dropped it
        rpc(rig.node_url, "anvil_setNextBlockBaseFeePerGas", hex(GWEI))
        mine(rig.node_url)
        with suppress(RuntimeError):
            rpc(rig.node_url, "eth_sendRawTransaction", "0x" + first.hex())
    mine(rig.node_url)
    outbox.step()
    outcome = outbox.outcome(rig.request(0).key)
    assert outcome is not None
    assert outcome.state is State.MINED
    assert outcome.transaction_hash == attempts(outbox)[0].transaction_hash


def test_nonces_that_others_used_are_adopted(rig: Rig, outbox: Outbox) -> None:
    outbox.submit([rig.request(0)])
    foreign(rig, 1)
    outbox.submit([rig.request(1)])
    assert [attempt.nonce for attempt in attempts(outbox)] == [0, 2]
    assert rig.settle(outbox, range(2)) == 1


def test_a_gap_that_a_lost_foreign_transaction_left_is_filled(rig: Rig, outbox: Outbox) -> None:
    lost = foreign(rig, 0)
    outbox.submit([rig.request(0)])
    rpc(rig.node_url, "anvil_dropTransaction", lost)
    assert outbox.step().filled == 1
    assert outbox.step().filled == 0
    assert rig.settle(outbox, [0]) <= 2


def test_an_intent_whose_nonce_was_taken_moves_only_once_that_is_final(rig: Rig, outbox: Outbox) -> None:
    outbox.submit([rig.request(0)])
    foreign(rig, 0)
    mine(rig.node_url)
    outbox.step()
    assert len(attempts(outbox)) == 1
    mine(rig.node_url, 2)
    assert outbox.step().placed_again == 1
    assert [attempt.nonce for attempt in attempts(outbox)] == [0, 1]
    mine(rig.node_url)
    outbox.step()
    assert states(rig, outbox, 0) == [State.MINED]
    assert rig.tally([0]) == {"double": 0, "lost": 0}


def test_the_filler_of_a_gap_that_closed_by_itself_is_void(rig: Rig, outbox: Outbox) -> None:
    lost = foreign(rig, 0)
    outbox.submit([rig.request(0)])
    rpc(rig.node_url, "anvil_dropTransaction", lost)
    outbox.step()
    foreign(rig, 0)
    mine(rig.node_url, 3)
    rig.settle(outbox, [0])
    with outbox.sessions() as session:
        (filler,) = session.scalars(select(TransactionIntent).where(TransactionIntent.fills_gap))
        assert filler.status == State.VOID


@pytest.mark.parametrize("depth", [1, 2])
def test_a_transaction_lost_in_a_reorg_is_sent_again(
    rig: Rig, outbox: Outbox, proxy: Proxy, depth: int
) -> None:
    outbox.submit([rig.request(0)])
    mine(rig.node_url, depth)
    outbox.step()
    assert states(rig, outbox, 0) == [State.MINED]
    rpc(rig.node_url, "anvil_reorg", depth, [])
    outbox.step()
    assert states(rig, outbox, 0) == [State.IN_FLIGHT]
    assert len(set(proxy.sent)) == 1
    assert len(proxy.sent) == 2
    assert rig.settle(outbox, [0]) == 1


def test_a_transaction_that_a_reorg_moved_is_mined_elsewhere(rig: Rig, outbox: Outbox, proxy: Proxy) -> None:
    outbox.submit([rig.request(0)])
    mine(rig.node_url, 2)
    outbox.step()
    before = outbox.outcome(rig.request(0).key)
    rpc(rig.node_url, "anvil_reorg", 2, [["0x" + proxy.sent[0].hex(), 1]])
    outbox.step()
    after = outbox.outcome(rig.request(0).key)
    assert before is not None
    assert after is not None
    assert (before.state, after.state) == (State.MINED, State.MINED)
    assert after.block == (before.block or 0) + 1


def test_a_silent_node_stores_nothing_new(rig: Rig, outbox: Outbox, proxy: Proxy) -> None:
    proxy.faults = Faults(while_reading={Fault.BAD_GATEWAY: 1.0})
    with pytest.raises(ChainError, match="no answer"):
        outbox.submit([rig.request(0)])
    with pytest.raises(ChainError, match="no answer"):
        outbox.step()
    assert attempts(outbox) == []


def test_a_key_in_use_is_waited_for_and_then_refused(rig: Rig, outbox: Outbox) -> None:
    other = Lease(outbox.sessions, 31337, rig.signer.address, 60)
    with other.turn():
        pass
    with pytest.raises(KeyBusy, match="is used by"):
        outbox.submit([rig.request(0)])
    with other.turn(last=True):
        pass
    outbox.submit([rig.request(0)])
    assert states(rig, outbox, 0) == [State.IN_FLIGHT]


def test_who_slept_past_the_lease_stops(rig: Rig, outbox: Outbox) -> None:
    slept = Lease(outbox.sessions, 31337, rig.signer.address, 0.01)
    with slept.turn():
        pass
    with Lease(outbox.sessions, 31337, rig.signer.address, 60).turn(last=True):
        pass
    with pytest.raises(LeaseLost, match="fence 2, ours 1"), slept.turn():
        pass


def test_a_failed_turn_leaves_nothing(rig: Rig, proxy: Proxy) -> None:
    def at(point: Point) -> None:
        if point is Point.SIGNED:
            raise ZeroDivisionError

    failing, outbox = rig.outbox(at), rig.outbox(nobody)
    with pytest.raises(ZeroDivisionError):
        failing.submit([rig.request(0)])
    assert attempts(outbox) == []
    assert proxy.sent == []
    for each in (failing, outbox):
        each.sessions.kw["bind"].dispose()


def test_a_call_that_is_refused_is_not_stored(rig: Rig, outbox: Outbox) -> None:
    refused = ContractCall(None, bytes.fromhex("60006000fd"), "create what reverts")
    sender = Sender(connect_rpc(rig.url, address_of(BANK_KEY)), outbox.sessions, rig.signer)
    with pytest.raises(ContractReverted):
        sender.send("refused", refused)
    assert attempts(outbox) == []


def test_a_dry_run_tries_and_remembers_and_sends_nothing(rig: Rig, proxy: Proxy) -> None:
    dry = DryRun(connect_rpc(rig.url, address_of(BANK_KEY)), rig.signer.address)
    for number in (0, 1, 0):
        dry.send(rig.request(number).key, rig.request(number).call)
    assert [key for key, _ in dry.calls] == ["payment 0", "payment 1"]
    with pytest.raises(StateError, match="was used for payment 0"):
        dry.send("payment 0", rig.request(1).call)
    with pytest.raises(ContractReverted):
        dry.send("refused", ContractCall(None, bytes.fromhex("60006000fd"), "create what reverts"))
    assert proxy.sent == []
    assert not [method for method in proxy.calls if method.startswith("eth_send")]


def test_no_key_is_in_the_database_in_what_is_logged_or_in_any_text(
    rig: Rig, outbox: Outbox, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    proxy.faults = Faults(after_sending={Fault.BAD_JSON: 1.0})
    outbox.submit([rig.request(0)])
    proxy.faults = Faults()
    rig.settle(outbox, [0])
    sender = Sender(connect_rpc(rig.url, address_of(BANK_KEY)), outbox.sessions, rig.key)
    told = [repr(each) for each in (sender, outbox, outbox.signer, vars(outbox), vars(sender))]
    with outbox.sessions() as session:
        for table in Base.metadata.sorted_tables:
            told += [repr(tuple(row)) for row in session.execute(table.select())]
    text = "".join([*told, caplog.text])
    assert len(text) > 1_000
    assert rig.signer.address in text
    for shown in (rig.key.hex(), repr(rig.key)[2:-1], str(int.from_bytes(rig.key, "big"))):
        assert shown not in text


def test_a_contracts_address_is_checksummed(rig: Rig, outbox: Outbox) -> None:
    rpc(rig.node_url, "evm_setAutomine", True)
    sender = Sender(connect_rpc(rig.url, address_of(BANK_KEY)), outbox.sessions, rig.signer)
    mined = sender.send("create", ContractCall(None, bytes.fromhex("600160005360016000f3"), "create"))
    rpc(rig.node_url, "evm_setAutomine", False)
    assert mined.contract_address == to_checksum_address(mined.contract_address or "")
    assert sender.send("create", ContractCall(None, bytes.fromhex("600160005360016000f3"), "create")) == mined
