"""docs/protocol.md, its vectors and the code say the same: what is read here is the page itself."""

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data

from wellhead.chain.eip712 import Domain
from wellhead.chain.keccak import keccak256
from wellhead.chain.position_tree import REPORT_TAG, depth_of, verify_path
from wellhead.chain.signatures import recover, sign
from wellhead.clock import PeriodClock
from wellhead.market.pricing import auction_price, next_price
from wellhead.registry.devices import Binding, Device, build_device_tree, check_binding, device_hash
from wellhead.registry.published import parse_devices, parse_excused, parse_terms
from wellhead.registry.terms import TERMS_TYPES, Terms, terms_hash
from wellhead.reports.asset_report import AssetReport, asset_report_hash
from wellhead.reports.period_report import (
    PeriodReport,
    build_period_report,
    check_quorum,
    period_report_hash,
)
from wellhead.reports.publish import bundle_hash, parse_readings
from wellhead.reports.sum_tree import build_sum_tree, fold_sums
from wellhead.settlement.time_weighted import TimeWeightedShares
from wellhead.settlement.waterfall import PeriodBooks, Totals, credit_of, refund_of, settle, unreported
from wellhead.telemetry.reading import READING_TYPE, Reading, SignedReading, signer_of, struct_hash

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "protocol.md").read_text()
SECTIONS = [
    "reading",
    "sum_trees",
    "devices",
    "period_report",
    "terms",
    "settlement",
    "prices",
    "shares",
    "published",
]


def vectors_of(page: str) -> dict[str, Any]:
    """The fenced JSON blocks of the page, by the name in the comment before each."""
    blocks = re.findall(r"<!-- vector: (\w+) -->\n```json\n(.*?)```\n", page, flags=re.DOTALL)
    return {name: json.loads(text) for name, text in blocks}


VECTORS = vectors_of(PAGE)


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def from_fields(kind: type[Any], values: dict[str, Any]) -> Any:
    """A dataclass from a vector: hex text back to bytes where it is no address."""
    hexed = {k: raw(v) for k, v in values.items() if isinstance(v, str) and len(v) == 66}
    names = set(kind.__dataclass_fields__)
    return kind(**{k: hexed.get(k, v) for k, v in values.items() if k in names})


def oracle() -> Domain:
    domain = VECTORS["reading"]["domain"]
    return Domain(domain["chainId"], domain["verifyingContract"])


def test_the_page_quotes_every_vector_of_the_file() -> None:
    assert list(VECTORS) == SECTIONS
    assert json.loads((ROOT / "tests" / "vectors" / "protocol.json").read_text()) == VECTORS


def test_the_generator_still_writes_this_page() -> None:
    generator = runpy.run_path(str(ROOT / "tests" / "vectors" / "make_vectors.py"))
    assert generator["quote"](PAGE, generator["all_vectors"]()) == PAGE


def test_reading_hash_digest_and_signature() -> None:
    vector = VECTORS["reading"]
    reading = from_fields(Reading, vector["reading"])
    digest = raw(vector["digest"])
    assert struct_hash(reading) == raw(vector["structHash"])
    assert oracle().separator == raw(vector["domainSeparator"])
    assert oracle().digest(struct_hash(reading)) == digest
    assert sign(raw(vector["privateKey"]), digest) == raw(vector["signature"])
    assert signer_of(oracle(), SignedReading(reading, raw(vector["signature"]))) == vector["address"]


def test_reading_is_signed_as_another_library_signs_typed_data() -> None:
    vector = VECTORS["reading"]
    reading = from_fields(Reading, vector["reading"])
    values = [getattr(reading, name) for name in Reading.__dataclass_fields__]
    message = READING_TYPE.typed_data(
        oracle(), dict(zip((name for name, _ in READING_TYPE.fields), values, strict=True))
    )
    signed = Account.sign_message(encode_typed_data(full_message=message), vector["privateKey"])
    assert bytes(signed.signature) == raw(vector["signature"])
    assert READING_TYPE.signature in PAGE.replace("\n        ", "")


