"""What an outbox should do next about its open transactions: pure, from what is stored and seen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from wellhead.chain.fees import FeePolicy, Fees
from wellhead.chain.line import OpenAttempt, OpenIntent
from wellhead.chain.node import View
from wellhead.chain.states import State

RESEND_AFTER_BLOCKS = 2
"""A node that said it has a transaction is given it again so many blocks later."""
AT_ONCE_MAX = 500
"""Most transactions resent, and most signed, in one round."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do; empty if there is nothing."""

    resend: tuple[OpenAttempt, ...] = ()
    """Bytes to send again as they are."""
    bump: tuple[tuple[OpenIntent, Fees], ...] = ()
    """Intents to sign again under the same nonce, and the fees."""
    fill: tuple[int, ...] = ()
    """Nonces that nobody uses and that hold up what stands behind them."""
    place: tuple[OpenIntent, ...] = ()
    """Intents that need a nonce."""

    @property
    def signs(self) -> bool:
        """Whether something new is to be signed."""
        return bool(self.bump or self.fill or self.place)


def plan(view: View, line: Sequence[OpenIntent], used: Collection[int], policy: FeePolicy) -> Plan:
    """The next round's work. `used` are all nonces from `view.count` on that any stored intent has."""
    pending = sorted((each for each in line if each.is_pending), key=lambda each: each.nonce or 0)
    bump = [(each, fees) for each in pending if (fees := _bump(view, each, policy))][:AT_ONCE_MAX]
    bumped = {intent.id for intent, _ in bump}
    resend = [each.newest for each in pending if each.id not in bumped and _is_due(view, each.newest)]
    unplaced = [each for each in line if each.state is State.UNPLACED]
    return Plan(
        tuple(resend[:AT_ONCE_MAX]),
        tuple(bump),
        _gaps(view, pending, used),
        tuple(unplaced[:AT_ONCE_MAX]),
    )


def _bump(view: View, intent: OpenIntent, policy: FeePolicy) -> Fees | None:
    """Raised fees for what has waited long enough and is next in line or offers too little."""
    newest = intent.newest
    if view.head - newest.signed_at_block < policy.bump_after_blocks or (intent.nonce or 0) < view.count:
        return None
    offers_too_little = newest.fees.max_fee < view.base_fee + newest.fees.tip
    if intent.nonce != view.count and not offers_too_little:
        return None
    return policy.bumped(newest.fees, view.base_fee)


def _is_due(view: View, attempt: OpenAttempt) -> bool:
    """Unless a node took it in this block or, where its pool counts it in, in the one before."""
    offered = attempt.offered_at_block
    patience = RESEND_AFTER_BLOCKS if attempt.nonce < view.count_pending else 1
    return offered is None or not 0 <= view.head - offered < patience


def _gaps(view: View, pending: Sequence[OpenIntent], used: Collection[int]) -> tuple[int, ...]:
    """Nonces from the next one that the pool waits for up to our last one that no intent of ours has."""
    if not pending:
        return ()
    last = pending[-1].nonce or 0
    return tuple(nonce for nonce in range(view.count_pending, last) if nonce not in used)[:AT_ONCE_MAX]
