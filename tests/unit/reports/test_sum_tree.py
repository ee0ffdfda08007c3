"""The sum tree: roots by the plain recursion, paths that carry all six sums, refusals."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.chain.keccak import keccak256
from wellhead.errors import ReportError
from wellhead.reports.sum_tree import (
    EMPTY_NODE,
    Sums,
    build_sum_tree,
    encode_node,
    fold_sums,
    parent_of,
    sums_of,
)

Leaves = dict[int, tuple[bytes, Sums]]
SIZES = (5, 5, 5, 5, 7, 7)


def naive_root(leaves: Leaves, low: int, depth: int) -> tuple[bytes, list[int]]:
    """(hash, sums) by plain recursion over the fully padded tree, packed here by hand."""
    if depth == 0:
        leaf, sums = leaves.get(low, (bytes(32), (0,) * 6))
        return leaf, list(sums)
    sides = [naive_root(leaves, low, depth - 1), naive_root(leaves, low + (1 << (depth - 1)), depth - 1)]
    packed = b"\x01"
    for node_hash, sums in sides:
        packed += node_hash + b"".join(v.to_bytes(size, "big") for v, size in zip(sums, SIZES, strict=True))
    assert len(packed) == 133
    return keccak256(packed), [a + b for a, b in zip(sides[0][1], sides[1][1], strict=True)]


def leaf(index: int, sums: Sums) -> tuple[bytes, Sums]:
    return keccak256(b"reading %d" % index), sums


seconds, wide = st.integers(0, 1 << 33), st.integers(0, 1 << 49)


@st.composite
def trees(draw: st.DrawFn) -> tuple[Leaves, int]:
    devices = draw(st.integers(1, 35))
    indices = draw(st.sets(st.integers(0, devices - 1)))
    sums = st.tuples(seconds, seconds, seconds, seconds, wide, wide)
    return {index: leaf(index, draw(sums)) for index in indices}, devices


@settings(deadline=None)
@given(trees())
def test_root_totals_and_every_path_agree_with_the_fully_padded_tree(drawn: tuple[Leaves, int]) -> None:
    leaves, devices = drawn
    tree = build_sum_tree(leaves, devices)
    root, totals = naive_root(leaves, 0, tree.depth)
    assert (tree.root, list(tree.totals)) == (root, totals)
    for index in range(1 << tree.depth):
        assert fold_sums(tree.leaf(index), index, tree.path(index), tree.depth) == tree.root_node


def test_one_device_is_its_own_root_and_none_has_a_zero_root() -> None:
    node_hash, sums = leaf(0, (1, 2, 3, 1, 5, 6))
    tree = build_sum_tree({0: (node_hash, sums)}, 1)
    assert (tree.depth, tree.root, tree.totals) == (0, node_hash, sums)
    assert (build_sum_tree({}, 0).root_node, build_sum_tree({}, 0).depth) == (EMPTY_NODE, 0)
    assert build_sum_tree({}, 1).root_node == EMPTY_NODE


def test_all_devices_absent_is_the_canonical_empty_subtree() -> None:
    e1 = parent_of(EMPTY_NODE, EMPTY_NODE)
    assert build_sum_tree({}, 3).root_node == parent_of(e1, e1)
    assert e1[:32] == keccak256(b"\x01" + bytes(132))


def test_a_changed_sum_in_a_leaf_or_a_sibling_gives_another_root() -> None:
    tree = build_sum_tree({i: leaf(i, (10, 0, 0, 5, 100, 7)) for i in range(4)}, 4)
    forged = tree.leaf(1)[:32] + encode_node(tree.leaf(1)[:32], (11, 0, 0, 5, 100, 7))[32:]
    assert fold_sums(forged, 1, tree.path(1), 2) != tree.root_node
    sibling = encode_node(tree.path(1)[1][:32], (21, 0, 0, 10, 200, 14))
    assert fold_sums(tree.leaf(1), 1, [tree.path(1)[0], sibling], 2) != tree.root_node


def test_sums_without_a_hash_are_refused_wherever_they_stand() -> None:
    ghost = bytes(32) + encode_node(bytes(31) + b"\1", (1, 0, 0, 0, 0, 0))[32:]
    whole, _ = leaf(0, (0,) * 6)
    with pytest.raises(ReportError, match=r"zero hash with sums \(1, 0, 0, 0, 0, 0\)"):
        fold_sums(ghost, 0, [], 0)
    with pytest.raises(ReportError, match="zero hash with sums"):
        fold_sums(encode_node(whole, (0,) * 6), 0, [ghost], 1)
    with pytest.raises(ReportError, match="device 0: leaf hash"):
        build_sum_tree({0: (bytes(32), (1, 0, 0, 0, 0, 0))}, 1)


def test_a_sum_that_overflows_its_bytes_is_refused() -> None:
    half = leaf(0, (1 << 39, 0, 0, 0, 0, 0))
    with pytest.raises(ReportError, match=f"sum of up over 2 devices = {1 << 40} does not fit 5 bytes"):
        build_sum_tree({0: half, 1: half}, 2)
    node = encode_node(*leaf(0, (0, 0, 0, 0, 1 << 55, 0)))
    with pytest.raises(ReportError, match=f"sum of energy = {1 << 56} does not fit 7 bytes"):
        fold_sums(node, 0, [node], 1)


def test_a_path_of_another_length_and_an_index_outside_are_refused() -> None:
    with pytest.raises(ReportError, match="path of 0 nodes in a tree of depth 1"):
        fold_sums(EMPTY_NODE, 0, [], 1)
    with pytest.raises(ReportError, match="index 2 lies outside 0 … 1"):
        fold_sums(EMPTY_NODE, 2, [EMPTY_NODE], 1)
    with pytest.raises(ReportError, match="device index 3 lies outside 0 … 2"):
        build_sum_tree({3: leaf(3, (0,) * 6)}, 3)
    with pytest.raises(ReportError, match="node of 65 bytes"):
        fold_sums(bytes(65), 0, [], 0)
    with pytest.raises(ReportError, match="index 4 lies outside 0 … 3"):
        build_sum_tree({}, 3).path(4)


def test_a_hundred_thousand_leaves_build_within_two_seconds() -> None:
    leaves = {i: (i.to_bytes(32, "big"), (i, 1, 0, 0, i, 2)) for i in range(1, 100_000)}
    started = time.process_time()
    tree = build_sum_tree(leaves, 100_000)
    assert time.process_time() - started < 2
    assert sums_of(tree.root_node)[0] == 100_000 * 99_999 // 2
