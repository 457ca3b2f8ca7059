"""hub.exchangelog.tree: RFC 6962 by published vectors, by a naive tree, and by refusing every mutation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import IntegrityError
from hub.exchangelog.tree import (
    EMPTY_ROOT,
    Frontier,
    NodeReader,
    leaf_hash,
    node_hash,
    prove_consistency,
    prove_inclusion,
    verify_consistency,
    verify_inclusion,
)

MOST = 130
LEAVES = tuple(leaf_hash(b"%d" % number) for number in range(MOST))


class Inclusion(TypedDict):
    index: int
    size: int
    path: list[str]


class Consistency(TypedDict):
    old: int
    new: int
    path: list[str]


class Vectors(TypedDict):
    empty_root: str
    leaves: list[str]
    nodes: list[list[str]]
    roots: list[str]
    inclusion: list[Inclusion]
    consistency: list[Consistency]


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    found: Vectors = json.loads((Path(__file__).parents[1] / "vectors" / "rfc6962" / "vectors.json").read_text("utf-8"))
    return found


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


@cache
def nodes_of(size: int) -> dict[tuple[int, int], bytes]:
    growth = Frontier().append(LEAVES[:size])
    return {(level, index): hash_ for level, index, hash_ in growth.nodes}


def lookup(nodes: dict[tuple[int, int], bytes], asked: list[int] | None = None) -> NodeReader:
    def read(wanted: Sequence[tuple[int, int]]) -> list[bytes]:
        if asked is not None:
            asked.append(len(wanted))
        return [nodes[node] for node in wanted]

    return read


def reader(size: int, asked: list[int] | None = None) -> NodeReader:
    return lookup(nodes_of(size), asked)


@cache
def root_of(size: int) -> bytes:
    return naive_root(LEAVES[:size])


def unproven(index: int, size: int, path: Sequence[bytes], root: bytes, leaf: bytes) -> bool:
    try:
        verify_inclusion(leaf, index, size, path, root)
    except IntegrityError as error:
        return error.code.id == "HUB-LOG-012"
    return False


def inconsistent(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    try:
        verify_consistency(old, old_root, new, new_root, path)
    except IntegrityError as error:
        return error.code.id == "HUB-LOG-013"
    return False


def flipped(path: Sequence[bytes], place: int) -> list[bytes]:
    return [*path[:place], bytes([path[place][0] ^ 8]) + path[place][1:], *path[place + 1 :]]


def mangled(path: Sequence[bytes], *roots: bytes) -> list[list[bytes]]:
    """What the published probes do to a path: flip, cut, lengthen, at both ends."""
    changed = [flipped(path, place) for place in range(len(path))]
    changed += [list(path[:-1]), list(path[1:])] if path else []
    for extra in (b"", *roots, *path[:1]):
        changed += [[*path, extra], [extra, *path]]
    return changed


class TestPublishedVectors:
    def test_roots_and_nodes(self, vectors: Vectors) -> None:
        """Leaf hashes, complete subtrees and roots of all sizes up to 8 are those of Certificate Transparency."""
        leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in vectors["leaves"]]
        growth = Frontier().append(leaves)
        expected = {
            (level, index): bytes.fromhex(hash_)
            for level, row in enumerate(vectors["nodes"])
            for index, hash_ in enumerate(row)
        }

        assert expected == {(level, index): hash_ for level, index, hash_ in growth.nodes}
        assert vectors["roots"] == [Frontier().append(leaves[:n]).new.root.hex() for n in range(1, 9)]
        assert vectors["empty_root"] == Frontier().root.hex()

    def test_inclusion(self, vectors: Vectors) -> None:
        """The published inclusion proofs are the ones generated, and verify."""
        leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in vectors["leaves"]]
        nodes = {(level, index): hash_ for level, index, hash_ in Frontier().append(leaves).nodes}
        for vector in vectors["inclusion"]:
            index, size = vector["index"], vector["size"]
            path = prove_inclusion(index, size, lookup(nodes))

            assert vector["path"] == [hash_.hex() for hash_ in path]
            verify_inclusion(leaves[index], index, size, path, bytes.fromhex(vectors["roots"][size - 1]))

    def test_consistency(self, vectors: Vectors) -> None:
        """The published consistency proofs are the ones generated, and verify."""
        leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in vectors["leaves"]]
        nodes = {(level, index): hash_ for level, index, hash_ in Frontier().append(leaves).nodes}
        roots = [bytes.fromhex(root) for root in vectors["roots"]]
        for vector in vectors["consistency"]:
            old, new = vector["old"], vector["new"]
            path = prove_consistency(old, new, lookup(nodes))

            assert vector["path"] == [hash_.hex() for hash_ in path]
            verify_consistency(old, roots[old - 1], new, roots[new - 1], path)


class TestFrontier:
    def test_has_the_root_of_the_naive_tree(self) -> None:
        """Appending in any batches gives the root that RFC 6962 defines, at every size."""
        frontier = Frontier()
        for size in range(MOST):
            assert root_of(size) == frontier.root
            frontier = frontier.append(LEAVES[size : size + 1]).new

    @given(st.lists(st.integers(0, 20), max_size=8))
    def test_batches_do_not_matter(self, batches: list[int]) -> None:
        """The same leaves in other batches give the same edge and complete the same subtrees."""
        size = min(sum(batches), MOST)
        frontier, nodes = Frontier(), dict[tuple[int, int], bytes]()
        for batch in batches:
            growth = frontier.append(LEAVES[frontier.size : min(frontier.size + batch, MOST)])
            nodes |= {(level, index): hash_ for level, index, hash_ in growth.nodes}
            frontier = growth.new

        assert Frontier().append(LEAVES[:size]).new == frontier
        assert nodes_of(size) == nodes

    def test_completes_every_subtree_once(self) -> None:
        """n leaves complete n + n/2 + n/4 ... subtrees, leaves included."""
        nodes = Frontier().append(LEAVES).nodes

        assert sum(MOST >> level for level in range(8)) == len(nodes) == len(set(nodes))

    def test_knows_where_its_subtrees_stand(self) -> None:
        """The edge's places are those of the stored nodes."""
        for size in range(MOST):
            edge = Frontier().append(LEAVES[:size]).new

            assert all(nodes_of(size)[level, index] == hash_ for level, index, hash_ in edge.nodes())

    @pytest.mark.parametrize(
        ("size", "edge"), [(1, ()), (-1, ()), (0, (EMPTY_ROOT,)), (3, (EMPTY_ROOT,)), (1, (b"x",))]
    )
    def test_refuses_an_edge_that_does_not_fit(self, size: int, edge: tuple[bytes, ...]) -> None:
        """A damaged stored edge stops the log before anything is appended to it."""
        with pytest.raises(IntegrityError, match="HUB-LOG-008"):
            Frontier(size, edge)


