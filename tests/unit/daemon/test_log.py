"""Logs are JSON, whoever writes them, and no way of writing a key gets it through."""

import base64
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellhead.chain.keccak import keccak256
from wellhead.chain.signatures import address_of
from wellhead.daemon.log import JsonFormatter, start_logging, told
from wellhead.daemon.redact import HIDDEN, Redactor

KEY = keccak256(b"canary")
SMALL_KEY = (0x1234).to_bytes(32, "big")
ADDRESSES = [address_of(KEY), address_of(SMALL_KEY)]
PASSWORD = "correct horse battery"

WRITTEN = {
    "hex": KEY.hex(),
    "0x": "0x" + KEY.hex(),
    "upper case": KEY.hex().upper(),
    "bytes": repr(KEY),
    "bytearray": repr(bytearray(KEY)),
    "bytes in a tuple": repr(("key", KEY, 7)),
    "inside more bytes": repr(b"prefix" + KEY + b"suffix"),
    "number": str(int.from_bytes(KEY, "big")),
    "hex number": hex(int.from_bytes(KEY, "big")),
    "list": repr(list(KEY)),
    "list without spaces": repr(list(KEY)).replace(" ", ""),
    "base64": base64.b64encode(KEY).decode(),
    "base64url": base64.urlsafe_b64encode(KEY).decode().rstrip("="),
    "glued": f"key{KEY.hex()}!",
    "in JSON": json.dumps({"k": KEY.hex()}),
    "inside longer hex": "02f8" + KEY.hex() + "00" * 40,
    "password": f"opened with {PASSWORD}",
    "URL": f"https://user:{PASSWORD}@node.example/v2/0123456789abcdef0123456789abcdef?k=secret-part",
}
TRACES = [KEY.hex(), KEY.hex().upper(), repr(KEY)[2:-1], str(int.from_bytes(KEY, "big")),
          base64.b64encode(KEY).decode()[:43], repr(list(KEY))[1:-1], PASSWORD, "secret-part"]  # fmt: skip


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the process' log goes; everything is put back at the end."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook
    start_logging(Redactor(ADDRESSES, [PASSWORD]), stream, logging.DEBUG)
    yield stream
    root.handlers[:], root.level = before[0], before[1]
    sys.excepthook, threading.excepthook = before[2], before[3]
    logging.captureWarnings(False)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def leaks(text: str) -> list[str]:
    return [trace for trace in TRACES if trace in text]


def test_an_event_is_one_line_of_json_with_its_fields(stream: io.StringIO) -> None:
    told(logging.getLogger("wellhead.daemon"), "report posted", period=7, transaction="0x" + "ab" * 32)
    [line] = lines(stream)
    assert line["time"].endswith("Z")
    assert (line["level"], line["event"], line["logger"]) == ("INFO", "report posted", "wellhead.daemon")
    assert line["fields"] == {"period": 7, "transaction": "0x" + "ab" * 32}


def test_any_library_writes_the_same_form_and_newlines_stay_inside(stream: io.StringIO) -> None:
    logging.getLogger("somebody").warning("two %s\nlines", "short")
    [line] = lines(stream)
    assert (line["event"], line["level"]) == ("two short\nlines", "WARNING")


def test_a_message_whose_arguments_do_not_fit_is_written_and_ends_nothing() -> None:
    record = logging.LogRecord("odd", logging.ERROR, __file__, 1, "%d of %d", ("one",), None)
    assert "arguments do not fit" in json.loads(JsonFormatter(Redactor()).format(record))["event"]


@pytest.mark.parametrize("form", WRITTEN)
def test_no_way_of_writing_the_key_gets_it_into_the_log(form: str, stream: io.StringIO) -> None:
    log, text = logging.getLogger("wellhead"), WRITTEN[form]
    log.error(text)
    log.error("%s", text)
    told(log, "an event", said=text, nested={"deep": [text, {"deeper": text}]}, **{"odd name": text})
    told(log, text, value=KEY, number=int.from_bytes(KEY, "big"), password="whatever it is", words=(text,))
    try:
        raise ValueError(text)
    except ValueError as error:
        log.exception("failed: %s", error)
        log.error("failed", exc_info=RuntimeError("around") if error is None else error, stack_info=True)
        told(log, "failed", error=error)
    assert leaks(stream.getvalue()) == []
    assert HIDDEN in stream.getvalue()
    assert "whatever it is" not in stream.getvalue()


def test_a_key_that_begins_with_zeros_is_known_as_a_number_too() -> None:
    short = int.from_bytes(keccak256(b"62 bits shorter"), "big") >> 9
    redactor = Redactor([address_of(short.to_bytes(32, "big"))])
    assert redactor.clean(f"{short:x} and {short:#x} and {short}") == f"{HIDDEN} and 0x{HIDDEN} and {HIDDEN}"


def test_what_nobody_caught_is_logged_the_same_way(stream: io.StringIO) -> None:
    try:
        raise RuntimeError(f"in the main thread: {KEY.hex()}")
    except RuntimeError as error:
        sys.excepthook(RuntimeError, error, error.__traceback__)

    def dies() -> None:
        raise RuntimeError(f"in another: {KEY!r}")

    thread = threading.Thread(target=dies)
    thread.start()
    thread.join()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"careful: {KEY.hex()}", stacklevel=1)
    assert [line["level"] for line in lines(stream)] == ["CRITICAL", "CRITICAL", "WARNING"]
    assert leaks(stream.getvalue()) == []


def test_hashes_and_addresses_and_amounts_stay_readable() -> None:
    said = f"0x{'ab' * 32} by {ADDRESSES[0]} for {10**24} wei at {list(range(32))}"
    assert Redactor(ADDRESSES).clean(said) == said


@given(st.binary(min_size=32, max_size=32), st.text(max_size=20), st.text(max_size=20))
def test_any_key_is_recognised_by_its_address_alone(key: bytes, before: str, after: str) -> None:
    try:
        address = address_of(key)
    except ValueError:
        return
    for written in (key.hex(), "0x" + key.hex(), repr(key)):
        cleaned = Redactor([address]).clean(f"{before} {written} {after}")
        assert written not in cleaned


def test_the_redactor_itself_shows_nothing() -> None:
    redactor = Redactor(ADDRESSES, [PASSWORD])
    assert PASSWORD not in repr(redactor)
