"""SumTree.sol and PositionTree.sol against their Python twins; what they refuse; the protocol's vectors."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.chain.keccak import keccak256
from wellhead.chain.position_tree import DEVICE_TAG, REPORT_TAG, build_position_tree, depth_of
from wellhead.errors import ReportError
from wellhead.reports.answers import amounts_of, times_of
from wellhead.reports.sum_tree import EMPTY_NODE, SUM_BYTES, build_sum_tree, fold_sums, sums_of

LEAF = keccak256(b"leaf")
ONES = (1, 1, 1, 1, 1, 1)


OVERFLOW = "SumOverflow"


def node(packed):
    """66 bytes as the struct SumTree.Node."""
    return packed[:32], times_of(sums_of(packed)), amounts_of(sums_of(packed))


def packed(leaf_hash, *sums):
    """66 bytes, also such as the twin refuses."""
    return leaf_hash + b"".join(n.to_bytes(size, "big") for n, size in zip(sums, SUM_BYTES, strict=True))


def climb(index, path):
    """Arguments after the leaf: index, depth and the packed path."""
    return index, len(path), b"".join(path)


def raw(text):
    return bytes.fromhex(text.removeprefix("0x"))


@st.composite
def sum_trees(draw):
    devices = draw(st.integers(1, 70))
    indices = draw(st.sets(st.integers(0, devices - 1), max_size=12))
    most = [((1 << 8 * size) - 1) // max(len(indices), 1) for size in SUM_BYTES]
    sums = st.tuples(*(st.sampled_from([0, 1, limit]) | st.integers(0, limit) for limit in most))
    return build_sum_tree({i: (keccak256(b"%d" % i), draw(sums)) for i in indices}, devices)


@settings(max_examples=250)
@given(tree=sum_trees(), data=st.data())
def test_every_leaf_of_a_sum_tree_leads_to_the_twins_root_and_totals(library, tree, data):
    index = data.draw(st.integers(0, (1 << tree.depth) - 1))
    found = library.call("sumTreeRoot", node(tree.leaf(index)), *climb(index, tree.path(index)))
    assert found == node(tree.root_node)


@settings(max_examples=60)
@given(tree=sum_trees().filter(lambda tree: tree.depth > 0), data=st.data())
def test_a_leaf_shown_at_another_place_gives_another_root(library, tree, data):
    index, place = (data.draw(st.integers(0, (1 << tree.depth) - 1)) for _ in range(2))
    path = tree.path(index)
    found = library.call("sumTreeRoot", node(tree.leaf(index)), *climb(place, path))
    assert found == node(fold_sums(tree.leaf(index), place, path, tree.depth))
    if index != place and tree.leaf(index) != EMPTY_NODE:
        assert found[0] != tree.root


@pytest.mark.parametrize("depth", [0, 1, 5])
def test_an_index_outside_a_sum_tree_is_refused(library, depth):
    path = [packed(LEAF, *ONES)] * depth
    for index in (1 << depth, (1 << depth) + 1, (1 << 256) - 1):
        refusal = library.refusal("sumTreeRoot", node(packed(LEAF, *ONES)), *climb(index, path))
        assert refusal == ("IndexOutsideSumTree", (index, depth))


@pytest.mark.parametrize("length", [0, 65, 66, 131, 133, 198])
def test_a_sum_path_that_is_not_66_bytes_for_each_level_is_refused(library, length):
    refusal = library.refusal("sumTreeRoot", node(packed(LEAF, *ONES)), 0, 2, bytes([1]) * length)
    assert refusal == ("WrongSumPathLength", (length, 2))


@pytest.mark.parametrize("place", range(6))
def test_sums_without_a_hash_are_refused_wherever_they_stand(library, place):
    liar = packed(bytes(32), *(int(place == i) for i in range(6)))
    good, empty = packed(LEAF, *ONES), EMPTY_NODE
    for leaf, index, path, level in (
        (liar, 0, [], 0),
        (good, 1, [liar], 0),
        (good, 0, [empty, good, liar], 2),
    ):
        refusal = library.refusal("sumTreeRoot", node(leaf), *climb(index, path))
        assert refusal == ("SumsWithoutHash", (level,))
    assert library.call("sumTreeRoot", node(good), *climb(0, [empty]))[1:] == node(good)[1:]


@pytest.mark.parametrize("place", range(6))
def test_a_sum_that_overflows_its_field_is_refused(library, place):
    largest = (1 << 8 * SUM_BYTES[place]) - 1
    full = packed(LEAF, *(largest if place == i else 0 for i in range(6)))
    one = packed(LEAF, *(int(place == i) for i in range(6)))
    none = packed(LEAF, 0, 0, 0, 0, 0, 0)
    assert library.call("sumTreeRoot", node(full), *climb(0, [none]))[1:] == node(full)[1:]
    assert library.refusal("sumTreeRoot", node(full), *climb(0, [one])) == (OVERFLOW, (0,))
    assert library.refusal("sumTreeRoot", node(one), *climb(1, [none, full])) == (OVERFLOW, (1,))


@settings(max_examples=60)
@given(tree=sum_trees().filter(lambda tree: tree.depth > 0), data=st.data())
def test_what_the_twin_refuses_the_library_refuses(library, tree, data):
    index = data.draw(st.integers(0, (1 << tree.depth) - 1))
    path = list(tree.path(index))
    level = data.draw(st.integers(0, tree.depth - 1))
    spoiled = bytearray(path[level])
    spoiled[data.draw(st.integers(0, 65))] ^= 1 << data.draw(st.integers(0, 7))
    path[level] = bytes(spoiled)
    try:
        wanted = node(fold_sums(tree.leaf(index), index, path, tree.depth))
    except ReportError:
        assert library.refusal("sumTreeRoot", node(tree.leaf(index)), *climb(index, path))[0] in (
            OVERFLOW,
            "SumsWithoutHash",
        )
    else:
        assert library.call("sumTreeRoot", node(tree.leaf(index)), *climb(index, path)) == wanted


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 1024, 1025, (1 << 32) - 1, 1 << 32, (1 << 32) + 1])
def test_the_depth_of_a_tree_is_the_twins(library, count):
    assert library.call("depthOf", count) == depth_of(count)


def test_the_protocols_sum_trees(library, vectors):
    shown = [vector for vector in vectors["sum_trees"] if "path" in vector]
    assert [vector["devices"] for vector in shown] == [1, 3, 5, 1025]
    for vector in shown:
        path = vector["path"]
        siblings = [raw(each) for each in path["siblings"]]
        root = library.call("sumTreeRoot", node(raw(path["leaf"])), *climb(path["index"], siblings))
        assert root == node(packed(raw(vector["root"]), *vector["totals"]))


@st.composite
def position_trees(draw):
    count = draw(st.integers(1, 70))
    indices = draw(st.sets(st.integers(0, count - 1), max_size=12))
    tag = draw(st.sampled_from([REPORT_TAG, DEVICE_TAG]))
    return build_position_tree(tag, {i: keccak256(b"%d" % i) for i in indices}, count)


@settings(max_examples=250)
@given(tree=position_trees(), data=st.data())
def test_every_place_of_a_position_tree_leads_to_the_twins_root(library, tree, data):
    index = data.draw(st.integers(0, tree.count - 1))
    found = library.call(
        "positionRoot", tree.tag, tree.leaf(index), index, tree.count, list(tree.path(index))
    )
    assert found == tree.root


@settings(max_examples=60)
@given(tree=position_trees(), data=st.data())
def test_a_place_at_or_beyond_the_count_is_refused_even_inside_the_padding(library, tree, data):
    index = data.draw(st.integers(tree.count, 2 * tree.count))
    path = list(tree.path(index)) if index < 1 << tree.depth else list(tree.path(0))
    refusal = library.refusal("positionRoot", tree.tag, bytes(32), index, tree.count, path)
    assert refusal == ("IndexOutsideTree", (index, tree.count))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 1024, 1025, 1 << 32])
def test_a_path_of_another_length_than_the_depth_is_refused(library, count):
    depth = depth_of(count)
    for length in {0, depth - 1, depth + 1, 40} - {depth, -1}:
        refusal = library.refusal("positionRoot", REPORT_TAG, LEAF, 0, count, [LEAF] * length)
        assert refusal == ("WrongPathLength", (length, depth))


def test_a_tree_over_nothing_has_no_places(library):
    assert library.refusal("positionRoot", REPORT_TAG, LEAF, 0, 0, []) == ("IndexOutsideTree", (0, 0))


def test_one_position_is_its_own_root(library):
    assert library.call("positionRoot", DEVICE_TAG, LEAF, 0, 1, []) == LEAF


def test_the_tag_keeps_trees_of_different_things_apart(library):
    roots = {library.call("positionRoot", bytes([tag]), LEAF, 0, 2, [LEAF]) for tag in (1, 2, 3)}
    assert roots == {keccak256(bytes([tag]) + LEAF + LEAF) for tag in (1, 2, 3)}


def test_the_protocols_device_root(library, vectors):
    vector = vectors["devices"]
    index, siblings = vector["path"]["index"], [raw(each) for each in vector["path"]["siblings"]]
    devices = vector["devices"]
    leaf = raw(devices[index]["leaf"])
    found = library.call("positionRoot", DEVICE_TAG, leaf, index, len(devices), siblings)
    assert found == raw(vector["root"])


def test_the_protocols_period_root_holds_a_report_and_an_absence(library, vectors):
    vector = vectors["period_report"]
    count, root = vector["periodReport"]["asset_count"], raw(vector["periodReport"]["root"])
    leaf_by_asset = {report["asset_id"]: raw(report["leaf"]) for report in vector["assetReports"]}
    for name in ("path", "absence"):
        index, siblings = vector[name]["assetId"], [raw(each) for each in vector[name]["siblings"]]
        leaf = leaf_by_asset.get(index, bytes(32))
        assert (leaf == bytes(32)) == (name == "absence")
        assert library.call("positionRoot", REPORT_TAG, leaf, index, count, siblings) == root