class TestGrowth:
    def test_proves_its_batch_from_edge_and_batch_alone(self) -> None:
        """Fresh inclusion and consistency proofs equal those generated from stored nodes, for all sizes and batches."""
        for old in range(34):
            for new in range(old, 67):
                growth = Frontier().append(LEAVES[:old]).new.append(LEAVES[old:new])

                assert growth.consistency() == prove_consistency(old, new, reader(new))
                assert growth.inclusion() == tuple(prove_inclusion(i, new, reader(new)) for i in range(old, new))


class TestInclusion:
    def test_every_proof_verifies_and_reads_once(self) -> None:
        """Every leaf of every tree up to 130 is proven, with one read of at most log2(n) + 1 squared nodes."""
        for size in range(1, MOST + 1):
            for index in range(size):
                asked: list[int] = []
                path = prove_inclusion(index, size, reader(size, asked))

                verify_inclusion(LEAVES[index], index, size, path, root_of(size))
                assert len(path) <= (size - 1).bit_length()
                assert len(asked) == 1

    def test_every_mutation_is_refused(self) -> None:
        """Another index, size, leaf, root or path proves nothing."""
        for size in range(1, 34):
            for index in range(size):
                path, root, leaf = prove_inclusion(index, size, reader(size)), root_of(size), LEAVES[index]

                assert all(unproven(other, size, path, root, leaf) for other in range(-1, size + 2) if other != index)
                assert all(unproven(index, size, changed, root, leaf) for changed in mangled(path, root, EMPTY_ROOT))
                assert unproven(index, size, path, EMPTY_ROOT, leaf)
                assert unproven(index, size, path, b"", leaf)
                assert unproven(index, size, path, root, LEAVES[index + 1])
                assert unproven(index, size, path, root, b"short")
                assert unproven(index, 0, path, root, leaf)

    def test_a_size_of_another_shape_is_refused(self) -> None:
        """A proof for one size does not verify for a size in which the leaf's path would have another shape."""
        path = prove_inclusion(1, 8, reader(8))

        assert unproven(1, 4, path, root_of(8), LEAVES[1])
        assert unproven(1, 16, path, root_of(8), LEAVES[1])

    def test_a_node_is_not_a_leaf(self) -> None:
        """The two prefixes keep an inner node from passing as an entry."""
        assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1])

    @pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1)])
    def test_no_such_leaf(self, index: int, size: int) -> None:
        """Asking for a proof of nothing is a mistake of the caller."""
        with pytest.raises(ValueError, match="no such leaf"):
            prove_inclusion(index, size, reader(1))


