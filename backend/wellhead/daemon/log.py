"""Structured logs: one JSON object a line, to standard error or a file, with key material taken out.

    {"time": "2026-11-24T02:15:00.123Z", "level": "INFO", "event": "report posted",
     "logger": "wellhead.daemon", "fields": {"period": 7, "transaction": "0x…"}}

`told(logger, "report posted", period=7)` writes such a line. Whatever any library logs takes the same form
and passes the same redactor, and so does an exception that nobody caught.
"""

import json
import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

from wellhead.daemon.redact import Redactor

TEXT_MAX = 8_000
"""Most characters of one event, value or traceback."""


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON; every text in it goes through the redactor."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """The line, without a newline at its end."""
        clean = self._redactor
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "level": record.levelname,
            "event": clean.clean(_message(record))[:TEXT_MAX],
            "logger": record.name,
        }
        fields = getattr(record, "fields", None)
        if isinstance(fields, dict) and fields:
            line["fields"] = clean.clean_value("", fields)
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = clean.clean("".join(traceback.format_exception(*record.exc_info)))[-TEXT_MAX:]
        if record.stack_info:
            line["stack"] = clean.clean(record.stack_info)[-TEXT_MAX:]
        return json.dumps(line, ensure_ascii=False, default=str)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError) as error:
        return f"{record.msg} (arguments do not fit: {error})"


def start_logging(redactor: Redactor, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send everything that this process logs, warns of or dies of through the redactor to `stream`."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(redactor))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "urllib3", "botocore", "web3", "asyncio"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def told(logger: logging.Logger, event: str, level: int = logging.INFO, /, **fields: object) -> None:
    """Write one event with its fields."""
    logger.log(level, "%s", event, extra={"fields": fields})


def _uncaught(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("wellhead").critical("ended by %s", kind.__name__, exc_info=(kind, error, where))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
        _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
