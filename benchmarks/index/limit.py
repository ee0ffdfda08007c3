"""What the machine can do: the same events by raw JSON-RPC, orjson, a hand-written decoder and binary COPY.

No headers, no hashes, no numbers checked, one kind of event known beforehand, the next answer fetched while
the last is written: whoever indexes properly is slower.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from struct import Struct
from typing import Any

import httpx
import orjson
from sqlalchemy import Engine, func, select, table

from benchmarks.index.stage import Stage
from wellhead.chain.index.decode import COPY_HEADER, COPY_TRAILER

BLOCKS_PER_CALL = 40
TABLE = "raw_sales"
SALE = Struct("24x8s12x20s24x8s24x8s24x8s32s32s32s")
ROW = Struct(">hiQiQi20si32si8si20si8si8si8s")


def raw_events_per_second(stage: Stage, engine: Engine) -> float:
    """Events per second into a table of the same columns and key."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {TABLE} (LIKE event_settlement_sale_booked INCLUDING ALL)")
    client = httpx.Client(timeout=60)
    started = time.perf_counter()
    with ThreadPoolExecutor(1) as thread, engine.begin() as connection:
        driver: Any = connection.connection.driver_connection
        cursor = driver.cursor()
        firsts = range(0, stage.last_block + 1, BLOCKS_PER_CALL)
        fetched = [thread.submit(_logs, client, stage, first) for first in firsts]
        for answer in fetched:
            cursor.execute(f"COPY {TABLE} FROM STDIN WITH (FORMAT BINARY)", stream=_rows(answer.result()))
    seconds = time.perf_counter() - started
    with engine.begin() as connection:
        written = connection.execute(select(func.count()).select_from(table(TABLE))).scalar()
    if written != stage.events:
        raise RuntimeError(f"the raw limit wrote {written} of {stage.events} events")
    return stage.events / seconds


def _logs(client: httpx.Client, stage: Stage, first: int) -> list[dict[str, Any]]:
    asked = {
        "address": stage.deployment.contracts["Settlement"],
        "fromBlock": hex(first),
        "toBlock": hex(min(first + BLOCKS_PER_CALL - 1, stage.last_block)),
    }
    body = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_getLogs", "params": [asked]})
    answer = client.post(stage.url, content=body, headers={"Content-Type": "application/json"})
    logs: list[dict[str, Any]] = orjson.loads(answer.content)["result"]
    return logs


def _rows(logs: list[dict[str, Any]]) -> Iterator[bytes]:
    yield COPY_HEADER + b"".join(map(_row, logs)) + COPY_TRAILER


def _row(log: dict[str, Any]) -> bytes:
    _, asset, payer = log["topics"]
    asset_id, payer_, sequence, period, count, units, price, locked = SALE.unpack(
        bytes.fromhex(asset[2:] + payer[2:] + log["data"][2:])
    )
    fixed = ROW.pack(
        *(12, 8, int(log["blockNumber"], 16), 8, int(log["logIndex"], 16)),
        *(20, bytes.fromhex(log["address"][2:]), 32, bytes.fromhex(log["transactionHash"][2:])),
        *(8, asset_id, 20, payer_, 8, sequence, 8, period, 8, count),
    )
    texts = [b"%d" % int.from_bytes(word) for word in (units, price, locked)]
    return fixed + b"".join([part for text in texts for part in (len(text).to_bytes(4), text)])
