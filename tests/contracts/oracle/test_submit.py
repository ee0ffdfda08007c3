"""ReportOracle.submit and setMembers, case by case after the requirements in IReportOracle.sol."""

from dataclasses import replace

import pytest
from tests.contracts.world import MEMBERS, WINDOWS, address, key_of, up

from wellhead.chain.keccak import keccak256
from wellhead.chain.posted import NOT_POSTED, Posted
from wellhead.chain.signatures import HALF_ORDER
from wellhead.reports.period_report import sign_report

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@pytest.fixture
def built(world):
    """A report of the asset's first period, at the first second in which it may be posted."""
    asset = world.asset(bond=0)
    period = asset.opened_in
    world.travel(world.clock.end_of(period) + WINDOWS.post_from)
    return world.build(period, {asset: up(4_000)})


def changed(report, **fields):
    return type(report)(**{name: getattr(report, name) for name in report.__slots__} | fields)


def submit(world, report, *members, previous=NOT_POSTED):
    return world.oracle.submit(report, world.signatures(report, *members), previous)


def ordered(*members):
    return sorted(members, key=lambda name: int(address(name), 16))


def bits(*members):
    """The members' bits in the ascending list."""
    return sum(1 << ordered(*MEMBERS).index(name) for name in members)


@pytest.mark.parametrize("members", [("member-3", "member-1"), ("member-2", "member-3"), MEMBERS])
def test_a_quorum_of_members_posts_a_root_and_its_bits_say_who(world, members):
    asset = world.asset(bond=0)
    period = asset.opened_in
    world.travel(world.clock.end_of(period) + WINDOWS.post_from)
    built = world.build(period, {asset: up(4_000)})
    world.send("outsider", submit(world, built.report, *members))
    posted = world.oracle.posted_of(period, 0)
    count, version = built.report.asset_count, world.oracle.members().version
    assert posted == Posted(built.tree.root, count, world.now, bits(*members), version)
    assert world.oracle.posted_hash_of(period, 0) == hash_of(posted)
    assert world.oracle.revisions_of(period) == 1


def test_the_digest_that_members_sign_is_the_same_in_python_and_on_the_chain(world):
    assert world.oracle.domain_separator() == world.oracle_domain.separator


def test_a_fork_of_the_chain_has_a_domain_of_its_own(world, monkeypatch):
    """The separator is that of the chain of now: a signature for one branch is worth nothing on another."""
    here = world.oracle_domain
    forked = replace(here, chain_id=here.chain_id + 1)
    backend = world.chain.web3.provider.ethereum_tester.backend
    monkeypatch.setattr(backend.chain, "chain_id", forked.chain_id)
    assert world.oracle.domain_separator() == forked.separator != here.separator


def test_every_event_of_the_oracle_is_numbered_on(world, built):
    before = world.oracle.read("sequence")
    mined = world.send("outsider", submit(world, built.report, "member-1", "member-2"))
    (event,) = world.oracle.events_between(mined.block, mined.block)
    assert event.args["sequence"] == world.oracle.read("sequence") == before + 1


def test_too_few_signatures_are_refused(world, built):
    call = submit(world, built.report, "member-1")
    world.refused("outsider", call, "TooFewSignatures", signatures=1, quorum=2)


@pytest.mark.parametrize("length", [0, 64, 66, 129, 131])
def test_signatures_that_are_not_65_bytes_each_are_refused(world, built, length):
    call = world.oracle.submit(built.report, [(b"".join(world.signatures(built.report, *MEMBERS)))[:length]])
    if length == 0:
        world.refused("outsider", call, "TooFewSignatures", signatures=0, quorum=2)
    else:
        world.refused("outsider", call, "WrongSignaturesLength", length=length)


def test_one_member_signing_twice_is_not_a_quorum(world, built):
    call = submit(world, built.report, "member-1", "member-1")
    one = address("member-1")
    world.refused("outsider", call, "SignersOutOfOrder", previous=one, signer=one)


def test_signatures_out_of_order_are_refused(world, built):
    low, high = sorted(MEMBERS[:2], key=lambda name: int(address(name), 16))
    signatures = world.signatures(built.report, low, high)[::-1]
    call = world.oracle.submit(built.report, signatures)
    world.refused("outsider", call, "SignersOutOfOrder", previous=address(high), signer=address(low))


def test_a_foreign_signature_is_refused(world, built):
    # whichever order the addresses have, the stranger is met as the first or the second
    call = submit(world, built.report, "member-1", "stranger")
    world.refused("outsider", call, "NotMember", signer=address("stranger"))


def test_a_signature_over_another_report_is_not_a_members(world, built):
    other = changed(built.report, bundle=bytes(31) + b"\x01")
    signatures = [sign_report(world.oracle_domain, other, key_of(name)) for name in MEMBERS[:2]]
    before = world.oracle.revisions_of(built.report.period)
    with pytest.raises(Exception, match=r"NotMember|SignersOutOfOrder"):
        world.send("outsider", world.oracle.submit(built.report, signatures))
    assert world.oracle.revisions_of(built.report.period) == before == 0


