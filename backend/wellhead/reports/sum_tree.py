"""The sum tree of one asset and period, the Python twin of `SumTree.sol`.

A node is 66 bytes: `hash (32) ‖ up (5) ‖ down (5) ‖ excused (5) ‖ busy (5) ‖ energy (7) ‖ work (7)`,
integers big-endian. Leaves stand at the device index, depth is `ceil(log2(devices))`; an absent device
and padding are 66 zero bytes. A parent's hash is `keccak256(0x01 ‖ left ‖ right)` over both whole
nodes (133 bytes), its sums are left + right, so E(k+1) = parent(E(k), E(k)) for empty subtrees. One
device: root = leaf. No devices: a root of 66 zero bytes, and no report. Source:
docs/protocol.md, "The sum tree".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wellhead.chain.keccak import keccak256
from wellhead.chain.position_tree import depth_of
from wellhead.errors import ReportError

SUM_TAG = b"\x01"
"""Tag of the sum tree's nodes."""

SUM_NAMES = ("up", "down", "excused", "busy", "energy", "work")
SUM_BYTES = (5, 5, 5, 5, 7, 7)
SUMS_SIZE = sum(SUM_BYTES)
NODE_SIZE = 32 + SUMS_SIZE
"""66 bytes."""

EMPTY_NODE = bytes(NODE_SIZE)
"""An absent device, and E0."""

Sums = tuple[int, int, int, int, int, int]
"""(up, down, excused, busy) in device-seconds, energy in joules, work in the terms' own unit."""


def encode_node(node_hash: bytes, sums: Sums) -> bytes:
    """66-byte node.

    Raises ReportError for a sum that does not fit its bytes, and for a zero hash with sums.
    """
    for name, size, value in zip(SUM_NAMES, SUM_BYTES, sums, strict=True):
        if not 0 <= value < 1 << 8 * size:
            raise ReportError(f"sum of {name} = {value} does not fit {size} bytes")
    packed = b"".join(value.to_bytes(size, "big") for size, value in zip(SUM_BYTES, sums, strict=True))
    node = node_hash + packed
    check_node(node)
    return node


def check_node(node: bytes) -> None:
    """Raise ReportError unless the node has 66 bytes and, where its hash is zero, no sums."""
    if len(node) != NODE_SIZE:
        raise ReportError(f"node of {len(node)} bytes, not {NODE_SIZE}")
    if not any(node[:32]) and any(node[32:]):
        raise ReportError(f"zero hash with sums {sums_of(node)}")


def sums_of(node: bytes) -> Sums:
    """The six sums that a node carries."""
    values, start = [], 32
    for size in SUM_BYTES:
        values.append(int.from_bytes(node[start : start + size], "big"))
        start += size
    up, down, excused, busy, energy, work = values
    return up, down, excused, busy, energy, work


def parent_of(left: bytes, right: bytes) -> bytes:
    """The parent of two nodes; raises ReportError if either is malformed or a sum overflows."""
    check_node(left)
    check_node(right)
    a, b = sums_of(left), sums_of(right)
    sums = (a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4], a[5] + b[5])
    return encode_node(keccak256(SUM_TAG + left + right), sums)


