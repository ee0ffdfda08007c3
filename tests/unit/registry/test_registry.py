"""Terms, devices and bindings: hashes as abi.encode and EIP-712 give them, rules of registration, files."""

from dataclasses import replace

import pytest
from eth_abi.abi import encode
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.chain.eip712 import Domain
from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import address_of
from wellhead.errors import InputError, TermsError
from wellhead.registry.devices import (
    BINDING_TYPE,
    Binding,
    Device,
    build_device_tree,
    check_binding,
    device_hash,
    sign_binding,
    verify_device,
)
from wellhead.registry.published import (
    Excused,
    encode_devices,
    encode_excused,
    encode_terms,
    parse_devices,
    parse_excused,
    parse_terms,
)
from wellhead.registry.terms import TERMS_TYPES, Terms, capacity_units, check_terms, terms_hash

DAY = 86_400
TERMS = Terms(
    rules_version=1,
    kind=2,
    evidence=3,
    unit_seconds=3600,
    fee_bps=10_000,
    holder_bps=10_000,
    credit_bps=10_000,
    grace_bps=10_000,
    max_watts=1000,
    rated_watts=1000,
    max_work_per_second=1_000,
    rated_work=1,
    rated_joules=1,
    tariff_per_kwh=(1 << 64) - 1,
    reserved_for_spot=240,
    notice_periods=7,
    maintenance_seconds_per_year=36_000,
    grid_key="0x" + "ab" * 20,
    stablecoin="0x" + "11" * 20,
    utilization_metric=b"\1" * 32,
    work_metric=b"\2" * 32,
    workload=b"\3" * 32,
    documents=b"\4" * 32,
)
KEYS = [keccak256(b"agent %d" % index) for index in range(3)]
DEVICES = [Device(i, keccak256(b"gpu")[:31] + bytes([i]), address_of(KEYS[i])) for i in range(3)]
REGISTRY = Domain(31337, "0x" + "33" * 20)


def test_terms_hash_is_keccak_of_abi_encode() -> None:
    encoded = encode([kind for _, kind in TERMS_TYPES], list(TERMS.as_tuple()))
    assert terms_hash(TERMS) == keccak256(encoded)
    assert len(encoded) == 23 * 32
    assert terms_hash(TERMS) != terms_hash(replace(TERMS, grace_bps=50))


def test_terms_at_every_limit_are_accepted() -> None:
    check_terms(TERMS, 10, DAY)
    assert capacity_units(replace(TERMS, reserved_for_spot=40), 10, DAY) == 200


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rules_version": 2}, "rulesVersion 2, not 1"),
        ({"kind": 3}, "kind 3 is above 2"),
        ({"evidence": 4}, "evidence 4 is above 3"),
        ({"fee_bps": 10_001}, "feeBps 10001 is above 10000"),
        ({"holder_bps": 10_001}, "holderBps 10001 is above"),
        ({"credit_bps": 10_001}, "creditBps 10001 is above"),
        ({"grace_bps": 10_001}, "graceBps 10001 is above"),
        ({"unit_seconds": 0}, "unitSeconds is 0"),
        ({"max_watts": 0}, "maxWatts is 0"),
        ({"rated_watts": 0}, "ratedWatts is 0"),
        ({"rated_watts": 1001}, "ratedWatts 1001 is above maxWatts 1000"),
        ({"max_work_per_second": 0}, "maxWorkPerSecond is 0"),
        ({"rated_work": 0}, "a work metric with ratedWork 0 and ratedJoules 1"),
        ({"rated_joules": 0}, "a work metric with ratedWork 1 and ratedJoules 0"),
        ({"notice_periods": 3_651}, "noticePeriods 3651 is above 3650"),
        ({"reserved_for_spot": 241}, "reservedForSpot 241 is above the 240 units"),
        ({"stablecoin": "0x" + "00" * 20}, "stablecoin is the zero address"),
        ({"max_work_per_second": 1 << 40}, "devices · maxWorkPerSecond · L"),
    ],
)
def test_terms_beyond_a_limit_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(TermsError, match=message):
        check_terms(replace(TERMS, **change), 10, DAY)


def test_without_a_work_metric_no_rated_work_is_needed() -> None:
    check_terms(replace(TERMS, work_metric=bytes(32), rated_work=0, rated_joules=0), 10, DAY)


def test_sums_that_could_overflow_are_refused() -> None:
    small = replace(TERMS, max_watts=1, rated_watts=1, max_work_per_second=1)
    check_terms(small, (1 << 40) // DAY, DAY)
    with pytest.raises(TermsError, match=r"devices · L = 1099511712000 does not fit 40 bits"):
        check_terms(small, (1 << 40) // DAY + 1, DAY)
    watts = (1 << 32) - 1
    with pytest.raises(TermsError, match="devices · maxWatts · L"):
        check_terms(replace(small, max_watts=watts), 200, DAY)
    with pytest.raises(TermsError, match="0 devices"):
        check_terms(TERMS, 0, DAY)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fee_bps": 1 << 16}, "feeBps = 65536 does not fit uint16"),
        ({"tariff_per_kwh": -1}, "tariffPerKwh = -1 does not fit uint64"),
        ({"unit_seconds": 3600.0}, "unitSeconds = 3600.0 does not fit uint32"),
        ({"grid_key": "0x12"}, "gridKey = '0x12' is not an address"),
        ({"workload": b"short"}, "workload = b'short' is not 32 bytes"),
    ],
)
def test_a_field_that_does_not_fit_its_type_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(TermsError, match=message):
        replace(TERMS, **change)


