"""Random walks over a report's life against a model of it: no other edge, and always a way out.

The model knows one asset's period: which revisions were posted, with the asset in them or not, which
challenges are open, and what is marked. After every step chain and model must agree on what is void, accepted
and unreported; at the end "settled or refunded" must be reachable by calls that anybody can make.
"""

import random
from dataclasses import dataclass, field, replace

import pytest
from tests.contracts.disputes.game import STAKES, Game, Metered
from tests.contracts.world import WINDOWS

from wellhead.chain.contracts.disputes import SUMMONS
from wellhead.chain.posted import NOT_POSTED
from wellhead.errors import ContractReverted
from wellhead.reports.evidence import Absence, Revision, tree_of

STEPS = 30


@pytest.fixture(scope="module")
def game():
    """Members with stakes, and a second asset that fills reports which leave the first one out."""
    return Game()


@dataclass
class Life:
    """One posted revision as the model has it."""

    revision: Revision
    present: bool
    hidden: bool
    """Nobody can answer for it: its readings are withheld."""
    open: dict[int, int] = field(default_factory=dict)
    """Challenges without answer: index → when it was opened."""
    closed: set[int] = field(default_factory=set)
    marked: bool = False
    checked_until: int = 0
    summoned_at: int = 0

    @property
    def dispute_end(self) -> int:
        return self.revision.posted.disputable_until(WINDOWS)

    def void(self, now: int) -> bool:
        """Marked, or a challenge is without an answer that could still come."""
        unanswered = bool(self.open) and now > self.dispute_end + WINDOWS.answer
        unseen = self.summoned_at != 0 and now > self.summoned_at + WINDOWS.answer
        return self.marked or unanswered or unseen

    def passed_over(self, now: int) -> bool:
        """Marked, or without the asset; what is void by time alone has to be marked before."""
        return self.marked or not (self.present or self.void(now))

    def undecided_until(self) -> int:
        return max(self.dispute_end, self.checked_until)


