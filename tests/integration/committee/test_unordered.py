"""A list that breaks the registry's order, on a chain of its own: others would have to read it."""

from tests.integration.committee.conftest import Committee

from wellhead.registry.devices import Device


def test_no_reading_is_reported_under_a_list_whose_ids_do_not_increase(committee: Committee) -> None:
    """Its root is the announced one: who signed readings under it could be made to pay for them."""

    def swapped(made: tuple[tuple[Device, ...], tuple[bytes, ...]]) -> tuple[object, ...]:
        (first, second), keys = made
        ids = (second.device_id, first.device_id)
        return tuple(Device(i, ids[i], d.agent_key) for i, d in enumerate((first, second))), keys

    of = committee.game.metered(count=2, order=swapped)
    other = committee.metered(2)
    period, game = other.asset.opened_in, committee.game
    committee.give(0, [game.reading(of, period, 0, 300)])
    committee.close(period)
    for member in committee.members:
        member.find_list = lambda asset_id, version: of.devices if asset_id == of.asset.id else None
    due = committee.members[0].due(period)
    assert due is not None
    gathered = committee.gatherer(0).gather(due)
    assert "is not above its predecessor" in gathered.withheld[of.asset.id]
    assert gathered.bundled is not None
    assert of.asset.id not in gathered.bundled.proposal.assets
    assert len(gathered.signatures) == 3