@dataclass(frozen=True, slots=True)
class SumTree:
    """A built tree: `levels[0]` are the leaves, `levels[-1]` the root; trailing empties are left out."""

    devices: int
    levels: tuple[tuple[bytes, ...], ...]

    @property
    def depth(self) -> int:
        """Levels below the root, which is the length of every path."""
        return len(self.levels) - 1

    @property
    def root_node(self) -> bytes:
        """The root's 66 bytes."""
        return self.levels[-1][0]

    @property
    def root(self) -> bytes:
        """The root node's hash: a report's telemetryRoot."""
        return self.root_node[:32]

    @property
    def totals(self) -> Sums:
        """The root node's sums: a report's totals."""
        return sums_of(self.root_node)

    def leaf(self, index: int) -> bytes:
        """The node at an index (66 zero bytes where empty); raises ReportError outside `0 … 2^depth − 1`."""
        self._check(index)
        return self.levels[0][index] if index < len(self.levels[0]) else EMPTY_NODE

    def path(self, index: int) -> tuple[bytes, ...]:
        """Sibling nodes from the leaf upwards; raises ReportError outside `0 … 2^depth − 1`."""
        self._check(index)
        siblings, empty = [], EMPTY_NODE
        for nodes in self.levels[:-1]:
            sibling = index ^ 1
            siblings.append(nodes[sibling] if sibling < len(nodes) else empty)
            index >>= 1
            empty = parent_of(empty, empty)
        return tuple(siblings)

    def _check(self, index: int) -> None:
        if not 0 <= index < 1 << self.depth:
            raise ReportError(f"index {index} lies outside 0 … {(1 << self.depth) - 1}")


def build_sum_tree(leaves: Mapping[int, tuple[bytes, Sums]], devices: int) -> SumTree:
    """Tree over `devices` indices from (leaf hash, sums) by device index; the rest are absent.

    Raises ReportError for an index outside `0 … devices − 1`, a leaf that `encode_node` refuses, and
    totals that overflow. 10⁵ leaves take well under a second.
    """
    for index, (leaf_hash, _) in leaves.items():
        if not 0 <= index < devices:
            raise ReportError(f"device index {index} lies outside 0 … {devices - 1}")
        if len(leaf_hash) != 32 or not any(leaf_hash):
            raise ReportError(f"device {index}: leaf hash {leaf_hash.hex()!r} is not 32 bytes or is zero")
    nodes = [EMPTY_NODE] * devices or [EMPTY_NODE]
    for index, (leaf_hash, sums) in leaves.items():
        nodes[index] = encode_node(leaf_hash, sums)
    _check_totals([sums for _, sums in leaves.values()])
    levels, empty = [tuple(nodes)], EMPTY_NODE
    for _ in range(depth_of(devices)):
        if len(nodes) % 2:
            nodes.append(empty)
        nodes = _parents(nodes)
        empty = _parents([empty, empty])[0]
        levels.append(tuple(nodes))
    return SumTree(devices, tuple(levels))


def _check_totals(rows: Sequence[Sums]) -> None:
    for name, size, column in zip(SUM_NAMES, SUM_BYTES, zip(*rows, strict=True), strict=bool(rows)):
        total = sum(column)
        if total >= 1 << 8 * size:
            raise ReportError(f"sum of {name} over {len(rows)} devices = {total} does not fit {size} bytes")


def _parents(nodes: Sequence[bytes]) -> list[bytes]:
    # No inner sum exceeds the totals, which fit (`_check_totals`): six sums packed into one integer
    # add without a carry between them.
    read = int.from_bytes
    return [
        keccak256(SUM_TAG + left + right)
        + (read(left[32:], "big") + read(right[32:], "big")).to_bytes(SUMS_SIZE, "big")
        for left, right in zip(nodes[::2], nodes[1::2], strict=True)
    ]


def fold_sums(leaf: bytes, index: int, path: Sequence[bytes], depth: int) -> bytes:
    """The 66-byte root node that `leaf` at `index` leads to, all six sums carried up and checked.

    Raises ReportError if the path is not `depth` long, the index does not exist, a node is malformed, has
    a zero hash with sums, or a sum overflows.
    """
    if len(path) != depth:
        raise ReportError(f"path of {len(path)} nodes in a tree of depth {depth}")
    if not 0 <= index < 1 << depth:
        raise ReportError(f"index {index} lies outside 0 … {(1 << depth) - 1}")
    check_node(leaf)
    node = leaf
    for level, sibling in enumerate(path):
        node = parent_of(sibling, node) if index >> level & 1 else parent_of(node, sibling)
    return node
