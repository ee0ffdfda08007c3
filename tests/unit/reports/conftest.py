"""A small world for reports: terms, devices with their keys, and readings that those keys signed."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.vectors.make_vectors import TERMS

from wellhead.chain.eip712 import Domain
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import address_of
from wellhead.registry.devices import Device
from wellhead.registry.terms import Terms
from wellhead.telemetry.reading import Reading, SignedReading, sign_reading

Sign = Callable[..., SignedReading]


@pytest.fixture(scope="session")
def terms() -> Terms:
    return replace(TERMS, max_work_per_second=1_000)


@pytest.fixture(scope="session")
def oracle() -> Domain:
    return Domain(31337, "0x" + "22" * 20)


@pytest.fixture(scope="session")
def agent_keys() -> list[bytes]:
    return [keccak256(b"agent %d" % index) for index in range(4)]


@pytest.fixture(scope="session")
def devices(agent_keys: list[bytes]) -> list[Device]:
    ids = sorted(keccak256(b"gpu %d" % index) for index in range(4))
    return [Device(index, ids[index], address_of(agent_keys[index])) for index in range(4)]


@pytest.fixture(scope="session")
def sign(oracle: Domain, agent_keys: list[bytes], devices: list[Device]) -> Sign:
    """`sign(device index, up=…, …)` gives a reading of asset 0, period 5, signed by the device's own key."""

    def signed(index: int, *, asset_id: int = 0, key: bytes | None = None, **totals: int) -> SignedReading:
        reading = Reading(
            asset_id=asset_id,
            period=totals.pop("period", 5),
            device_index=index,
            device_id=devices[index].device_id,
            up_seconds=totals.pop("up", 80_000),
            down_seconds=totals.pop("down", 0),
            excused_seconds=totals.pop("excused", 0),
            busy_seconds=totals.pop("busy", 0),
            energy_joules=totals.pop("energy", 1_000),
            work=totals.pop("work", 0),
            samples_hash=keccak256(b"samples %d" % totals.pop("samples", 0)),
        )
        assert not totals
        return sign_reading(key or agent_keys[index], oracle, reading)

    return signed
