"""Random lives of packed holdings against dictionaries: every unit, grant, freeze and refusal."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.world import GENESIS, L

from wellhead.chain.contract import CALL_GAS
from wellhead.market.lease_id import encode_lease_id, lease_parts

HOLDERS = 3
FIRST = 7_001
"""The first period of the lives: five that reach over two words of holdings."""
ISSUE, TRANSFER, BURN, GRANT, GIVE_BACK, FREEZE, FORCE = range(7)
MOST = (1 << 40) - 1


def series(period, price=3):
    return encode_lease_id(1, period, price)


PAST = series(0)
IDS = [PAST, *(series(FIRST + i) for i in range(5)), series(FIRST, 4)]


@dataclass
class Model:
    """What LeaseToken keeps, in dictionaries keyed by (holder, id)."""

    now: int
    balance: Counter = field(default_factory=Counter)
    granted: Counter = field(default_factory=Counter)
    usable: Counter = field(default_factory=Counter)
    frozen: Counter = field(default_factory=Counter)
    supply: Counter = field(default_factory=Counter)
    records: list = field(default_factory=list)

    def lives(self, lease):
        return self.now < GENESIS + (lease_parts(lease)[1] + 1) * L

    def free(self, holder, lease):
        at = holder, lease
        free = max(self.balance[at] - self.frozen[at], 0)
        return max(free - self.granted[at], 0) if self.lives(lease) else free

    def take(self, step):
        kind, start, to, ids, values = step
        return getattr(self, f"take_{kind}")(start, to, ids, values)

    def take_0(self, _, to, ids, values):
        run = [ids[0] + (i << 128) for i in range(ids[1])]
        if any(self.balance[to, lease] + values[0] > MOST for lease in run):
            return False
        for lease in run:
            self.supply[lease] += values[0]
            self.balance[to, lease] += values[0]
        return True

    def take_1(self, start, to, ids, values):
        taken = Counter()
        for lease, units in zip(ids, values, strict=True):
            taken[lease] += units
            # each is asked for in turn, so no prefix may go beyond what is free
            if taken[lease] > self.free(start, lease):
                return False
        return self.move(start, to, taken)

    def take_2(self, start, _, ids, values):
        if values[0] > self.free(start, ids[0]):
            return False
        self.balance[start, ids[0]] -= values[0]
        self.supply[ids[0]] -= values[0]
        return True

    def take_3(self, start, to, ids, values):
        at, units = (start, ids[0]), values[0]
        key = (to, *at, self.granted[at])
        known = any(record[0] == key for record in self.records if record[1])
        if not units or not self.lives(ids[0]) or units > self.free(*at) or known:
            return False
        self.records.append([key, units])
        self.granted[at] += units
        self.usable[to, ids[0]] += units
        return True

    def take_4(self, _start, _to, ids, _values):
        if ids[0] >= len(self.records) or not self.records[ids[0]][1]:
            return False
        (user, owner, lease, _), units = self.records[ids[0]]
        self.records[ids[0]][1] = 0
        self.granted[owner, lease] -= units
        self.usable[user, lease] -= units
        return True

    def take_5(self, start, _, ids, values):
        self.frozen[start, ids[0]] = values[0]
        return True

    def take_6(self, start, to, ids, values):
        at, units = (start, ids[0]), values[0]
        held = self.granted[at] if self.lives(ids[0]) else 0
        if start == to or units > self.balance[at] - held:
            return False
        if not self.move(start, to, Counter({ids[0]: units})):
            return False
        self.frozen[at] = min(self.frozen[at], self.balance[at])
        return True

    def move(self, start, to, units):
        # what a lane cannot hold
        if start != to and any(self.balance[to, lease] + n > MOST for lease, n in units.items()):
            return False
        for lease, n in units.items():
            self.balance[start, lease] -= n
            self.balance[to, lease] += n
        return True


holder = st.integers(1, HOLDERS)
lease = st.sampled_from(IDS)
few = st.integers(0, 12)
many = st.sampled_from([1, 5, MOST, MOST - 5])
moves = st.lists(st.tuples(lease, few), min_size=1, max_size=6)
run = st.tuples(lease, st.integers(1, 8))
issue = st.tuples(st.just(ISSUE), holder, holder, run, st.tuples(few | many))
step = st.one_of(
    issue,
    st.tuples(st.just(TRANSFER), holder, holder, moves, st.none()),
    st.tuples(st.just(BURN), holder, holder, st.tuples(lease), st.tuples(few)),
    st.tuples(st.just(GRANT), holder, holder, st.tuples(lease), st.tuples(few)),
    st.tuples(st.just(GIVE_BACK), holder, holder, st.tuples(st.integers(0, 5)), st.tuples(st.just(0))),
    st.tuples(st.just(FREEZE), holder, holder, st.tuples(lease), st.tuples(few)),
    st.tuples(st.just(FORCE), holder, holder, st.tuples(lease), st.tuples(few)),
)


def flat(each):
    kind, start, to, ids, values = each
    if kind == TRANSFER:
        ids, values = [i for i, _ in ids], [v for _, v in ids]
    return kind, start, to, list(ids), list(values)


@settings(max_examples=60, deadline=None)
@given(
    first=st.lists(issue, min_size=2, max_size=6),
    rest=st.lists(step, max_size=16),
)
def test_any_life_leaves_what_the_dictionaries_say(world, lives, first, rest):
    steps = [flat(each) for each in [*first, *rest]]
    model = Model(world.now)
    wanted = [model.take(each) for each in steps]
    called = lives.functions.live(steps, HOLDERS, IDS)
    possible, last = called.call({"from": world.chain.caller, "gas": CALL_GAS})
    assert list(possible) == wanted
    for place, found in enumerate(last):
        at = place // len(IDS) + 1, IDS[place % len(IDS)]
        alive = model.lives(at[1])
        granted, usable = (model.granted[at], model.usable[at]) if alive else (0, 0)
        assert tuple(found) == (model.balance[at], granted, usable, model.frozen[at])
    for place, lease in enumerate(IDS):
        assert model.supply[lease] == sum(found[0] for found in last[place :: len(IDS)])
