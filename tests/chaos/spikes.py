"""The base fee leaps, under geth's and reth's rules: mined in time, never above the cap (R16)."""

import sys
import tempfile
from typing import Any

from sqlalchemy import select
from tests.chaos.cli import Told, main, silent
from tests.chaos.node import mine, rpc, run_node
from tests.chaos.proxy import Faults, FeeRule, Proxy
from tests.chaos.rig import DONE, GWEI, Rig, random_of, step, submit

from wellhead.chain.fees import FeePolicy
from wellhead.chain.models import TransactionAttempt
from wellhead.chain.outbox import Outbox

CAP = 100 * GWEI
BLOCKS_MAX = 10


def run(seed: int, count: int, told: Told = silent) -> dict[str, Any]:
    """`count` spikes up to three times the cap, of 1 to 12 blocks, then a base fee up to the cap itself."""
    sent, late, slowest, underpriced = 0, 0, 0, 0
    with tempfile.TemporaryDirectory() as folder, run_node("--no-mining", "--slots-in-an-epoch", "1") as node:
        proxy = Proxy(node)
        with proxy as url:
            rig = Rig(node, url, f"sqlite:///{folder}/outbox.sqlite", seed, FeePolicy(cap=CAP))
            outbox = rig.outbox()
            for number in range(count):
                chance = random_of(seed, "spike", number)
                proxy.faults = Faults(fee_rule=chance.choice((FeeRule.GETH, FeeRule.RETH)))
                _block(node, chance.randint(GWEI, CAP * 2 // 3), outbox)
                some = range(sent, sent + chance.randint(1, 3))
                submit(outbox, rig.requests(some))
                sent = some.stop
                for _ in range(chance.randint(1, 12)):
                    _block(node, chance.randint(CAP // 2, 3 * CAP), outbox)
                blocks = _blocks_until_mined(rig, outbox, some, chance.randint(CAP // 2, CAP))
                late, slowest = late + (blocks > BLOCKS_MAX), max(slowest, blocks)
                if (number + 1) % 100 == 0:
                    told(f"{number + 1:,} of {count:,} spikes, slowest {slowest} blocks")
            underpriced = proxy.refusals.underpriced
            with outbox.sessions() as session:
                above = sum(fee > CAP for fee in session.scalars(select(TransactionAttempt.max_fee)))
            faults = rig.tally(range(sent)) | {"late": late, "above_cap": above, "underpriced": underpriced}
            outbox.sessions.kw["bind"].dispose()
    return {"faults": faults, "payments": sent, "slowest_blocks": slowest}


def _block(node: str, base_fee: int, outbox: Outbox) -> None:
    rpc(node, "anvil_setNextBlockBaseFeePerGas", hex(base_fee))
    mine(node)
    step(outbox)


def _blocks_until_mined(rig: Rig, outbox: Outbox, some: range, base_fee: int) -> int:
    keys = [rig.request(number).key for number in some]
    for blocks in range(1, 3 * BLOCKS_MAX):
        if all(outcome.state in DONE for outcome in outbox.outcomes(keys).values()):
            return blocks - 1
        _block(rig.node_url, base_fee, outbox)
    return 3 * BLOCKS_MAX


if __name__ == "__main__":
    sys.exit(main("spikes", run, 1_000, "fee spikes"))
