"""Sends through a node that loses answers in every way: each payment is made once (R13)."""

import sys
import tempfile
from typing import Any

from tests.chaos.cli import Told, main, silent
from tests.chaos.node import mine, run_node
from tests.chaos.proxy import Fault, Faults, FeeRule, Proxy
from tests.chaos.rig import Rig, random_of, step, submit

SHARE = 0.02


def run(seed: int, count: int, told: Told = silent) -> dict[str, Any]:
    """`count` payments in batches of 1 to 20; answers are lost in every way, before and after acceptance."""
    faults = Faults(
        seed=seed,
        after_sending=dict.fromkeys(Fault, SHARE) | {Fault.BAD_GATEWAY: 0.05},
        instead_of_sending=dict.fromkeys(Fault, SHARE / 2),
        while_reading=dict.fromkeys(Fault, SHARE / 4),
        timeout_seconds=0.12,
        fee_rule=FeeRule.GETH,
    )
    chance, said_again, sent = random_of(seed, "sends"), 0, 0
    with tempfile.TemporaryDirectory() as folder, run_node("--no-mining", "--slots-in-an-epoch", "1") as node:
        proxy = Proxy(node, faults)
        with proxy as url:
            rig = Rig(node, url, f"sqlite:///{folder}/outbox.sqlite", seed)
            outbox = rig.outbox(timeout_seconds=0.1)
            while sent < count:
                some = range(sent, min(count, sent + chance.randint(1, 20)))
                said_again += submit(outbox, rig.requests(some))
                sent = some.stop
                if chance.random() < 0.5:
                    mine(node)
                    step(outbox)
                if sent // 1_000 != some.start // 1_000:
                    told(f"{sent:,} of {count:,} sent, lost answers: {sum(proxy.lost.values()):,}")
            rig.settle(outbox, range(count))
            outcomes = outbox.outcomes([rig.request(number).key for number in range(count)]).values()
            false_failed = count - sum(outcome.succeeded is True for outcome in outcomes)
            faults_found = rig.tally(range(count)) | {"false_failed": false_failed}
            outbox.sessions.kw["bind"].dispose()
    return {"faults": faults_found, "lost_answers": dict(proxy.lost), "said_again": said_again}


if __name__ == "__main__":
    sys.exit(main("sends", run, 10_000, "sends"))
