"""The jobs of the gas table: what each unavoidably touches, what it may cost, and what peers need for it.

In the floors a "standing" is whether somebody is verified or frozen: one registry keeps it for all tokens,
one slot for each. A payment of coin is one account, and the balances of two who hold some.
"""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.gas import plays
from benchmarks.gas.floor import TRANSFER, Floor, Log
from benchmarks.gas.plays import HOLDERS, RUN, Play
from benchmarks.gas.stage import Done

TREE_OF_1000 = (65, 10)
"""Ten nodes of the tree over a thousand assets."""


@dataclass(frozen=True)
class Job:
    """One row of the table; `parts` is what the transaction's gas is divided by (holders, periods)."""

    floor: Floor
    bound: int
    peers: str
    play: Callable[[Play], Done]
    unit: str = "gas"
    parts: int = 1


def _report(signatures: int, bound: int, peers: str) -> Job:
    floor = Floor(
        accounts=2,  # the registry for the number of assets, the members' list kept in code
        reads=1,  # the number of assets
        fresh=1,  # the root
        logs=(Log(2, 5),),  # the report, so that an indexer needs no calldata
        hashes=((7 * 32, 1), (66, 1)),  # struct and digest
        signatures=signatures,
    )
    return Job(floor, bound, peers, plays.report(signatures))


JOBS: dict[str, Job] = {
    "share_transfer_repeat": Job(
        # both standings; both balances, each beside its weight
        Floor(accounts=1, reads=2, updates=2, logs=(TRANSFER,)),
        56_000,
        "T-REX 121,010-296,588; Centrifuge 43,365 without dividends",
        plays.share_transfer_repeat,
    ),
    "share_transfer_first": Job(
        # as above; for each party what it earned and the run that waits; two sums of revenue
        Floor(accounts=1, reads=4, updates=6, logs=(TRANSFER,)),
        108_000,
        "- (nobody keeps per-period entitlement)",
        plays.share_transfer_first,
    ),
    "report_3": _report(3, 78_000, "RedStone 54,317; OCR2 92,065"),
    "report_5": _report(5, 92_000, "RedStone 90,584; OCR2 128,490"),
    "report_9": _report(9, 121_000, "RedStone 149,237; OCR2 174,074"),
    "settle_asset": Job(
        Floor(
            accounts=3,  # registry, oracle, shares
            reads=5,  # the posted root; owner, terms, devices and excuse ceiling of the period
            updates=5,  # the period, the asset's funds, owed to owner and protocol, the shares' ledger
            fresh=2,  # what redemptions of the period draw on; the sum of revenue up to it
            logs=(Log(3, 11),),  # the outcome
            hashes=((11 * 32, 1), (27 * 32, 1), TREE_OF_1000),  # report, terms, path
        ),
        185_000,
        "Superfluid distribute 322,935; Synthetix 87,191 (no waterfall)",
        plays.settle_asset,
    ),
    "claim_1": Job(
        # coin; standing; the account's run and numerator; two sums of revenue
        Floor(accounts=2, reads=3, updates=4, logs=(TRANSFER, Log(2, 1))),
        75_000,
        "FDT 59,328; PaymentSplitter 56,886; Synthetix 76,223",
        plays.claim(1),
    ),
    "claim_365": Job(
        # as above, and a third sum of revenue
        Floor(accounts=2, reads=4, updates=4, logs=(TRANSFER, Log(2, 1))),
        75_000,
        "FDT 59,328; PaymentSplitter 56,886; Synthetix 76,223",
        plays.claim(365),
    ),
    "push_per_holder": Job(
        # for all: coin, identities; two sums of revenue, the share's ledger, the vault's coins
        # for each: standing, run; numerator, balance of coin; two events, one call of the coin
        Floor(
            accounts=2,
            reads=2 + HOLDERS * 2,
            updates=2 + HOLDERS * 2,
            logs=(TRANSFER, Log(2, 1)) * HOLDERS,
            calls=HOLDERS,
        ),
        25_000,
        "minimal 17,041",
        plays.push_per_holder,
        unit="gas/holder",
        parts=HOLDERS,
    ),
    "buy_first": Job(
        Floor(
            accounts=3,  # coin, identities, registry (the period is pinned)
            reads=3,  # offer, allowance, buyer's standing
            updates=4,  # both balances of coin, the asset's funds, the periods pinned
            fresh=2,  # the period's books, the buyer's units
            logs=(TRANSFER, Log(4, 2), Log(3, 2)),  # payment, ERC-1155's, the sale
        ),
        150_000,
        "- (OpenZeppelin mint of a new id with supply, without money: 92,583)",
        plays.buy_first,
    ),
    "buy_again": Job(
        # coin, identities; offer, allowance, standing; both balances, funds, the period's books, the units
        Floor(accounts=2, reads=3, updates=5, logs=(TRANSFER, Log(4, 2), Log(3, 2))),
        90_000,
        "-",
        plays.buy_again,
    ),
    "buy_run_per_period": Job(
        Floor(
            accounts=3,  # as for one period
            reads=3,
            updates=4,
            fresh=RUN + RUN // plays.WORD_PERIODS,  # each period's books; the buyer's units, many to a slot
            logs=(TRANSFER, Log(4, 4 + 2 * RUN), Log(3, 3)),  # ERC-1155 asks for two arrays
        ),
        45_000,
        "OpenZeppelin 30-id mint alone 24,382",
        plays.buy_run,
        unit="gas/period",
        parts=RUN,
    ),
    "grant": Job(
        Floor(
            accounts=1,  # identities
            reads=2,  # both standings
            updates=1,  # the owner's units
            fresh=3,  # what the user may use; the record: its id, amount and owner are more than a word
            logs=(Log(1, 6),),  # ERC-5006 indexes nothing
        ),
        125_000,
        "ERC-5006 reference 170,452-187,552",
        plays.grant,
    ),
    "challenge_open": Job(
        Floor(
            accounts=2,  # oracle; the registry for the number of places
            reads=2,  # the posted root, the devices
            fresh=2,  # the challenge; what is contested of the asset's period, which settling asks for
            logs=(Log(4, 4),),  # so that whoever can answer sees it
        ),
        110_000,
        "UMA assertTruth 189,002, by vote",
        plays.challenge_open,
    ),
    "challenge_answer": Job(
        Floor(
            accounts=2,  # oracle, registry
            reads=3,  # the posted root, the devices and their root
            updates=3,  # the challenge; what is contested; what is owed to the answerer
            logs=(Log(4, 4),),
            # reading, report and digest; the leaf and the path of the device; of the sums; of the report
            hashes=((12 * 32, 1), (11 * 32, 1), (66, 1), (4 * 32, 1), (65, 17), (133, 17), (65, 10)),
            signatures=1,
        ),
        135_000,
        "UMA settle 62,840 after 189,002, by vote",
        plays.challenge_answer,
    ),
}
"""Every job of the gas table, measured."""

MISSED: dict[str, str] = {}
"""Why a figure is above its bound: exactly the jobs whose figures are."""
