"""Signatures of readings that one verifier takes and another does not, and devices that two assets claim."""

from contextlib import suppress
from dataclasses import replace

import pytest
from tests.contracts.disputes.game import Game
from tests.contracts.disputes.test_attacks import ORDER
from tests.contracts.disputes.test_faults import bind
from tests.contracts.world import address, key_of

from wellhead.chain.contract import ContractCall
from wellhead.chain.signatures import HALF_ORDER, address_of
from wellhead.errors import ContractReverted
from wellhead.registry.devices import Binding, sign_binding
from wellhead.reports.answers import Opening
from wellhead.telemetry.reading import SignedReading

AGREES = bytes.fromhex("631626ba7e60e01b60005260206000f3")
"""Code of a wallet that answers every call with ERC-1271's magic value."""


@pytest.fixture(scope="module")
def game() -> Game:
    """Members with ten ether each at stake."""
    return Game()


def answered(game, of, sign):
    """A challenge of the third device meets an answer with that signature: is it closed by it?"""
    revision = game.posted(of, [900, 800, 700, 600, None])
    place = game.challenge(of, revision, 2)
    right = game.opened(of, revision).answer(2)
    assert isinstance(right, Opening)
    signed = SignedReading(right.signed.reading, sign(right.signed.signature))
    call = game.world.disputes.answer_reading(place, revision.posted, replace(right, signed=signed))
    with suppress(ContractReverted):
        game.world.send("answerer", call)
    return int(game.world.disputes.challenge_of(place).challenger, 16) == 0


def test_the_mirrored_signature_of_a_reading_answers_nothing(game):
    """Of two signatures that anybody can make of one, the collector takes the one with the low s."""

    def mirrored(signature):
        s = ORDER - int.from_bytes(signature[32:64], "big")
        assert s > HALF_ORDER
        return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])

    assert not answered(game, game.metered(), mirrored)


def test_a_readings_signature_in_64_bytes_answers_nothing(game):
    """The compact form of ERC-2098, which is right in every bit: v stands above s."""

    def compact(signature):
        s = int.from_bytes(signature[32:64], "big") | (signature[64] - 27) << 255
        return signature[:32] + s.to_bytes(32, "big")

    assert not answered(game, game.metered(), compact)


def test_a_contract_that_agrees_with_everything_signs_no_reading(game):
    """Listed as a device's key, it would sign whatever is asked, and something else tomorrow (ERC-1271)."""
    creator = bytes([0x60 + len(AGREES) - 1]) + AGREES + bytes.fromhex("600052")
    creator += bytes([0x60, len(AGREES), 0x60, 32 - len(AGREES), 0xF3])
    wallet = str(game.world.send("outsider", ContractCall(None, creator, "wallet")).contract_address)

    def employ(made):
        devices = [replace(d, agent_key=wallet) if d.device_index == 2 else d for d in made[0]]
        return tuple(devices), made[1]

    signature = bytes.fromhex(wallet[2:]) + bytes(76)
    assert not answered(game, game.metered(order=employ), lambda _: signature)


def test_a_hostile_duplicate_of_a_device_voids_no_honest_report(game):
    """Another owner binds the device of an honest one, by a key of his own, and calls its reading stolen."""
    honest = game.metered()
    bind(game, honest, 2)
    hostile = game.metered("other-owner")
    device, key = honest.devices[2].device_id, key_of("key of the other owner's")
    binding = Binding(device, address("other-owner"), hostile.asset.id)
    signature = sign_binding(game.world.registry_domain, binding, key)
    with suppress(ContractReverted):
        call = game.world.registry.bind_devices(hostile.asset.id, [device], [address_of(key)], [signature])
        game.world.send("other-owner", call)
    period = hostile.asset.opened_in
    held = {of.asset.id: game.readings(of, period, [900] * 5) for of in (honest, hostile)}
    revision = game.post(game.proposal(period, held))
    opened = game.opened(honest, revision)
    call = game.world.faults.prove_reading(
        game.place(honest, revision, 2), revision.posted, opened.shown, opened.leaf(2), honest.asset.terms
    )
    with suppress(ContractReverted):
        game.world.send("other-owner", call)
    assert not game.is_void(honest, revision)
    assert game.world.registry.binding_of(device).asset_id == honest.asset.id