def tree_reading(index: int) -> Reading:
    """The formula that the page states for the tree vectors."""
    device, samples = keccak256(f"device-{index}".encode()), keccak256(f"samples-{index}".encode())
    seconds = (80_000 + index, 100, index % 7, 40_000 + index)
    return Reading(3, 7, index, device, *seconds, 30_000_000 + index, 2 * index, samples)


@pytest.mark.parametrize("vector", VECTORS["sum_trees"], ids=lambda vector: f"{vector['devices']} devices")
def test_sum_tree(vector: dict[str, Any]) -> None:
    devices = vector["devices"]
    readings = {index: tree_reading(index) for index in range(devices) if index % 4 != 2}
    tree = build_sum_tree({i: (struct_hash(r), r.sums) for i, r in readings.items()}, devices)
    assert (tree.depth, tree.root, list(tree.totals)) == (
        vector["depth"],
        raw(vector["root"]),
        vector["totals"],
    )
    assert (
        vector["totals"] == [sum(column) for column in zip(*(r.sums for r in readings.values()), strict=True)]
        or not readings
    )
    for index, leaf in enumerate(vector.get("leaves", [])):
        assert tree.leaf(index) == raw(leaf)
    if "path" in vector:
        path = vector["path"]
        siblings = [raw(node) for node in path["siblings"]]
        top = fold_sums(raw(path["leaf"]), path["index"], siblings, vector["depth"])
        assert top == tree.root_node


def test_sum_trees_cover_the_sizes_that_the_protocol_promises() -> None:
    assert [vector["devices"] for vector in VECTORS["sum_trees"]] == [0, 1, 3, 5, 1025]


def test_device_root_and_binding() -> None:
    vector = VECTORS["devices"]
    devices = [from_fields(Device, values) for values in vector["devices"]]
    tree = build_device_tree(devices)
    assert tree.root == raw(vector["root"])
    assert [device_hash(d) for d in devices] == [raw(values["leaf"]) for values in vector["devices"]]
    assert [raw(node) for node in vector["path"]["siblings"]] == list(tree.path(vector["path"]["index"]))
    registry = Domain(vector["registry"]["chainId"], vector["registry"]["verifyingContract"])
    binding = from_fields(Binding, vector["binding"])
    check_binding(registry, binding, raw(vector["bindingSignature"]), devices[0])


def test_asset_report_leaves_period_root_and_signatures() -> None:
    vector = VECTORS["period_report"]
    reports = [from_fields(AssetReport, values) for values in vector["assetReports"]]
    leaves = [raw(values["leaf"]) for values in vector["assetReports"]]
    assert [asset_report_hash(report) for report in reports] == leaves
    signed = from_fields(PeriodReport, vector["periodReport"])
    built, tree = build_period_report(7, 0, reports, 5, signed.bundle)
    assert built == signed
    assert period_report_hash(signed) == raw(vector["structHash"])
    assert oracle().digest(period_report_hash(signed)) == raw(vector["digest"])
    for name, leaf in (("path", leaves[2]), ("absence", bytes(32))):
        siblings = [raw(node) for node in vector[name]["siblings"]]
        assert verify_path(REPORT_TAG, tree.root, leaf, vector[name]["assetId"], siblings, depth_of(5))
    signatures = [raw(text) for text in vector["signatures"]]
    signers = check_quorum(oracle(), signed, signatures, vector["members"], vector["quorum"])
    assert signers == [recover(raw(vector["digest"]), signature) for signature in signatures]
    assert raw(vector["assetReports"][2]["telemetry_root"]) == raw(VECTORS["sum_trees"][4]["root"])


def test_terms_hash() -> None:
    vector = VECTORS["terms"]
    terms = from_fields(Terms, vector["terms"])
    assert terms_hash(terms) == raw(vector["hash"])
    types = [kind for _, kind in TERMS_TYPES]
    assert keccak256(encode(types, list(terms.as_tuple()))) == raw(vector["hash"])


