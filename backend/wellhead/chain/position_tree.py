"""Merkle trees by position, the Python twin of `PositionTree.sol`.

A tree over `count` positions has depth `ceil(log2(count))`. Positions without a leaf, and the
padding up to `2^depth`, hold the *empty leaf*: 32 zero bytes. Inner nodes are always hashed,

    node = keccak256(tag ‖ left ‖ right)

also over two empty children: no subtree collapses to zero. With one position the root is the leaf;
with none it is 32 zero bytes. The path of position `i` lists the siblings from the leaf upwards; bit
`k` of `i` tells on which side the node of level `k` stands. The tag keeps trees of different things
apart (0x01 belongs to the sum tree, `reports/sum_tree.py`). Source: docs/protocol.md, "Trees by
position".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wellhead.chain.keccak import keccak256
from wellhead.errors import InputError

REPORT_TAG = b"\x02"
"""Tag of the period root's nodes: position = asset id, leaf = struct hash of an AssetReport."""

DEVICE_TAG = b"\x03"
"""Tag of a device root's nodes: position = device index, leaf = struct hash of a Device."""

EMPTY_LEAF = bytes(32)
"""What stands at a position without a leaf."""


def depth_of(count: int) -> int:
    """`ceil(log2(count))`; 0 for none and for one. Raises InputError for a negative count."""
    if count < 0:
        raise InputError(f"a tree over {count} positions")
    return max(count - 1, 0).bit_length()


@dataclass(frozen=True, slots=True)
class PositionTree:
    """A built tree: `levels[0]` are the leaves, `levels[-1]` the root; trailing empties are left out."""

    tag: bytes
    count: int
    levels: tuple[tuple[bytes, ...], ...]

    @property
    def depth(self) -> int:
        """Levels below the root, which is the length of every path."""
        return len(self.levels) - 1

    @property
    def root(self) -> bytes:
        """The root's 32 bytes."""
        return self.levels[-1][0]

    def leaf(self, index: int) -> bytes:
        """The 32 bytes at a position (zero where empty); raises InputError outside `0 … 2^depth − 1`."""
        self._check(index)
        return self.levels[0][index] if index < len(self.levels[0]) else EMPTY_LEAF

    def path(self, index: int) -> tuple[bytes, ...]:
        """Siblings from the leaf upwards; raises InputError outside `0 … 2^depth − 1`."""
        self._check(index)
        siblings, empty = [], EMPTY_LEAF
        for nodes in self.levels[:-1]:
            sibling = index ^ 1
            siblings.append(nodes[sibling] if sibling < len(nodes) else empty)
            index >>= 1
            empty = keccak256(self.tag + empty + empty)
        return tuple(siblings)

    def _check(self, index: int) -> None:
        if not 0 <= index < 1 << self.depth:
            raise InputError(f"position {index} lies outside 0 … {(1 << self.depth) - 1}")


def build_position_tree(tag: bytes, leaves: Mapping[int, bytes], count: int) -> PositionTree:
    """Tree over `count` positions; positions missing in `leaves` are empty.

    Raises InputError for a position outside `0 … count − 1` and a leaf that is not 32 bytes. Time and
    memory grow with the highest position filled, not with `count`.
    """
    for index, leaf in leaves.items():
        if not 0 <= index < count:
            raise InputError(f"position {index} lies outside 0 … {count - 1}")
        if len(leaf) != 32:
            raise InputError(f"leaf at position {index} has {len(leaf)} bytes, not 32")
    filled = max(leaves, default=0) + 1
    nodes = [leaves.get(index, EMPTY_LEAF) for index in range(filled)]
    levels, empty = [tuple(nodes)], EMPTY_LEAF
    for _ in range(depth_of(count)):
        if len(nodes) % 2:
            nodes.append(empty)
        nodes = [keccak256(tag + left + right) for left, right in zip(nodes[::2], nodes[1::2], strict=True)]
        empty = keccak256(tag + empty + empty)
        levels.append(tuple(nodes))
    return PositionTree(tag, count, tuple(levels))


def fold_path(tag: bytes, leaf: bytes, index: int, path: Sequence[bytes], depth: int) -> bytes:
    """The root that `leaf` at `index` leads to.

    Raises InputError if the path is not `depth` long, a node is not 32 bytes, or the position does not
    exist; so one leaf cannot be shown at two positions.
    """
    if len(path) != depth:
        raise InputError(f"path of {len(path)} nodes in a tree of depth {depth}")
    if not 0 <= index < 1 << depth:
        raise InputError(f"position {index} lies outside 0 … {(1 << depth) - 1}")
    node = leaf
    for level, sibling in enumerate(path):
        if len(sibling) != 32:
            raise InputError(f"path node {level} has {len(sibling)} bytes, not 32")
        node = keccak256(tag + sibling + node if index >> level & 1 else tag + node + sibling)
    return node


def verify_path(tag: bytes, root: bytes, leaf: bytes, index: int, path: Sequence[bytes], depth: int) -> bool:
    """Whether `leaf` stands at `index` under `root`; raises InputError as `fold_path` does."""
    return fold_path(tag, leaf, index, path, depth) == root
