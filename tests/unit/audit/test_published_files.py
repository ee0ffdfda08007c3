"""Published files that are missing or malformed are findings, named once, and never stop the audit."""

import pytest

from wellhead.audit.finding import Checklist
from wellhead.audit.published import PublishedFiles
from wellhead.registry.devices import Device
from wellhead.registry.published import Excused, encode_devices, encode_excused

DEVICES = encode_devices([Device(0, b"\x01" * 32, "0x" + "11" * 20)])
ROW = DEVICES.decode()


def test_a_file_is_parsed() -> None:
    checklist = Checklist()
    files = PublishedFiles({"devices/0-0.jsonl": DEVICES}, checklist)
    listed = files.devices(0, 0)
    assert listed is not None
    assert [device.device_id for device in listed] == [b"\x01" * 32]
    assert checklist.result().findings == ()


def test_a_missing_file_is_a_finding_only_where_it_is_required() -> None:
    checklist = Checklist()
    files = PublishedFiles({}, checklist)
    assert files.terms(0, 0) is None
    assert checklist.result().findings == ()
    assert not files.require("terms/0-0.json")
    assert [f.code for f in checklist.result().findings] == ["FILE_MISSING"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"[]\n",
        b"{\n",
        DEVICES[:-1],
        DEVICES * 2,
        ROW.replace("deviceIndex", "index").encode(),
        ROW.replace(":0,", ":-1,").encode(),
        ROW.replace(":0,", ":0.0,").encode(),
        ROW.replace(":0,", ":" + "9" * 5000 + ",").encode(),
        b"{" * 4000 + b"\n",
    ],
)
def test_a_malformed_file_is_one_finding_and_no_crash(content: bytes) -> None:
    checklist = Checklist()
    files = PublishedFiles({"devices/0-0.jsonl": content}, checklist)
    assert files.devices(0, 0) is None
    assert files.devices(0, 0) is None
    (finding,) = checklist.result().findings
    assert (finding.code, finding.subject) == ("FILE_MALFORMED", "devices/0-0.jsonl")


def test_excuses_at_another_place_are_malformed() -> None:
    checklist = Checklist()
    files = PublishedFiles({"excused/7/0.json": encode_excused(Excused(0, 8, 1, 0))}, checklist)
    assert files.excused(7, 0) is None
    assert [f.code for f in checklist.result().findings] == ["FILE_MALFORMED"]