def test_settlement_worked_by_hand() -> None:
    vector, terms = VECTORS["settlement"], from_fields(Terms, VECTORS["terms"]["terms"])
    totals, books = Totals(**vector["totals"]), PeriodBooks(**vector["books"])
    outcome = settle(totals, books, terms)
    # The arithmetic of the page, written out once more without the code.
    shortfall = 200 * 3600 - 700_000
    bad = 100_000 + 56_800 - 864_000 * 50 // 10_000
    assert vector["outcome"] == {
        "promised": 720_000,
        "delivered": 700_000,
        "shortfall": shortfall,
        "unknown": 864_000 - 700_000 - 100_000 - 7_200,
        "forgiven": 4_320,
        "breach": shortfall * bad // 164_000,
        "charge": 400_000_000 * 700_000 // 720_000,
        "revenue": 388_888_888 + 10_000_000,
        "fee": 398_888_888 * 250 // 10_000,
        "energy_cost": 120_000 * 400_000_000 // 3_600_000,
        "holders": (398_888_888 - 9_972_222 - 13_333_333) * 6_000 // 10_000,
        "owner": 375_583_333 - 225_349_999,
        "credit_pool": 400_000_000 * 18_595 * 5_000 // (720_000 * 10_000),
        "refund_pool": 400_000_000 - 388_888_888,
    }
    assert {name: getattr(outcome, name) for name in outcome.__slots__} == vector["outcome"]
    for redemption in vector["redemptions"]:
        units, price = redemption["units"], redemption["price"]
        assert refund_of(units, price, outcome) == redemption["refund"]
        assert credit_of(units, price, terms.credit_bps, outcome) == redemption["credit"]
    closed = unreported(books, terms)
    assert {name: getattr(closed, name) for name in closed.__slots__} == vector["unreported"]


def test_every_number_of_the_worked_settlement_stands_in_the_text() -> None:
    text = PAGE[PAGE.index("### Worked by hand") : PAGE.index("<!-- vector: settlement -->")].replace(" ", "")
    for name, value in VECTORS["settlement"]["outcome"].items():
        assert str(value) in text, name
    for redemption in VECTORS["settlement"]["redemptions"]:
        assert str(redemption["refund"]) in text
        assert str(redemption["credit"]) in text


def test_shares_story() -> None:
    clock = PeriodClock(1_000, 10)
    shares = TimeWeightedShares(clock)
    shares.issue("owner", 3, 0)
    shares.transfer("owner", "anna", 1, 1_004)
    shares.settle(100, 1_010)
    assert [shares.claim(who) for who in ("anna", "owner")] == VECTORS["shares"]["claimsAfterPeriod0"]
    shares.transfer("anna", "ben", 1, 1_019)
    shares.settle(100, 1_020)
    assert [shares.claim(who) for who in ("anna", "ben", "owner")] == VECTORS["shares"]["claimsAfterPeriod1"]


def test_prices() -> None:
    for case in VECTORS["prices"]["next"]:
        assert next_price(case["price"], case["sold"], case["target"], 0, 1 << 64) == case["next"]
    assert [auction_price(1_000_000, 1, step, 4) for step in range(4)] == VECTORS["prices"]["auction"]


def test_published_files_and_bundle() -> None:
    files = {path: text.encode() for path, text in VECTORS["published"]["files"].items()}
    assert bundle_hash(files) == raw(VECTORS["published"]["bundle"])
    signed = parse_readings("readings/7/3.jsonl", files["readings/7/3.jsonl"], 1)[0]
    assert signed.reading == from_fields(Reading, VECTORS["reading"]["reading"])
    assert signed.signature == raw(VECTORS["reading"]["signature"])
    assert parse_devices("devices/3-0.jsonl", files["devices/3-0.jsonl"])[0].agent_key == signer_of(
        oracle(), signed
    )
    assert parse_terms("terms/3-0.json", files["terms/3-0.json"]) == from_fields(
        Terms, VECTORS["terms"]["terms"]
    )
    assert parse_excused("excused/7/3.json", files["excused/7/3.json"]).ceiling == 7_200
