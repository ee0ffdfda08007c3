"""TermsRules.sol accepts exactly the terms that the registry's Python rules accept, and hashes them alike."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.chain.artifacts import load_artifact
from wellhead.chain.contract import creation
from wellhead.chain.contracts.asset_registry import AssetRegistryContract
from wellhead.errors import ContractReverted, TermsError
from wellhead.registry.terms import ZERO_ADDRESS, check_terms, terms_hash

DAY = 86_400
WORDS = st.sampled_from([bytes(32), b"\1" * 32, bytes(31) + b"\1"])
COIN = "0x" + "55" * 20
U32, U64 = (1 << 32) - 1, (1 << 64) - 1


def accepted_on_chain(library, terms, devices, length):
    try:
        library.call("requireValidTerms", terms.as_tuple(), devices, length)
    except ContractReverted:
        return False
    return True


def accepted_by_the_twin(terms, devices, length):
    try:
        check_terms(terms, devices, length)
    except TermsError:
        return False
    return True


def near(limit, largest):
    """Numbers beside a limit, inside 0 … `largest`."""
    return st.sampled_from([n for n in (limit - 1, limit, limit + 1) if 0 <= n <= largest] or [largest])


@st.composite
def near_the_limits(draw):
    """(fields, devices, length): valid terms, of which up to two rules are then tried at their limits."""
    devices, length = draw(
        st.sampled_from([(1, DAY), (10, DAY), (4096, 3600), (262_143, (1 << 22) - 1), (1, 1)])
    )
    capacity = devices * length
    fields = {"unit_seconds": 1, "max_watts": 1, "rated_watts": 1, "max_work_per_second": 1}
    limits = {
        "rules_version": near(1, U32),
        "kind": near(2, 255),
        "evidence": near(3, 255),
        **{f"{name}_bps": near(10_000, 65_535) for name in ("fee", "holder", "credit", "grace")},
        "unit_seconds": near(0, U32),
        "notice_periods": near(3_650, U32),
        "rated_watts": near(0, U32),
        "max_watts": near(((1 << 56) - 1) // capacity, U32),
        "max_work_per_second": near(((1 << 56) - 1) // capacity, U64) | near(0, U64),
        "reserved_for_spot": near(min(capacity, U32), U32),
        "rated_work": near(0, U64),
        "rated_joules": near(0, U64),
        "work_metric": WORDS,
        "stablecoin": st.sampled_from([COIN, ZERO_ADDRESS, "0x" + "00" * 19 + "01"]),
    }
    for name in draw(st.lists(st.sampled_from(sorted(limits)), max_size=3)):
        fields[name] = draw(limits[name])
    if draw(st.integers(0, 4)) == 0:
        devices = draw(near(0, U32) | near(((1 << 40) - 1) // length, U32) | st.just(U32))
    return fields, devices, length


@settings(max_examples=500)
@given(drawn=near_the_limits())
def test_the_chain_accepts_exactly_what_the_twin_accepts(library, terms_with, drawn):
    fields, devices, length = drawn
    terms = terms_with(**fields)
    assert accepted_on_chain(library, terms, devices, length) == accepted_by_the_twin(terms, devices, length)


def field(name):
    return name.encode().ljust(32, b"\0")


CAPACITY = 10 * DAY
WATTS = ((1 << 56) - 1) // CAPACITY

REFUSED = [
    ({"rules_version": 0}, "UnknownRules", (0, 1)),
    ({"rules_version": 2}, "UnknownRules", (2, 1)),
    ({"kind": 3}, "OutOfRange", ("kind", 3, 2)),
    ({"evidence": 4}, "OutOfRange", ("evidence", 4, 3)),
    ({"fee_bps": 10_001}, "AboveBps", (10_001, 10_000)),
    ({"holder_bps": 10_001}, "AboveBps", (10_001, 10_000)),
    ({"credit_bps": 10_001}, "AboveBps", (10_001, 10_000)),
    ({"grace_bps": 65_535}, "AboveBps", (65_535, 10_000)),
    ({"unit_seconds": 0}, "ZeroTerm", ("unitSeconds",)),
    ({"max_watts": 0}, "ZeroTerm", ("maxWatts",)),
    ({"rated_watts": 0}, "ZeroTerm", ("ratedWatts",)),
    ({"max_work_per_second": 0}, "ZeroTerm", ("maxWorkPerSecond",)),
    ({"stablecoin": ZERO_ADDRESS}, "ZeroTerm", ("stablecoin",)),
    ({"rated_watts": 1001}, "OutOfRange", ("ratedWatts", 1001, 1000)),
    ({"work_metric": b"\1" * 32, "rated_joules": 1}, "ZeroTerm", ("ratedWork",)),
    ({"work_metric": b"\1" * 32, "rated_work": 1}, "ZeroTerm", ("ratedJoules",)),
    ({"notice_periods": 3_651}, "OutOfRange", ("noticePeriods", 3_651, 3_650)),
    ({"reserved_for_spot": 241}, "OutOfRange", ("reservedForSpot", 241, 240)),
    (
        {"max_work_per_second": WATTS + 1},
        "SumOverflow",
        ("work", (WATTS + 1) * CAPACITY, 1 << 56),
    ),
]


@pytest.mark.parametrize(("fields", "error", "numbers"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_broken_rule_is_named_with_its_numbers(library, terms_with, fields, error, numbers):
    terms = terms_with(**fields)
    shown = tuple("0x" + field(n).hex() if isinstance(n, str) else n for n in numbers)
    assert plain(library.refusal("requireValidTerms", terms.as_tuple(), 10, DAY)) == (error, shown)
    assert not accepted_by_the_twin(terms, 10, DAY)


def plain(refusal):
    name, values = refusal
    return name, tuple("0x" + v.hex() if isinstance(v, bytes) else v for v in values)


@pytest.mark.parametrize(
    ("fields", "devices", "error"),
    [
        ({}, 0, ("ZeroTerm", "devices")),
        (
            {"max_watts": 1, "rated_watts": 1, "max_work_per_second": 1},
            12_725_830,
            ("SumOverflow", "seconds"),
        ),
        ({"max_watts": U32}, 200, ("SumOverflow", "joules")),
    ],
)
def test_the_number_of_devices_is_bounded(library, terms_with, fields, devices, error):
    terms = terms_with(**fields)
    name, numbers = plain(library.refusal("requireValidTerms", terms.as_tuple(), devices, DAY))
    assert (name, numbers[0]) == (error[0], "0x" + field(error[1]).hex())
    assert not accepted_by_the_twin(terms, devices, DAY)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"kind": 2, "evidence": 3, "fee_bps": 10_000, "holder_bps": 10_000, "grace_bps": 10_000},
        {"rated_watts": 1000},
        {"reserved_for_spot": 240},
        {"work_metric": b"\1" * 32, "rated_work": 1, "rated_joules": 1},
        {"max_work_per_second": WATTS},
        {"fee_bps": 0, "holder_bps": 0, "credit_bps": 0, "grace_bps": 0, "tariff_per_kwh": U64},
        {"grid_key": ZERO_ADDRESS, "notice_periods": 3_650, "maintenance_seconds_per_year": U32},
    ],
    ids=str,
)
def test_terms_at_their_limits_are_accepted(library, terms_with, fields):
    terms = terms_with(**fields)
    assert accepted_by_the_twin(terms, 10, DAY)
    assert library.call("requireValidTerms", terms.as_tuple(), 10, DAY) == []


@pytest.fixture(scope="module")
def registry(sender, terms_with):
    """A registry with one asset, the bank's: it tells the hash of any terms that it is shown."""
    start = sender.chain.timestamp()
    arguments = [sender.address, sender.address, start, DAY]
    created = sender.send("terms:registry", creation("AssetRegistry", arguments, sender.chain))
    contract = AssetRegistryContract(sender.chain, created.contract_address)
    sender.send("terms:register", contract.register(terms_with(), 10, b"\1" * 32))
    return contract