class TestConsistency:
    def test_every_proof_verifies(self) -> None:
        """Every pair of sizes up to 130 is consistent, also with the empty tree."""
        for new in range(MOST + 1):
            for old in range(new + 1):
                path = prove_consistency(old, new, reader(new))

                verify_consistency(old, root_of(old), new, root_of(new), path)

    def test_every_mutation_is_refused(self) -> None:
        """Another size, root or path proves nothing."""
        for new in range(1, 34):
            for old in range(1, new + 1):
                path, before, after = prove_consistency(old, new, reader(new)), root_of(old), root_of(new)

                assert all(inconsistent(old, before, new, after, bad) for bad in mangled(path, before, after))
                assert all(inconsistent(n, before, new, after, path) for n in range(-1, new + 2) if n != old)
                assert inconsistent(old, LEAVES[-1], new, after, path)
                assert inconsistent(old, before, new, LEAVES[-1], path)
                assert inconsistent(old, b"", new, after, path)
                assert old == new or inconsistent(old, after, new, before, path)

    def test_a_rewritten_tree_is_not_consistent(self) -> None:
        """A tree in which one old leaf differs cannot be proven to extend the old one."""
        for old in range(1, 20):
            for place in range(old):
                other = [*LEAVES[:place], LEAVES[-1], *LEAVES[place + 1 : 20]]
                nodes = {(level, index): hash_ for level, index, hash_ in Frontier().append(other).nodes}
                path = prove_consistency(old, 20, lookup(nodes))

                assert inconsistent(old, root_of(old), 20, naive_root(other), path)

    def test_only_the_empty_root_is_empty(self) -> None:
        """From the empty tree only its one root and no proof are accepted."""
        assert inconsistent(0, root_of(1), 1, root_of(1), ())
        assert inconsistent(0, EMPTY_ROOT, 1, root_of(1), (EMPTY_ROOT,))
        assert inconsistent(0, root_of(1), 0, EMPTY_ROOT, ())

    def test_a_larger_old_tree_is_a_mistake(self) -> None:
        """There is no proof backwards."""
        with pytest.raises(ValueError, match="larger"):
            prove_consistency(2, 1, reader(2))


class TestGather:
    @pytest.mark.parametrize("answer", [[], [b"short"], [EMPTY_ROOT, EMPTY_ROOT]])
    def test_a_reader_that_loses_nodes_is_found(self, answer: list[bytes]) -> None:
        """A store that answers with fewer, more or shorter hashes than asked stops the proof."""
        with pytest.raises(IntegrityError, match="HUB-LOG-009"):
            prove_inclusion(0, 2, lambda _: answer)
