"""Trees by position: every leaf at one place only, absence provable, padding as the protocol says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.chain.keccak import keccak256
from wellhead.chain.position_tree import (
    DEVICE_TAG,
    EMPTY_LEAF,
    REPORT_TAG,
    build_position_tree,
    depth_of,
    fold_path,
    verify_path,
)
from wellhead.errors import InputError


def naive_root(tag: bytes, leaves: dict[int, bytes], low: int, depth: int) -> bytes:
    """Root by plain recursion over the fully padded tree."""
    if depth == 0:
        return leaves.get(low, bytes(32))
    half = 1 << (depth - 1)
    left, right = naive_root(tag, leaves, low, depth - 1), naive_root(tag, leaves, low + half, depth - 1)
    return keccak256(tag + left + right)


@st.composite
def trees(draw: st.DrawFn) -> tuple[dict[int, bytes], int]:
    count = draw(st.integers(1, 40))
    indices = draw(st.sets(st.integers(0, count - 1)))
    return {index: keccak256(b"leaf" + bytes([index])) for index in indices}, count


@settings(deadline=None)
@given(trees(), st.sampled_from([REPORT_TAG, DEVICE_TAG]))
def test_root_and_every_path_agree_with_the_fully_padded_tree(
    drawn: tuple[dict[int, bytes], int], tag: bytes
) -> None:
    leaves, count = drawn
    tree = build_position_tree(tag, leaves, count)
    assert tree.depth == depth_of(count)
    assert tree.root == naive_root(tag, leaves, 0, tree.depth)
    for index in range(1 << tree.depth):
        assert fold_path(tag, tree.leaf(index), index, tree.path(index), tree.depth) == tree.root


@pytest.mark.parametrize(
    ("count", "depth"), [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (1024, 10), (1025, 11)]
)
def test_depth_is_the_rounded_up_logarithm(count: int, depth: int) -> None:
    assert depth_of(count) == depth


def test_one_position_has_its_leaf_as_root_and_none_has_zero() -> None:
    leaf = keccak256(b"only")
    assert build_position_tree(REPORT_TAG, {0: leaf}, 1).root == leaf
    assert build_position_tree(REPORT_TAG, {}, 1).root == bytes(32)
    assert build_position_tree(REPORT_TAG, {}, 0).root == bytes(32)


def test_inner_nodes_over_empty_leaves_are_hashed_not_zero() -> None:
    pair = keccak256(b"\x02" + bytes(64))
    assert build_position_tree(REPORT_TAG, {}, 3).root == keccak256(b"\x02" + pair + pair)


def test_a_leaf_is_shown_at_its_own_place_only() -> None:
    tree = build_position_tree(REPORT_TAG, {2: keccak256(b"two")}, 5)
    path = tree.path(2)
    assert verify_path(REPORT_TAG, tree.root, tree.leaf(2), 2, path, 3)
    for other in (0, 1, 3, 4, 5, 6, 7):
        assert not verify_path(REPORT_TAG, tree.root, tree.leaf(2), other, path, 3)
    with pytest.raises(InputError, match=r"position 10 lies outside 0 … 7"):
        verify_path(REPORT_TAG, tree.root, tree.leaf(2), 10, path, 3)


def test_an_empty_place_is_proven_empty() -> None:
    tree = build_position_tree(REPORT_TAG, {0: keccak256(b"zero")}, 3)
    assert verify_path(REPORT_TAG, tree.root, EMPTY_LEAF, 1, tree.path(1), 2)
    assert not verify_path(REPORT_TAG, tree.root, EMPTY_LEAF, 0, tree.path(0), 2)


def test_trees_with_another_tag_have_another_root() -> None:
    leaves = {0: keccak256(b"a"), 1: keccak256(b"b")}
    assert build_position_tree(REPORT_TAG, leaves, 2).root != build_position_tree(DEVICE_TAG, leaves, 2).root


def test_a_path_of_another_length_is_refused() -> None:
    with pytest.raises(InputError, match="path of 1 nodes in a tree of depth 2"):
        fold_path(REPORT_TAG, EMPTY_LEAF, 0, [bytes(32)], 2)


def test_a_path_node_of_another_size_is_refused() -> None:
    with pytest.raises(InputError, match="path node 0 has 31 bytes"):
        fold_path(REPORT_TAG, EMPTY_LEAF, 0, [bytes(31)], 1)


def test_a_leaf_outside_the_tree_or_of_another_size_is_refused() -> None:
    with pytest.raises(InputError, match="position 3 lies outside 0 … 2"):
        build_position_tree(REPORT_TAG, {3: bytes(32)}, 3)
    with pytest.raises(InputError, match="leaf at position 1 has 31 bytes"):
        build_position_tree(REPORT_TAG, {1: bytes(31)}, 3)
    with pytest.raises(InputError, match="position 4 lies outside 0 … 3"):
        build_position_tree(REPORT_TAG, {}, 3).path(4)
    with pytest.raises(InputError, match="over -1 positions"):
        depth_of(-1)