def test_the_registered_hash_is_the_twins_and_the_protocols(registry, terms_with, vectors):
    assert registry.read("termsHashAt", 0, 0) == terms_hash(terms_with())
    values = {
        name: bytes.fromhex(value[2:]) if isinstance(value, str) and len(value) == 66 else value
        for name, value in vectors["terms"]["terms"].items()
    }
    assert "0x" + terms_hash(terms_with(**values)).hex() == vectors["terms"]["hash"]
    assert hash_on_chain(registry, terms_with(**values)) == vectors["terms"]["hash"]


def hash_on_chain(registry, terms):
    """What the chain hashes these terms to: it says so when it refuses them as not those in force."""
    with pytest.raises(ContractReverted) as caught:
        registry.read("announceTerms", 0, 99, terms.as_tuple(), terms.as_tuple())
    assert caught.value.name == "WrongTerms"
    return caught.value.args_by_name["given"]


@st.composite
def any_fields(draw):
    widths = {"kind": 8, "evidence": 8, "fee_bps": 16, "holder_bps": 16, "credit_bps": 16, "grace_bps": 16}
    names = ("rules_version", "unit_seconds", "max_watts", "rated_watts", "reserved_for_spot")
    widths |= dict.fromkeys((*names, "notice_periods", "maintenance_seconds_per_year"), 32)
    widths |= dict.fromkeys(("max_work_per_second", "rated_work", "rated_joules", "tariff_per_kwh"), 64)
    fields = {name: draw(st.integers(0, (1 << bits) - 1)) for name, bits in widths.items()}
    words = ("utilization_metric", "work_metric", "workload", "documents")
    fields |= {name: draw(st.binary(min_size=32, max_size=32)) for name in words}
    addresses = ("grid_key", "stablecoin")
    return fields | {name: "0x" + draw(st.binary(min_size=20, max_size=20)).hex() for name in addresses}


@settings(max_examples=100)
@given(fields=any_fields())
def test_any_terms_hash_to_the_same_on_chain(registry, terms_with, fields):
    terms = terms_with(**fields)
    assert len(fields) == len(terms.as_tuple()) == len(load_terms_components())
    assert hash_on_chain(registry, terms) == "0x" + terms_hash(terms).hex()


def load_terms_components():
    entry = next(e for e in load_artifact("AssetRegistry").abi if e.get("name") == "register")
    return entry["inputs"][0]["components"]
