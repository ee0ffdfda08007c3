"""Own transactions are reorged out, put back early or late: each is paid once, none is stuck (R17)."""

import sys
import tempfile
from random import Random
from typing import Any

from tests.chaos.cli import Told, main, silent
from tests.chaos.node import mine, rpc, run_node
from tests.chaos.rig import Rig, random_of, step, submit

DEPTH_MAX = 8


def run(seed: int, count: int, told: Told = silent) -> dict[str, Any]:
    """`count` reorgs of depth 1 to 8 with own transactions in the blocks taken away."""
    sent, ways = 0, dict.fromkeys(("dropped", "put back", "put back late"), 0)
    with tempfile.TemporaryDirectory() as folder, run_node("--no-mining") as node:
        rig = Rig(node, node, f"sqlite:///{folder}/outbox.sqlite", seed)
        outbox = rig.outbox()
        for number in range(count):
            chance = random_of(seed, "reorg", number)
            depth = chance.randint(1, DEPTH_MAX)
            for _ in range(depth):
                some = range(sent, sent + chance.randint(0, 2))
                if some:
                    submit(outbox, rig.requests(some))
                sent = some.stop
                mine(node)
                if chance.random() < 0.7:
                    step(outbox)
            step(outbox)
            ways[_reorg(node, depth, chance)] += 1
            step(outbox)
            rig.settle(outbox, range(max(0, sent - 40), sent))
            if (number + 1) % 50 == 0:
                told(f"{number + 1:,} of {count:,} reorgs, {sent:,} payments")
        faults = rig.tally(range(sent)) | {"stuck": _stuck(rig, outbox, sent)}
        outbox.sessions.kw["bind"].dispose()
    return {"faults": faults, "payments": sent, "ways": ways}


def _reorg(node: str, depth: int, chance: Random) -> str:
    """Replace the last `depth` blocks: empty, or with their transactions in the first or last new one."""
    head = int(rpc(node, "eth_blockNumber"), 16)
    taken = [
        rpc(node, "eth_getRawTransactionByHash", each)
        for number in range(head - depth + 1, head + 1)
        for each in rpc(node, "eth_getBlockByNumber", hex(number), False)["transactions"]
    ]
    way = chance.choice(("dropped", "put back", "put back late"))
    place = {"dropped": None, "put back": 0, "put back late": depth - 1}[way]
    rpc(node, "anvil_reorg", depth, [] if place is None else [[raw, place] for raw in taken])
    return way


def _stuck(rig: Rig, outbox: Any, sent: int) -> int:
    mine(rig.node_url, 70)
    step(outbox)
    step(outbox)
    states = outbox.outcomes([rig.request(number).key for number in range(sent)])
    return sum(each.state != "final" for each in states.values())


if __name__ == "__main__":
    sys.exit(main("reorgs", run, 500, "reorgs of own transactions"))