def test_a_signature_with_high_s_is_refused(world, built):
    first, second = world.signatures(built.report, "member-1", "member-2")
    s = ORDER - int.from_bytes(first[32:64], "big")
    assert s > HALF_ORDER
    mirrored = first[:32] + s.to_bytes(32, "big") + bytes([55 - first[64]])
    call = world.oracle.submit(built.report, [mirrored, second])
    world.refused("outsider", call, "ECDSAInvalidSignatureS", s=s.to_bytes(32, "big"))


def test_a_signature_that_recovers_to_nobody_is_refused(world, built):
    second = world.signatures(built.report, "member-2")[0]
    call = world.oracle.submit(built.report, [bytes(64) + b"\x1b", second])
    world.refused("outsider", call, "ECDSAInvalidSignature")


def test_an_unknown_rules_version_is_refused(world, built):
    call = submit(world, changed(built.report, rules_version=2), "member-1", "member-2")
    world.refused("outsider", call, "UnknownRules", rulesVersion=2, known=1)


def test_a_root_of_zero_is_refused(world, built):
    call = submit(world, changed(built.report, root=bytes(32)), "member-1", "member-2")
    world.refused("outsider", call, "ZeroRoot")


def test_posting_before_the_window_is_refused(world):
    asset = world.asset(bond=0)
    period = asset.opened_in
    end = world.clock.end_of(period)
    call = submit(world, world.build(period, {asset: up(0)}).report, "member-1", "member-2")
    window = {"from": end + WINDOWS.post_from, "until": end + WINDOWS.post_until}
    world.refused("outsider", call, "OutsidePostWindow", period=period, timestamp=world.now, **window)
    world.travel(end + WINDOWS.post_from - 1)
    world.refused("outsider", call, "OutsidePostWindow", period=period, timestamp=world.now, **window)
    world.travel(end + WINDOWS.post_from)
    world.send("outsider", call)


def test_posting_after_the_window_is_refused(world, built):
    call = submit(world, built.report, "member-1", "member-2")
    end = world.clock.end_of(built.report.period)
    world.travel(end + WINDOWS.post_until + 1)
    world.refused(
        "outsider",
        call,
        "OutsidePostWindow",
        period=built.report.period,
        timestamp=end + WINDOWS.post_until + 1,
        **{"from": end + WINDOWS.post_from, "until": end + WINDOWS.post_until},
    )


def test_posting_in_the_last_second_of_the_window_is_accepted(world, built):
    world.travel(world.clock.end_of(built.report.period) + WINDOWS.post_until - 1)
    world.send("outsider", submit(world, built.report, "member-1", "member-2"))
    posted_at = world.oracle.posted_of(built.report.period, 0).posted_at
    assert posted_at == world.clock.end_of(built.report.period) + WINDOWS.post_until


def test_revisions_are_posted_in_order_and_end_at_two(world, built):
    period, members = built.report.period, ("member-1", "member-2")
    early = changed(built.report, revision=1)
    world.refused("outsider", submit(world, early, *members), "TooManyRevisions", revision=1, limit=0)
    told = Posted(b"\1" * 32, 1, 1, 1, 1)
    given = hash_of(told)
    call = submit(world, early, *members, previous=told)
    world.refused("outsider", call, "NotPosted", period=period, revision=0, given=given, known=bytes(32))
    previous = NOT_POSTED
    for revision in range(3):
        call = submit(world, changed(built.report, revision=revision), *members, previous=previous)
        world.send("outsider", call)
        world.refused("outsider", call, "AlreadyPosted", period=period, revision=revision)
        previous = world.oracle.posted_of(period, revision)
    for revision in (0, 3):
        call = submit(world, changed(built.report, revision=revision), *members, previous=previous)
        world.refused("outsider", call, "TooManyRevisions", revision=revision, limit=2)


def hash_of(posted):
    root, *numbers = posted.as_tuple()
    return keccak256(root + b"".join(number.to_bytes(32, "big") for number in numbers))


def test_a_revision_later_than_its_window_is_refused(world, built):
    period, members = built.report.period, ("member-1", "member-2")
    world.send("outsider", submit(world, built.report, *members))
    posted_at = world.now
    until = posted_at + WINDOWS.dispute + WINDOWS.answer + WINDOWS.revision
    previous = world.oracle.posted_of(period, 0)
    call = submit(world, changed(built.report, revision=1), *members, previous=previous)
    world.travel(until + 1)
    world.refused(
        "outsider",
        call,
        "OutsidePostWindow",
        period=period,
        timestamp=until + 1,
        **{"from": posted_at, "until": until},
    )
