"""Who held a share while revenue was earned: the twin of `TimeWeighted.sol` and of RevenueShare's claims.

Entitlement to period p is `∫ balance dt` over p, in share·seconds; over all accounts that is always
`S · L`. An account keeps a short list of *entries* {period, balance, weight}: `weight` is its entitlement to
that period, projected to the period's end as if nothing moved any more; in the periods after it, up to the
next entry, it held `balance` all the time (a quiet run). The last entry is the open one; those before it
wait for their period's settlement. `prefix[p] = Σ_{q<p} H_q` makes a quiet run one subtraction.
What is settled is accrued as a numerator `weight · H` and paid as `num / (S · L)`; the rest of the division
stays for the next claim, so an account receives exactly the floor of all it ever earned. Revenue comes in
*epochs*, each with money of its own, and so does an account's numerator: never are two mixed. Source:
docs/protocol.md, "Shares".
"""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

from wellhead.clock import PeriodClock
from wellhead.errors import InputError, StateError

MAX_SUPPLY = (1 << 80) - 1
MAX_REVENUE = (1 << 128) - 1


@dataclass(slots=True)
class Entry:
    """`weight` share·seconds in `period`, then `balance` shares in each later one up to the next entry."""

    period: int
    balance: int
    weight: int


@dataclass(slots=True)
class Account:
    """One holder: entries from the first period not accrued to the open one, numerators accrued by epoch."""

    entries: list[Entry] = field(default_factory=list)
    numerators: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))