@dataclass
class Walk:
    """A walk over one asset's period."""

    game: Game
    of: Metered
    other: Metered
    period: int
    random: random.Random
    lives: list[Life] = field(default_factory=list)

    @property
    def end(self) -> int:
        return self.game.world.clock.end_of(self.period)

    @property
    def hard_end(self) -> int:
        return self.end + WINDOWS.hard_end

    # --- what the model expects ------------------------------------------------------------------------

    def accepted(self, revision: int, now: int) -> bool:
        life = self.lives[revision]
        stands = life.present and not life.void(now) and not life.open and now >= life.undecided_until()
        return stands and all(earlier.passed_over(now) for earlier in self.lives[:revision])

    def unreported(self, now: int) -> bool:
        return now >= self.hard_end and all(life.passed_over(now) for life in self.lives)

    def may_post(self, now: int) -> bool:
        if not self.lives:
            return WINDOWS.post_from <= now - self.end <= WINDOWS.post_until
        last = self.lives[-1]
        until = last.dispute_end + WINDOWS.answer + WINDOWS.revision
        in_window = last.revision.posted.posted_at <= now <= until
        return len(self.lives) < 3 and in_window and now + WINDOWS.dispute <= self.hard_end

    def may_fall_back(self, now: int) -> bool:
        late = now - self.end - WINDOWS.post_until
        return not self.lives and 1 <= late <= WINDOWS.revision

    # --- steps -----------------------------------------------------------------------------------------

    def attempt(self, name: str, call, allowed_now: bool, allowed_then: bool) -> str | None:
        """Sends it where model says yes, and finds it refused where it says no; skips a second's edge."""
        if allowed_now != allowed_then:
            return None
        if not allowed_now:
            with pytest.raises(ContractReverted):
                self.game.world.send(name, call)
            return None
        return self.game.world.send(name, call).transaction_hash

    def both(self, rule) -> tuple[bool, bool]:
        now = self.game.world.now
        return rule(now), rule(now + 1)

    def post(self) -> None:
        self._post(fallback=False)

    def fall_back(self) -> None:
        self._post(fallback=True)

    def _post(self, fallback: bool) -> None:
        present, number = self.random.random() < 0.8, len(self.lives)
        held = {self.other.asset.id: {}}
        if present:
            held[self.of.asset.id] = self.game.readings(
                self.of, self.period, [900, None, 800, 700 + number, 5]
            )
        proposal = self.game.proposal(self.period, held, min(number, 2))
        if number > 2:
            proposal = replace(proposal, report=replace(proposal.report, revision=3))
        oracle, report = self.game.world.oracle, proposal.report
        if fallback:
            call, rule = oracle.submit_fallback(report, STAKES.fallback_bond), self.may_fall_back
        else:
            previous = self.lives[-1].revision.posted if self.lives else NOT_POSTED
            call = oracle.submit(report, self.game.world.signatures(report, "member-1", "member-2"), previous)
            rule = self.may_post
        sent = self.attempt("outsider", call, *self.both(rule))
        if sent:
            revision = Revision(proposal, oracle.posted_in(sent))
            self.lives.append(Life(revision, present, present and self.random.random() < 0.3))

    def asked(self) -> list[tuple[Life, int]]:
        """Challenges that wait for an answer or for their bond."""
        return [(life, index) for life in self.lives for index in life.open if index not in life.closed]

    def challenge(self) -> None:
        if not self.lives:
            return
        life = self.random.choice(self.lives)
        index = self.random.choice([0, 1, 4, 6, SUMMONS])
        known = index in life.open or index in life.closed
        known = known or (index == SUMMONS and any(other.summoned_at for other in self.lives))

        def rule(now: int) -> bool:
            in_time = now >= self.hard_end if index == SUMMONS else now < life.dispute_end
            return in_time and not known and not life.void(now)

        place = self.game.place(self.of, life.revision, index)
        call = self.game.world.disputes.open(place, life.revision.posted, self.game.bond(len(life.open)))
        if self.attempt("watcher", call, *self.both(rule)):
            if index == SUMMONS:
                life.summoned_at = self.game.world.now
                life.closed.add(index)
            else:
                life.open[index] = self.game.world.now

    def answer(self) -> None:
        asked = self.asked()
        if not asked:
            return
        life, index = self.random.choice(asked)
        if life.hidden:
            return
        place = self.game.place(self.of, life.revision, index)
        call = self.game.answer_call(self.of, life.revision, place)

        def rule(now: int) -> bool:
            return now <= life.open[index] + WINDOWS.answer and not life.void(now)

        if self.attempt("answerer", call, *self.both(rule)):
            now = self.game.world.now
            life.checked_until = now + WINDOWS.post_from if now + WINDOWS.post_from > life.dispute_end else 0
            life.closed.add(index)
            del life.open[index]

    def expire(self) -> None:
        asked = self.asked()
        if not asked:
            return
        life, index = self.random.choice(asked)

        def rule(now: int) -> bool:
            return now > life.open[index] + WINDOWS.answer and not life.marked

        place = self.game.place(self.of, life.revision, index)
        call = self.game.world.disputes.expire(place, life.revision.posted)
        if self.attempt("outsider", call, *self.both(rule)):
            life.marked = True
            life.closed.add(index)
            del life.open[index]

    def reclaim(self) -> None:
        asked = self.asked()
        if not asked:
            return
        life, index = self.random.choice(asked)
        call = self.game.world.disputes.reclaim(self.game.place(self.of, life.revision, index))
        if self.attempt("outsider", call, life.marked, life.marked):
            life.closed.add(index)
            # a returned challenge still counts as open for a report that is void by its mark

    def wait(self) -> None:
        self.game.world.travel(self.game.world.now + self.random.choice([13, 60, 130, 260, 520]))

    # --- comparing -------------------------------------------------------------------------------------

    def check(self) -> None:
        now, oracle = self.game.world.now, self.game.world.oracle
        for number, life in enumerate(self.lives):
            posted = life.revision.posted
            assert oracle.is_void(self.of.asset.id, self.period, number, posted) == life.void(now)
            if life.present:
                assert self.stands(number) == self.accepted(number, now)
        assert self.passed() == self.unreported(now)
        standing = [n for n, life in enumerate(self.lives) if life.present and self.accepted(n, now)]
        assert len(standing) <= 1, "two reports of one asset's period stand"
        assert not (standing and self.unreported(now))

    def absences(self, count: int) -> tuple[Absence, ...]:
        trees = [(life.revision.posted, tree_of(life.revision.proposal)) for life in self.lives[:count]]
        return tuple(Absence(posted, tree.path(self.of.asset.id)) for posted, tree in trees)

    def stands(self, number: int) -> bool:
        life = self.lives[number]
        only = self.game.accepted(self.of, life.revision)
        evidence = replace(only, revision=number, absences=self.absences(number))
        try:
            self.game.require_accepted(evidence)
        except ContractReverted:
            return False
        return True

    def passed(self) -> bool:
        given = [absence.as_tuple() for absence in self.absences(len(self.lives))]
        try:
            self.game.world.oracle.read("requireUnreported", self.of.asset.id, self.period, given)
        except ContractReverted:
            return False
        return True

    def finish(self) -> None:
        """From wherever the walk ended: wait, and where nobody can show the report, ask for it."""
        world = self.game.world
        world.travel(self.hard_end + WINDOWS.answer + WINDOWS.post_from + 1)
        now = world.now
        hidden = [n for n, life in enumerate(self.lives) if life.hidden and not life.void(now)]
        for number in hidden:
            life = self.lives[number]
            place = self.game.place(self.of, life.revision, SUMMONS)
            if not life.summoned_at:
                world.send("watcher", world.disputes.open(place, life.revision.posted, self.game.bond()))
                life.summoned_at = world.now
                world.travel(world.now + WINDOWS.answer + 1)
            if not life.marked:
                world.travel(life.summoned_at + WINDOWS.answer + 1)
                world.send("outsider", world.disputes.expire(place, life.revision.posted))
                life.marked, life.summoned_at = True, 0
        for life in self.lives:
            if life.void(world.now) and not life.marked:
                place = self.game.place(self.of, life.revision, next(iter(life.open)))
                world.send("outsider", world.disputes.expire(place, life.revision.posted))
                life.marked = True
        now = world.now
        self.check()
        ends = [self.accepted(n, now) for n, life in enumerate(self.lives) if life.present]
        assert any(ends) or self.unreported(now), "neither settled nor refunded"


@pytest.mark.parametrize("seed", range(12))
def test_every_walk_agrees_with_the_model_and_ends_settled_or_refunded(game, seed):
    chance = random.Random(seed)
    other, of = game.metered("other-owner"), game.metered()
    walk = Walk(game, of, other, of.asset.opened_in, chance)
    game.world.travel(walk.end + chance.choice([50, 150, 590, 605]))
    steps = [walk.post, walk.fall_back, walk.wait, walk.challenge, walk.challenge, walk.answer, walk.answer]
    steps += [walk.expire, walk.reclaim]
    for _ in range(STEPS):
        chance.choice(steps)()
        walk.check()
    walk.finish()
