"""The published form of readings: one spelling, both file forms, every malformed row named."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.chain.keccak import keccak256
from wellhead.errors import InputError
from wellhead.reports.publish import (
    MAX_JSONL_DEVICES,
    READING_FIELDS,
    bundle_hash,
    encode_readings,
    parse_readings,
    readings_path,
)
from wellhead.telemetry.reading import Reading, SignedReading

MANY = MAX_JSONL_DEVICES + 1
PATH = "readings/5/0.jsonl"
Sign = Callable[..., SignedReading]


def plain(index: int, energy: int = (1 << 56) - 1) -> SignedReading:
    reading = Reading(3, 7, index, keccak256(b"%d" % index), 100, 20, 3, 50, energy, index, bytes(32))
    return SignedReading(reading, bytes([index % 256]) * 65)


def test_a_row_is_the_struct_fields_in_order_and_the_signature(sign: Sign) -> None:
    content = encode_readings({2: sign(2), 0: sign(0)}, 4)
    assert content.endswith(b"}\n")
    rows = [json.loads(line) for line in content.splitlines()]
    assert [row["deviceIndex"] for row in rows] == [0, 2]
    assert list(rows[0]) == [name for name, _ in READING_FIELDS]
    assert list(rows[0])[:4] == ["assetId", "period", "deviceIndex", "deviceId"]
    assert rows[0]["signature"] == "0x" + sign(0).signature.hex()
    assert b" " not in content


@settings(deadline=None)
@given(st.sets(st.integers(0, 30)))
def test_reading_back_gives_what_was_written(indices: set[int]) -> None:
    readings = {index: plain(index) for index in sorted(indices)}
    assert parse_readings("readings/7/3.jsonl", encode_readings(readings, 31), 31) == readings


def test_parquet_carries_the_same_values_and_repeats_its_bytes() -> None:
    readings = {index: plain(index) for index in range(0, MANY, 500)}
    content = encode_readings(readings, MANY)
    assert content[:4] == b"PAR1"
    assert content == encode_readings(dict(reversed(readings.items())), MANY)
    assert parse_readings(readings_path(7, 3, MANY), content, MANY) == readings


def test_parquet_without_rows_is_read_back_empty() -> None:
    assert parse_readings(readings_path(7, 3, MANY), encode_readings({}, MANY), MANY) == {}


def test_the_form_follows_the_number_of_devices() -> None:
    assert readings_path(7, 3, MAX_JSONL_DEVICES) == "readings/7/3.jsonl"
    assert readings_path(7, 3, MANY) == "readings/7/3.parquet"
    with pytest.raises(InputError, match="not the place of readings of an asset with 4 devices"):
        parse_readings("readings/7/3.parquet", b"", 4)
    with pytest.raises(InputError, match="not the place of readings"):
        parse_readings("elsewhere", b"", 4)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b'"upSeconds":80000', b'"upSeconds":80000.0', "row 0.*up_seconds = 80000.0"),
        (b'"upSeconds":80000', b'"upSeconds":"80000"', "row 0.*up_seconds = '80000'"),
        (b'"upSeconds":80000', b'"upSeconds":true', "row 0.*up_seconds = True"),
        (b'"upSeconds":80000', b'"upSeconds":NaN', "row 0.*up_seconds = nan"),
        (b'"upSeconds":80000', b'"upSeconds":-1', "row 0.*up_seconds = -1"),
        (b'"upSeconds":80000', b'"upSeconds": 80000', "row 0: not the canonical spelling"),
        (b'"upSeconds":80000', b'"upSeconds":1,"upSeconds":80000', "row 0: not the canonical spelling"),
        (b'"upSeconds":80000,', b"", "row 0.*missing"),
        (b'"work":0', b'"work":0,"more":1', "row 0.*not known"),
        (b'"deviceId":"0x', b'"deviceId":"0X', "row 0.*deviceId"),
        (b'"period":5', b'"period":6', "row 0: asset 0, period 6"),
        (b'{"assetId"', b'["assetId"', "row 0: not JSON"),
        (b'"deviceIndex":2', b'"deviceIndex":0', "row 1: device 0, should be 1 … 3"),
        (b'"deviceIndex":2', b'"deviceIndex":4', "row 1: device 4, should be 1 … 3"),
        (b'"}\n{', b'"}{', "row 0: not JSON"),
    ],
)
def test_a_malformed_row_is_named(sign: Sign, old: bytes, new: bytes, message: str) -> None:
    content = encode_readings({0: sign(0), 2: sign(2)}, 4)
    assert old in content
    with pytest.raises(InputError, match=f"{PATH}, {message}"):
        parse_readings(PATH, content.replace(old, new, 1), 4)


def test_upper_case_hex_is_another_spelling(sign: Sign) -> None:
    content = encode_readings({0: sign(0)}, 4)
    digest = json.loads(content)["deviceId"][2:].encode()
    with pytest.raises(InputError, match=r"row 0: deviceId = .* is written"):
        parse_readings(PATH, content.replace(digest, digest.upper()), 4)


def test_cut_off_long_and_too_many_rows_are_refused(sign: Sign) -> None:
    content = encode_readings({0: sign(0), 1: sign(1)}, 4)
    with pytest.raises(InputError, match="the last row is cut off"):
        parse_readings(PATH, content[:-1], 4)
    with pytest.raises(InputError, match="2 rows, at most 1"):
        parse_readings(PATH, content, 1)
    with pytest.raises(InputError, match="row 0: 5001 bytes, a row has at most 4096"):
        parse_readings(PATH, b" " * 5000 + b"\n", 4)
    with pytest.raises(InputError, match="row 0: not JSON"):
        parse_readings(PATH, b"\xff\n", 4)
    with pytest.raises(InputError, match="row 0: not an object"):
        parse_readings(PATH, b"[]\n", 4)


def test_a_parquet_file_that_is_none_or_has_other_columns_is_refused() -> None:
    path = readings_path(7, 3, MANY)
    with pytest.raises(InputError, match=f"{path}: not a readable Parquet file"):
        parse_readings(path, b"PAR1 nonsense", MANY)
    content = encode_readings({0: plain(0), 1: plain(1)}, MANY)
    with pytest.raises(InputError, match=r"columns .* should be"):
        parse_readings(path, content.replace(b"upSeconds", b"upSecondz"), MANY)
    elsewhere = readings_path(6, 3, MANY)
    with pytest.raises(InputError, match=f"{elsewhere}, row 0: asset 3, period 7"):
        parse_readings(elsewhere, content, MANY)


def test_the_bundle_hash_is_over_sorted_lines_of_hash_and_path() -> None:
    files = {
        "readings/5/0.jsonl": b"b",
        "terms/0-0.json": b"a",
        "devices/0-0.jsonl": b"",
        "excused/5/0.json": b"c",
    }
    lines = sorted(f"{keccak256(content).hex()} {path}\n" for path, content in files.items())
    assert bundle_hash(files) == keccak256("".join(lines).encode())
    assert bundle_hash(dict(reversed(files.items()))) == bundle_hash(files)
    assert bundle_hash({**files, "readings/5/0.jsonl": b"B"}) != bundle_hash(files)


@pytest.mark.parametrize(
    "path",
    [
        "readings/05/0.jsonl",
        "../readings/5/0.jsonl",
        "readings/5/0.json",
        "terms/0-0.json\n",
        "readings/-1/0.jsonl",
    ],
)
def test_a_path_outside_the_bundle_is_refused(path: str) -> None:
    with pytest.raises(InputError, match="is no path of a bundle"):
        bundle_hash({path: b""})


def test_a_bundle_without_files_is_refused() -> None:
    with pytest.raises(InputError, match="a bundle without files"):
        bundle_hash({})
