"""Roots: `SumTree.sol` and `PositionTree.sol` from one path, their twins, and all leaves by recursion."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.differential.chain import Libraries
from tests.differential.draw import up_to

from wellhead.chain.keccak import keccak256
from wellhead.chain.position_tree import DEVICE_TAG, REPORT_TAG, PositionTree, build_position_tree
from wellhead.reports.sum_tree import SUM_BYTES, SumTree, build_sum_tree, sums_of

AT_ONCE = 50


@dataclass(frozen=True)
class Scenario:
    """Leaves (hash and sums) at some of `count` places, and the place whose path is shown."""

    count: int
    leaves: dict[int, tuple[bytes, tuple[int, ...]]]
    index: int
    tag: bytes


def draw(random: Random) -> Scenario:
    """Up to 70 places, some of them filled."""
    count = random.randint(1, 70)
    places = random.sample(range(count), random.randint(0, min(count, 12)))
    most = [((1 << 8 * size) - 1) // max(len(places), 1) for size in SUM_BYTES]
    leaves = {i: (random.randbytes(31) + b"\1", tuple(up_to(random, each) for each in most)) for i in places}
    return Scenario(count, leaves, random.randrange(count), random.choice([REPORT_TAG, DEVICE_TAG]))


Roots = tuple[bytes, ...]
"""The sum tree's root node (66 bytes) and the position tree's root."""


def on_chain(libraries: Libraries, scenarios: Sequence[Scenario]) -> list[Roots]:
    """What the Solidity folds the shown path to."""
    pairs = [(_sum_tree(s), _position_tree(s)) for s in scenarios]
    sums = libraries.ask(
        "LibraryHarness",
        "sumTreeRoot",
        [
            (_node(tree.leaf(s.index)), s.index, tree.depth, b"".join(tree.path(s.index)))
            for s, (tree, _) in zip(scenarios, pairs, strict=True)
        ],
    )
    positions = libraries.ask(
        "LibraryHarness",
        "positionRoot",
        [
            (s.tag, tree.leaf(s.index), s.index, s.count, list(tree.path(s.index)))
            for s, (_, tree) in zip(scenarios, pairs, strict=True)
        ],
    )
    return [(_bytes_of(*node), root) for (node,), (root,) in zip(sums, positions, strict=True)]


def of_twin(s: Scenario) -> Roots:
    """What the package builds."""
    return _sum_tree(s).root_node, _position_tree(s).root


def exactly(s: Scenario) -> Roots:
    """Every leaf of the padded tree, by recursion."""
    width = 1
    while width < s.count:
        width *= 2
    nodes = [_packed(*s.leaves[i][:1], *s.leaves[i][1]) if i in s.leaves else bytes(66) for i in range(width)]
    hashes = [s.leaves[i][0] if i in s.leaves else bytes(32) for i in range(width)]
    return _sum_root(nodes), _position_root(s.tag, hashes)


def _sum_root(nodes: list[bytes]) -> bytes:
    if len(nodes) == 1:
        return nodes[0]
    left, right = _sum_root(nodes[: len(nodes) // 2]), _sum_root(nodes[len(nodes) // 2 :])
    sums = [a + b for a, b in zip(sums_of(left), sums_of(right), strict=True)]
    return _packed(keccak256(b"\1" + left + right), *sums)


def _position_root(tag: bytes, leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    half = len(leaves) // 2
    return keccak256(tag + _position_root(tag, leaves[:half]) + _position_root(tag, leaves[half:]))


def _sum_tree(s: Scenario) -> SumTree:
    leaves: Any = s.leaves
    return build_sum_tree(leaves, s.count)


def _position_tree(s: Scenario) -> PositionTree:
    return build_position_tree(s.tag, {i: leaf for i, (leaf, _) in s.leaves.items()}, s.count)


def _node(packed: bytes) -> tuple[bytes, int, int]:
    """66 bytes as the struct `SumTree.Node`: hash, the four times in one number, the amounts in another."""
    return packed[:32], int.from_bytes(packed[32:52], "big"), int.from_bytes(packed[52:], "big")


def _bytes_of(node_hash: bytes, times: int, amounts: int) -> bytes:
    return node_hash + times.to_bytes(20, "big") + amounts.to_bytes(14, "big")


def _packed(node_hash: bytes, *sums: int) -> bytes:
    return node_hash + b"".join(
        value.to_bytes(size, "big") for value, size in zip(sums, SUM_BYTES, strict=True)
    )