class TimeWeightedShares:
    """One asset's shares. Times are Unix seconds and never run backwards; amounts are base units."""

    def __init__(self, clock: PeriodClock) -> None:
        """An asset without shares yet."""
        self.clock = clock
        self.supply = 0
        self.next_period = 0
        self.now = 0
        self._issue_period = 0
        self._prefix = [0]
        self._epochs = [0]
        self._paid: defaultdict[int, int] = defaultdict(int)
        self._accounts: dict[str, Account] = {}

    def issue(self, owner: str, supply: int, period: int) -> None:
        """Mint the whole supply, once; the owner counts as having held it since the start of `period`.

        So weights sum to `S · L` in every period. `period` is also the first to be settled. Raises
        StateError for a second issue and InputError for a supply outside `1 … 2⁸⁰ − 1`.
        """
        if self.supply:
            raise StateError(f"{self.supply} shares are issued already")
        if not 0 < supply <= MAX_SUPPLY:
            raise InputError(f"supply {supply} lies outside 1 … {MAX_SUPPLY}")
        self.supply, self.next_period, self._issue_period = supply, period, period
        self._epochs = [period]
        self.now = self.clock.start_of(period)
        self._accounts[owner] = Account([Entry(period, supply, supply * self.clock.period_seconds)])

    def balance_of(self, account: str) -> int:
        """Shares held now."""
        entries = self._accounts.get(account, Account()).entries
        return entries[-1].balance if entries else 0

    def transfer(self, sender: str, receiver: str, amount: int, now: int) -> None:
        """Move shares at second `now`, which is the first that counts for the receiver.

        Raises StateError if time runs backwards, InputError for an amount outside `0 … balance`.
        """
        self._advance(now)
        balance = self.balance_of(sender)
        if not 0 <= amount <= balance:
            raise InputError(f"transfer of {amount} shares, {sender} holds {balance}")
        weight = amount * (self.clock.end_of(self.clock.period_at(now)) - now)
        opened = self._open(sender, now)
        opened.balance -= amount
        opened.weight -= weight
        opened = self._open(receiver, now)
        opened.balance += amount
        opened.weight += weight

    def settle(self, holders_amount: int, now: int) -> None:
        """Book the holders' part H of the next period in order.

        Raises StateError before issue and while that period still runs, InputError for a negative H and
        for one that lifts the sum of all beyond `2¹²⁸ − 1`.
        """
        if not self.supply:
            raise StateError("no shares are issued")
        room = MAX_REVENUE - self._prefix[-1]
        if not 0 <= holders_amount <= room:
            raise InputError(f"holders' part {holders_amount} lies outside 0 … {room}")
        end = self.clock.end_of(self.next_period)
        if now < end:
            raise StateError(f"period {self.next_period} runs until {end}, now {now}")
        self._advance(now)
        self._prefix.append(self._prefix[-1] + holders_amount)
        self.next_period += 1

    def accrue(self, account: str, max_steps: int | None = None) -> int:
        """Turn settled entries into numerator, at most `max_steps` of them; returns the steps taken.

        An entry that reaches over the start of an epoch takes one step for each.
        """
        state, steps = self._accounts.get(account, Account()), 0
        while state.entries and (max_steps is None or steps < max_steps):
            if state.entries[0].period >= self.next_period:
                break
            self._accrue_first(state)
            steps += 1
        return steps

    def start_epoch(self, from_period: int) -> int:
        """Revenue of the periods since `from_period` is money of its own; returns the epoch's number.

        Raises InputError for a period that is settled or does not lie behind the newest epoch's first.
        """
        earliest = max(self._epochs[-1] + 1, self.next_period)
        if from_period < earliest:
            raise InputError(f"an epoch from period {from_period}, the earliest is {earliest}")
        self._epochs.append(from_period)
        return len(self._epochs) - 1

    @property
    def epoch(self) -> int:
        """The epoch of the last settled period; before that the first."""
        return max(0, bisect_right(self._epochs, self.next_period - 1) - 1)

    def outstanding(self, epoch: int) -> int:
        """Earned by holders in the settled periods of an epoch, and not yet paid."""
        ends = [*self._epochs[1:], self.next_period]
        start, end = (min(p, self.next_period) for p in (self._epochs[epoch], ends[epoch]))
        return self._settled_before(end) - self._settled_before(start) - self._paid[epoch]

    def claim(self, account: str, max_steps: int | None = None, epoch: int | None = None) -> int:
        """Base units of an epoch (None: the current one) paid to the account now.

        The numerator keeps what did not make a whole one. Raises StateError before issue and InputError for
        an epoch that is not settled yet. A second claim at once pays 0.
        """
        if not self.supply:
            raise StateError("no shares are issued")
        epoch = self.epoch if epoch is None else epoch
        if not 0 <= epoch <= self.epoch:
            raise InputError(f"epoch {epoch} lies outside 0 … {self.epoch}")
        self.accrue(account, max_steps)
        numerators = self._accounts.get(account, Account()).numerators
        paid, numerators[epoch] = divmod(numerators[epoch], self.supply * self.clock.period_seconds)
        self._paid[epoch] += paid
        return paid

    def weight_in(self, account: str, period: int) -> int:
        """Share·seconds of a period not yet accrued, projected to its end if it is still running."""
        weight = 0
        for entry in self._accounts.get(account, Account()).entries:
            if entry.period == period:
                return entry.weight
            if entry.period < period:
                weight = entry.balance * self.clock.period_seconds
        return weight

    def _advance(self, now: int) -> None:
        if now < self.now:
            raise StateError(f"time {now} lies before {self.now}")
        self.now = now

    def _settled_before(self, period: int) -> int:
        return self._prefix[period - self._issue_period]

    def _accrue_first(self, state: Account) -> None:
        """Accrue the first entry as far as it is settled and lies in one epoch."""
        first = state.entries[0]
        following = state.entries[1].period if len(state.entries) > 1 else self.next_period
        epoch = bisect_right(self._epochs, first.period) - 1
        run_end = min([following, self.next_period, *self._epochs[epoch + 1 : epoch + 2]])
        after = self._settled_before(first.period + 1)
        quiet = first.balance * self.clock.period_seconds
        state.numerators[epoch] += first.weight * (after - self._settled_before(first.period))
        state.numerators[epoch] += quiet * (self._settled_before(run_end) - after)
        if len(state.entries) > 1 and run_end == following:
            state.entries.pop(0)
        else:
            state.entries[0] = Entry(run_end, first.balance, quiet)

    def _open(self, account: str, now: int) -> Entry:
        """The entry of the running period, opened if need be; settled entries are accrued on the way."""
        period = self.clock.period_at(now)
        self.accrue(account)
        state = self._accounts.setdefault(account, Account())
        if not state.entries:
            state.entries.append(Entry(period, 0, 0))
        last = state.entries[-1]
        if last.period < period:
            state.entries.append(Entry(period, last.balance, last.balance * self.clock.period_seconds))
        return state.entries[-1]