def test_terms_file_has_one_spelling_and_reads_back() -> None:
    content = encode_terms(TERMS)
    assert content.startswith(b'{"rulesVersion":1,"kind":2,')
    assert b'"tariffPerKwh":"18446744073709551615"' in content
    assert parse_terms("terms/0-0.json", content) == TERMS
    for wrong in (
        content.replace(b'"kind":2', b'"kind":"2"'),
        content.replace(b'"ratedWork":"1"', b'"ratedWork":1'),
        content.replace(b'"ratedWork":"1"', b'"ratedWork":"01"'),
        content.replace(b'{"rulesVersion":1,"kind":2', b'{"kind":2,"rulesVersion":1'),
        content.replace(b"abab", b"ABAB"),
        content.rstrip(),
        content + content,
    ):
        with pytest.raises(InputError, match=r"terms/0-0.json"):
            parse_terms("terms/0-0.json", wrong)


def test_device_root_is_the_tagged_tree_over_struct_hashes() -> None:
    leaves = [device_hash(device) for device in DEVICES]
    left = keccak256(b"\x03" + leaves[0] + leaves[1])
    right = keccak256(b"\x03" + leaves[2] + bytes(32))
    tree = build_device_tree(DEVICES)
    assert tree.root == keccak256(b"\x03" + left + right)
    assert verify_device(tree.root, DEVICES[2], tree.path(2), 2)
    stolen = replace(DEVICES[2], agent_key=address_of(KEYS[0]))
    assert not verify_device(tree.root, stolen, tree.path(2), 2)
    assert build_device_tree(DEVICES[:1]).root == leaves[0]
    assert build_device_tree([]).root == bytes(32)


def test_device_ids_must_strictly_increase_and_indices_run() -> None:
    with pytest.raises(TermsError, match=r"device 1: id 0x.* is not above"):
        build_device_tree([DEVICES[0], replace(DEVICES[0], device_index=1)])
    with pytest.raises(TermsError, match="device at position 0 has index 1"):
        build_device_tree(DEVICES[1:])
    with pytest.raises(TermsError, match="id of 31 bytes"):
        Device(0, bytes(31), DEVICES[0].agent_key)
    with pytest.raises(TermsError, match="device 0: key = 'me' is not an address"):
        Device(0, bytes(32), "me")
    with pytest.raises(TermsError, match="does not fit uint32"):
        Device(1 << 32, bytes(32), DEVICES[0].agent_key)


def test_a_binding_carries_the_signature_of_the_devices_own_key() -> None:
    owner = address_of(keccak256(b"owner"))
    binding = Binding(DEVICES[0].device_id, owner, 7)
    signature = sign_binding(REGISTRY, binding, KEYS[0])
    check_binding(REGISTRY, binding, signature, DEVICES[0])
    with pytest.raises(TermsError, match=f"device 0: binding signed by {DEVICES[1].agent_key}"):
        check_binding(REGISTRY, binding, sign_binding(REGISTRY, binding, KEYS[1]), DEVICES[0])
    for other in (replace(binding, asset_id=8), replace(binding, owner=DEVICES[2].agent_key)):
        with pytest.raises(TermsError, match="binding signed by"):
            check_binding(REGISTRY, other, signature, DEVICES[0])
    with pytest.raises(TermsError, match="device 1: binding is for"):
        check_binding(REGISTRY, binding, signature, DEVICES[1])


def test_a_binding_is_signed_as_wallets_sign_typed_data() -> None:
    owner = address_of(keccak256(b"owner"))
    values = {"deviceId": DEVICES[0].device_id, "owner": owner, "assetId": 7}
    message = encode_typed_data(full_message=BINDING_TYPE.typed_data(REGISTRY, values))
    digest = keccak256(b"\x19" + message.version + message.header + message.body)
    assert digest == REGISTRY.digest(BINDING_TYPE.hash(values))


def test_device_file_reads_back_and_names_a_wrong_row() -> None:
    content = encode_devices(DEVICES)
    assert content.count(b"\n") == 3
    assert parse_devices("devices/0-0.jsonl", content) == DEVICES
    swapped = b"".join(reversed(content.splitlines(keepends=True)))
    with pytest.raises(InputError, match=r"devices/0-0.jsonl: device at position 0 has index 2"):
        parse_devices("devices/0-0.jsonl", swapped)
    with pytest.raises(InputError, match=r"devices/0-0.jsonl, row 1: fields"):
        parse_devices("devices/0-0.jsonl", content.replace(b'"deviceIndex":1', b'"index":1'))
    with pytest.raises(InputError, match=r"row 0: agentKey = .* is written"):
        parse_devices("devices/0-0.jsonl", content.replace(b'"agentKey":"0x', b'"agentKey":"0x ', 1))
    with pytest.raises(InputError, match="row 0: deviceIndex = False is not uint32"):
        parse_devices("devices/0-0.jsonl", content.replace(b'"deviceIndex":0', b'"deviceIndex":false'))


@settings(deadline=None)
@given(st.integers(0, (1 << 40) - 1), st.integers(0, (1 << 40) - 1))
def test_excuses_read_back_with_their_ceiling(maintenance: int, curtailment: int) -> None:
    excused = Excused(3, 9, maintenance, curtailment)
    assert parse_excused("excused/9/3.json", encode_excused(excused)) == excused
    assert excused.ceiling == maintenance + curtailment
    with pytest.raises(InputError, match="holds asset 3, period 9"):
        parse_excused("excused/8/3.json", encode_excused(excused))
