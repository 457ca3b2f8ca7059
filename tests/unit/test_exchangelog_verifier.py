"""hub.exchangelog.verifier and export: whatever is done to a log is found offline, and the first bad index named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.codes import jnl, log
from hub.errors import IntegrityError
from hub.exchangelog import entry as entries
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.entry import Admin, Answered, Erase, Hold, Permit, Release
from hub.exchangelog.export import export_lines, parse_export
from hub.exchangelog.keylist import LogKey
from hub.exchangelog.line import Line
from hub.exchangelog.text import base64_text
from hub.exchangelog.tree import Frontier, leaf_hash
from hub.exchangelog.verifier import MAX_FINDINGS, HeadRow, Report, verify_log, verify_rows
from tests.exchangelog_samples import LOG_KEY, ORIGIN, Log, Place, answer, build, close, config, digest, permit, uuid7

LOG = build()
SIZE = len(LOG.leaves)
ENDS = [batch.checkpoint.size for batch in LOG.batches]
SIZES = [end - start for start, end in pairwise([0, *ENDS])]
NEWEST = LOG.batches[-1].checkpoint


@dataclass
class Rows:
    """The three tables, to be tampered with."""

    entries: list[tuple[int, bytes, bytes | None]] = field(default_factory=lambda: LOG.rows)
    nodes: list[tuple[int, int, bytes]] = field(default_factory=lambda: LOG.nodes)
    checkpoints: list[tuple[int | None, bytes | None, str]] = field(default_factory=lambda: LOG.checkpoints)

    @classmethod
    def of(cls, log: Log) -> Rows:
        return cls(log.rows, log.nodes, log.checkpoints)

    def verify(self, *outside: Checkpoint, log_key: LogKey = LOG_KEY) -> Report:
        return verify_rows(self.entries, self.nodes, self.checkpoints, Line.of(log_key), outside)


HEAD: HeadRow = (SIZE, LOG.batches[-1].growth.new.edge, LOG.notes[-1])


def flip(data: bytes, place: int = 0) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def codes(report: Report) -> set[str]:
    return {finding.code.id for finding in report.findings}


def starts(size: int) -> int:
    """Where the batch of an entry starts."""
    return max(end for end in [0, *ENDS] if end <= size)


def rebuilt(leaves: Sequence[bytes], sizes: Sequence[int]) -> Log:
    """A log over any leaves, nodes and checkpoints made anew with the home's own key."""
    batches = []
    tree, first = Frontier(), 0
    for size in sizes:
        batches.append(close(tree, leaves[first : first + size]))
        tree, first = batches[-1].growth.new, first + size
    return Log(tuple(batches))


class TestHonest:
    def test_nothing_is_found(self) -> None:
        """An honest log verifies from its rows, with and without checkpoints kept elsewhere."""
        for outside in ([], [batch.checkpoint for batch in LOG.batches]):
            report = Rows().verify(*outside)

            assert report == Report(SIZE, NEWEST.root, None, (), 0)
            assert report.ok

    def test_an_empty_log_is_honest(self) -> None:
        """Before its first entry a log has nothing to hide."""
        assert verify_rows([], [], [], Line.of(LOG_KEY)).ok

    @given(st.lists(st.integers(1, 9), min_size=2, max_size=6))
    def test_batches_of_any_size(self, sizes: list[int]) -> None:
        """However the traffic came, the log verifies."""
        assert Rows.of(build(sizes)).verify().ok


class TestEveryColumn:
    @pytest.mark.parametrize("index", range(SIZE))
    def test_a_leaf(self, index: int) -> None:
        """A changed byte in a leaf names its index."""
        rows = Rows()
        _, leaf, hash_ = rows.entries[index]
        for place in (0, len(leaf) // 2, len(leaf) - 1):
            rows.entries[index] = (index, flip(leaf, place), hash_)

            assert rows.verify(NEWEST).first_bad_index == index

    @pytest.mark.parametrize("index", range(SIZE))
    def test_a_leaf_hash(self, index: int) -> None:
        """A changed leaf hash names its index."""
        rows = Rows()
        _, leaf, hash_ = rows.entries[index]
        rows.entries[index] = (index, leaf, flip(hash_ or b""))
        report = rows.verify()

        assert report.first_bad_index == index
        assert codes(report) == {"HUB-LOG-051"}

    @pytest.mark.parametrize("index", range(SIZE))
    def test_an_index(self, index: int) -> None:
        """A changed index leaves a hole where the entry was, and a negative one hides none of the others."""
        for number in (index + 1000, index - 1000):
            rows = Rows()
            rows.entries[index] = (number, *rows.entries[index][1:])
            rows.entries.sort(key=lambda row: row[0])

            assert rows.verify(NEWEST).first_bad_index == index

    @pytest.mark.parametrize("place", range(len(LOG.nodes)))
    def test_a_node(self, place: int) -> None:
        """A changed node names the first entry below it, and no other node: neither its parent nor what is below."""
        rows = Rows()
        level, index, hash_ = rows.nodes[place]
        for changed in (flip(hash_, 31), hash_[:-1], b""):
            rows.nodes[place] = (level, index, changed)
            report = rows.verify()

            assert report.first_bad_index == index << level
            assert [(one.code.id, one.facts["level"]) for one in report.findings] == [("HUB-LOG-056", level)]

    @pytest.mark.parametrize("place", range(len(LOG.nodes)))
    def test_a_place_of_a_node(self, place: int) -> None:
        """A node that moved is missing where it was and stray where it is."""
        for level_by, index_by in ((10, 0), (0, 1000)):
            rows = Rows()
            level, index, hash_ = rows.nodes[place]
            rows.nodes[place] = (level + level_by, index + index_by, hash_)
            rows.nodes.sort()
            report = rows.verify()

            assert report.first_bad_index == index << level
            assert codes(report) == {"HUB-LOG-057", "HUB-LOG-058"}

    @pytest.mark.parametrize("place", range(len(LOG.batches)))
    def test_a_checkpoint(self, place: int) -> None:
        """A changed size, root or note of a checkpoint names the first entry that it closes."""
        size, root, note = LOG.checkpoints[place]
        body = len(note.partition("\n\n")[0])
        changes: list[tuple[int | None, bytes | None, str]] = [
            ((size or 0) + 1000, root, note),
            ((size or 0) - 1000, root, note),
            (size, flip(root or b""), note),
            *((size, root, note[:at] + ("x" if note[at] != "x" else "y") + note[at + 1 :]) for at in range(0, body, 7)),
            (size, root, note[:-9] + ("A" if note[-9] != "A" else "B") + note[-8:]),
            (size, root, ""),
        ]
        for change in changes:
            rows = Rows()
            rows.checkpoints[place] = change
            rows.checkpoints.sort(key=lambda row: row[0] or 0)  # as the table gives them

            assert rows.verify().first_bad_index == starts((size or 0) - 1)

    @pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 2), (1, 4), (3, 4)])
    def test_notes_or_roots_of_two_checkpoints_swapped(self, one: int, other: int) -> None:
        """Each is signed, and in the wrong row: the first entry that either closes is named."""
        for column in (1, 2):
            rows = Rows()
            first, second = list(rows.checkpoints[one]), list(rows.checkpoints[other])
            first[column], second[column] = second[column], first[column]
            rows.checkpoints[one] = (ENDS[one], first[1], first[2])  # type: ignore[assignment]
            rows.checkpoints[other] = (ENDS[other], second[1], second[2])  # type: ignore[assignment]

            assert rows.verify().first_bad_index == starts(ENDS[one] - 1)


class TestHead:
    def verify(self, head: HeadRow, rows: Rows | None = None) -> Report:
        rows = rows or Rows()
        return verify_rows(rows.entries, rows.nodes, rows.checkpoints, Line.of(LOG_KEY), (), head)

    def test_an_honest_head(self) -> None:
        """The stored end is the one of the rows, also for a log without entries."""
        assert self.verify(HEAD).ok
        assert self.verify((0, (), ""), Rows([], [], [])).ok

    @pytest.mark.parametrize(
        "head",
        [
            (SIZE - 1, HEAD[1], HEAD[2]),
            (SIZE, HEAD[1][:-1], HEAD[2]),
            (SIZE, (*HEAD[1][:-1], flip(HEAD[1][-1])), HEAD[2]),
            (SIZE, HEAD[1], LOG.notes[-2]),
            (SIZE, HEAD[1], ""),
        ],
    )
    def test_a_changed_head(self, head: HeadRow) -> None:
        """A changed size, edge or note would lead the next append astray; it is found at the log's end."""
        report = self.verify(head)

        assert report.first_bad_index == SIZE
        assert codes(report) == {"HUB-LOG-066"}

    def test_a_changed_entry_explains_a_wrong_edge(self) -> None:
        """One cause, one finding."""
        rows = Rows()
        entry = entries.parse(LOG.leaves[2])
        leaf = entries.encode(replace(entry, tenant="131229"))
        rows.entries[2] = (2, leaf, rows.entries[2][2])

        assert codes(self.verify(HEAD, rows)) == {"HUB-LOG-051"}


class TestRows:
    @pytest.mark.parametrize("index", range(SIZE))
    def test_an_entry_deleted(self, index: int) -> None:
        """A missing row is named, from the middle or from the end."""
        rows = Rows()
        del rows.entries[index]

        assert rows.verify(NEWEST).first_bad_index == index
        assert rows.verify().first_bad_index == index

    @pytest.mark.parametrize(("place", "gone"), [((0, 3), 9), ((2, 1), 9), ((0, 9), 9), ((1, 4), 9)])
    def test_nodes_before_a_hole(self, place: tuple[int, int], gone: int) -> None:
        """What stands before a missing row is judged, what covers it is not."""
        level, index = place
        rows = Rows()
        at = next(at for at, row in enumerate(rows.nodes) if row[:2] == place)
        rows.nodes[at] = (level, index, flip(rows.nodes[at][2]))
        del rows.entries[gone]
        report = rows.verify()

        covers = (index + 1) << level > gone
        assert report.first_bad_index == (gone if covers else index << level)
        assert codes(report) == {"HUB-LOG-050"} | (set() if covers else {"HUB-LOG-056"})

    def test_a_row_under_a_number_that_no_entry_has(self) -> None:
        """A row too many, and every other in its place: the log's end is named."""
        rows = Rows()
        rows.entries.insert(0, (-3, *rows.entries[4][1:]))
        report = rows.verify(NEWEST)

        assert report.first_bad_index == SIZE
        assert codes(report) == {"HUB-LOG-067"}

    @pytest.mark.parametrize("kept", [0, 1, 9, 20])
    def test_rows_that_break_off(self, kept: int) -> None:
        """What cannot be read is named by the first entry that is missing for it."""

        def rows() -> Iterator[tuple[int, bytes, bytes | None]]:
            yield from LOG.rows[:kept]
            raise IntegrityError(jnl.DAMAGED, place="journal.log_entries", reason="row")

        report = verify_rows(rows(), LOG.nodes, LOG.checkpoints, Line.of(LOG_KEY), [NEWEST], HEAD)

        assert report.first_bad_index == kept
        assert codes(report) == {"HUB-JNL-005"}

    @pytest.mark.parametrize("place", range(len(LOG.nodes)))
    def test_a_node_deleted(self, place: int) -> None:
        """A missing node is named by the first entry below it."""
        rows = Rows()
        level, index, _ = rows.nodes.pop(place)
        report = rows.verify()

        assert report.first_bad_index == index << level
        assert [(one.code.id, one.facts["level"]) for one in report.findings] == [("HUB-LOG-057", level)]

    @pytest.mark.parametrize("place", range(len(LOG.batches)))
    def test_a_checkpoint_deleted(self, place: int) -> None:
        """A missing checkpoint is named by the first entry that it closed: entries say where checkpoints stood."""
        rows = Rows()
        del rows.checkpoints[place]
        report = rows.verify()

        assert report.first_bad_index == starts(ENDS[place] - 1)
        assert codes(report) <= {"HUB-LOG-060", "HUB-LOG-063", "HUB-LOG-055"}

    def test_a_checkpoint_that_never_was(self) -> None:
        """A checkpoint inside a batch contradicts the entries of that batch."""
        rows = Rows()
        tree = Frontier().append([leaf_hash(leaf) for leaf in LOG.leaves[:3]]).new
        extra = close(Frontier(), LOG.leaves[:3])
        rows.checkpoints.insert(1, (3, tree.root, extra.note))

        assert rows.verify().first_bad_index == 3

    @pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 2), (2, 3), (3, 4), (1, 9), (4, 20), (19, 20)])
    def test_two_entries_swapped(self, one: int, other: int) -> None:
        """Two swapped rows are each whole, but not in their places: the first is named."""
        rows = Rows()
        first, second = rows.entries[one], rows.entries[other]
        rows.entries[one], rows.entries[other] = (one, *second[1:]), (other, *first[1:])

        assert rows.verify(NEWEST).first_bad_index == one

    def test_two_entries_swapped_with_their_nodes(self) -> None:
        """Swapping the level-0 nodes along only moves the finding one level up."""
        rows = Rows()
        first, second = rows.entries[2], rows.entries[4]
        rows.entries[2], rows.entries[4] = (2, *second[1:]), (4, *first[1:])
        rows.nodes[2], rows.nodes[4] = (0, 2, rows.nodes[4][2]), (0, 4, rows.nodes[2][2])

        assert rows.verify().first_bad_index == 2

    @pytest.mark.parametrize("kept", [0, 1, 5, 12, 13, 20])
    def test_the_tail_cut(self, kept: int) -> None:
        """A cut tail of entries contradicts the checkpoints that remain."""
        rows = Rows()
        del rows.entries[kept:]

        assert rows.verify().first_bad_index == kept
        assert "HUB-LOG-062" in codes(rows.verify())

    def test_entries_without_a_checkpoint(self) -> None:
        """Entries behind the last checkpoint are signed by nobody."""
        rows = Rows()
        del rows.checkpoints[-1]
        report = rows.verify()

        assert report.first_bad_index == 13
        assert "HUB-LOG-063" in codes(report)


class TestAgainstACheckpointKeptElsewhere:
    @pytest.mark.parametrize("kept", range(len(LOG.batches)))
    def test_everything_cut_to_an_earlier_commit(self, kept: int) -> None:
        """Yesterday's copy is whole in itself; only what was seen outside shows that it ended later."""
        rows = Rows.of(Log(LOG.batches[:kept]))
        end = [0, *ENDS][kept]

        assert rows.verify().ok
        report = rows.verify(NEWEST)
        assert report.first_bad_index == end
        assert codes(report) == {"HUB-LOG-065"}

    @pytest.mark.parametrize("twist", [1, 2, 6, 7, 11])
    def test_rewritten_and_signed_anew(self, twist: int) -> None:
        """A second history under the home's own key is whole in itself; outside checkpoints bound where it begins."""
        rows = Rows.of(build(twist=twist))

        assert rows.verify().ok
        report = rows.verify(*(batch.checkpoint for batch in LOG.batches))
        assert report.first_bad_index == starts(twist)
        assert codes(report) == {"HUB-LOG-064"}
        assert rows.verify(NEWEST).first_bad_index == 0

    def test_an_outside_checkpoint_of_another_log(self) -> None:
        """Comparing with another log's checkpoint is a mistake, not a finding."""
        with pytest.raises(IntegrityError, match="HUB-LOG-016"):
            Rows().verify(replace(NEWEST, origin="juki-hub/131211/juki-net"))

    def test_an_outside_checkpoint_between_commits(self) -> None:
        """A signed checkpoint of a size that the log never closed is compared as well."""
        between = Frontier().append([leaf_hash(leaf) for leaf in LOG.leaves[:3]]).new

        assert Rows().verify(Checkpoint(ORIGIN, 3, between.root)).ok
        assert Rows().verify(Checkpoint(ORIGIN, 3, NEWEST.root)).first_bad_index == 0


class TestWhatEntriesSay:
    def test_a_consistent_forgery_shows_against_its_checkpoint(self) -> None:
        """Leaf, hashes and all nodes made anew, but the checkpoint not: the stretch that it closes is named."""
        forged = build(twist=7)
        report = Rows(forged.rows, forged.nodes, LOG.checkpoints).verify()

        assert report.first_bad_index == 5
        assert codes(report) == {"HUB-LOG-061", "HUB-LOG-055"}

    @pytest.mark.parametrize("index", [1, 2, 3, 6, 7])
    def test_an_entry_removed_and_everything_below_made_anew(self, index: int) -> None:
        """Rows moved up, hashes and nodes made to fit, no key: not where it first shows, but where its stretch begins."""
        leaves = [*LOG.leaves[:index], *LOG.leaves[index + 1 :]]
        forged = rebuilt(leaves, [len(leaves)])
        report = Rows(forged.rows, forged.nodes, LOG.checkpoints).verify()

        assert report.first_bad_index == starts(index)
        assert {"HUB-LOG-053", "HUB-LOG-061"} <= codes(report)

    def test_an_answer_is_a_witness_inside_the_log(self) -> None:
        """An answer that saw another history is found in the log itself."""
        other = build(twist=2)
        leaves = [*LOG.leaves[:13], entries.encode(answer(Place(13, 13), 13, other.batches[1].checkpoint))]
        report = Rows.of(rebuilt(leaves, [1, 4, 7, 1, 1])).verify()

        assert report.first_bad_index == 13
        assert codes(report) == {"HUB-LOG-055"}

    def test_an_answer_cannot_see_the_future(self) -> None:
        """A checkpoint that closes the answer itself was not there to be seen."""
        leaves = [entries.encode(config(Place(0, 0))), entries.encode(permit(Place(1, 1), 1))]
        leaves.append(entries.encode(answer(Place(2, 2), 2, Checkpoint(ORIGIN, 9, bytes(32)))))

        assert codes(Rows.of(rebuilt(leaves, [1, 1, 1])).verify()) == {"HUB-LOG-055"}

    def test_an_answer_may_have_seen_an_earlier_log(self) -> None:
        """After a change of key, answers still name the old origin; this log cannot judge that."""
        leaves = [entries.encode(config(Place(0, 0)))]
        leaves.append(entries.encode(answer(Place(1, 1), 1, Checkpoint("old", 9, bytes(32)))))

        assert Rows.of(rebuilt(leaves, [1, 1])).verify().ok

    def test_a_decision_cites_a_configuration_before_it(self) -> None:
        """A decision without the tables that it decided by is found."""
        leaves = [entries.encode(permit(Place(0, 0), 1)), entries.encode(config(Place(1, 1)))]
        report = Rows.of(rebuilt(leaves, [1, 1])).verify()

        assert report.first_bad_index == 0
        assert codes(report) == {"HUB-LOG-054"}

    def test_an_entry_of_another_origin(self) -> None:
        """An entry copied from another log is found, as is one of a time in which the key was not in force."""
        foreign = entries.encode(replace(permit(Place(1, 1), 1), origin="elsewhere"))
        late = replace(LOG_KEY, until=Place(1, 1).time)
        leaves = [entries.encode(config(Place(0, 0))), foreign]

        assert codes(Rows.of(rebuilt(leaves, [1, 1])).verify()) == {"HUB-LOG-052"}
        assert Rows().verify(log_key=late).first_bad_index == 1

    @pytest.mark.parametrize("kind", [Hold, Release, Erase, Admin])
    def test_a_citation_of_an_entry_to_come(self, kind: type[Hold | Release | Erase | Admin]) -> None:
        """Nothing can be held, released, erased or looked into before it is recorded."""
        common: dict[str, Any] = {
            "time": Place(SIZE, 0).time,
            "origin": ORIGIN,
            "tenant": "131211",
            "environment": "demo",
        }
        said: dict[str, Any] = {"message": uuid7(1), "entry": SIZE}
        more: dict[str, Any]
        match kind.KIND:
            case "hold":
                more = {"code": "HUB-HLD-001"}
            case "release":
                more = {"statement": digest("s"), "keys": (digest("k"),)}
            case "erase":
                more = {"retention": "standard", "count": 1, "slot": "body"}
            case _:
                said, more = {"entry": SIZE}, {"action": "reveal"}
        forged = kind(**common, after=ENDS[-2], **said, **more)
        sizes = [*SIZES[:-1], SIZES[-1] + 1]

        for entry, found in ((SIZE, {"HUB-LOG-068"}), (SIZE - 1, set())):
            leaf = entries.encode(replace(forged, entry=entry))
            report = Rows.of(rebuilt([*LOG.leaves, leaf], sizes)).verify()
            assert (codes(report), report.first_bad_index) == (found, SIZE if found else None)

    @pytest.mark.parametrize("index", [index for index in range(1, SIZE) if index not in ENDS])
    def test_an_entry_that_claims_a_checkpoint(self, index: int) -> None:
        """It is named itself where the next entry knows of no such checkpoint; else one may be missing."""
        leaves = list(LOG.leaves)
        leaves[index] = entries.encode(replace(entries.parse(leaves[index]), after=index))
        report = Rows.of(rebuilt(leaves, SIZES)).verify()

        next_tells = index + 1 < SIZE and index + 1 not in ENDS
        assert report.first_bad_index == (index if next_tells else starts(index))

    def test_an_entry_outside_its_commit(self) -> None:
        """An entry that names another last checkpoint than its neighbours is out of place."""
        leaves = [*LOG.leaves[:2], entries.encode(permit(Place(2, 0), 2)), *LOG.leaves[3:5]]
        report = Rows.of(rebuilt(leaves, [1, 4])).verify()

        assert report.first_bad_index == 2
        assert codes(report) == {"HUB-LOG-053"}

    def test_a_leaf_that_is_no_entry(self) -> None:
        """Whatever the home signed, a leaf outside version 1 is found."""
        report = Rows.of(rebuilt([LOG.leaves[0], b"not an entry"], [1, 1])).verify()

        assert report.first_bad_index == 1
        assert codes(report) == {"HUB-LOG-001"}


class TestReport:
    def test_a_ruined_log_keeps_the_smallest_index(self) -> None:
        """However much is wrong, findings are bounded, counted, and the first bad index is right."""
        sizes = [1, *[2] * MAX_FINDINGS]
        rows = Rows.of(build(sizes))
        rows.entries = [(index, leaf, flip(hash_ or b"")) for index, leaf, hash_ in rows.entries]
        rows.nodes = [(level, index, flip(hash_)) for level, index, hash_ in rows.nodes]
        report = rows.verify()

        assert (report.first_bad_index, len(report.findings)) == (0, MAX_FINDINGS)
        assert report.found > MAX_FINDINGS

    def test_findings_read_well_in_both_languages(self) -> None:
        """Each finding has its index and no missing fact."""
        rows = Rows()
        del rows.checkpoints[1]
        del rows.nodes[3]
        for finding in rows.verify(replace(NEWEST, size=99)).findings:
            assert "?" not in finding.text("ja") + finding.text("en")


class TestExport:
    def lines(self, log: Log = LOG) -> list[str]:
        return list(export_lines(ORIGIN, log.notes, log.leaves))

    def verify(self, lines: Sequence[str], *outside: Checkpoint) -> Report:
        export = parse_export(lines)
        assert export.origin == ORIGIN
        return verify_log(export.leaves, export.notes, Line.of(LOG_KEY), outside)

    def test_reads_back_and_verifies(self) -> None:
        """An export holds all that a verifier needs."""
        assert self.verify(self.lines(), NEWEST) == Report(SIZE, NEWEST.root, None, (), 0)

    def test_an_empty_log(self) -> None:
        """A log without entries has an export too."""
        assert self.lines(Log(())) == ["juki-hub/export@v1\n", f"origin {ORIGIN}\n", "end 0\n"]
        assert self.verify(self.lines(Log(()))).ok

    @pytest.mark.parametrize("index", range(SIZE))
    def test_a_changed_leaf_is_found_in_its_stretch(self, index: int) -> None:
        """Without nodes a changed but readable leaf is named by the batch that its checkpoint closes."""
        entry = entries.parse(LOG.leaves[index])
        lines = self.lines()
        lines[2 + len(LOG.batches) + index] = f"leaf {base64_text(entries.encode(replace(entry, tenant='131229')))}\n"

        assert self.verify(lines).first_bad_index == starts(index)

    @pytest.mark.parametrize("index", range(SIZE))
    def test_a_line_that_no_longer_decodes_names_its_entry(self, index: int) -> None:
        """What stood behind it is not judged."""
        lines = self.lines()
        at = 2 + len(LOG.batches) + index
        lines[at] = lines[at][:-3] + "*" + lines[at][-2:]
        report = self.verify(lines, NEWEST)

        assert (report.first_bad_index, report.size) == (index, index)
        assert codes(report) == {"HUB-LOG-007"}

    @pytest.mark.parametrize("index", range(SIZE))
    def test_a_leaf_deleted(self, index: int) -> None:
        """Even with a last line that counts right: its batch is named; of the last one only that the log is shorter."""
        lines = self.lines()
        del lines[2 + len(LOG.batches) + index]
        lines[-1] = f"end {SIZE - 1}\n"

        assert self.verify(lines).first_bad_index == (starts(index) if index < ENDS[-2] else SIZE - 1)

    @pytest.mark.parametrize("kept", [0, 1, 5, 12, 13, 20])
    def test_the_tail_cut(self, kept: int) -> None:
        """The checkpoints say how far the log went."""
        lines = [*self.lines()[: 2 + len(LOG.batches) + kept], f"end {kept}\n"]

        assert self.verify(lines).first_bad_index == kept

    @pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 3), (5, 9), (14, 19)])
    def test_two_leaves_of_a_batch_swapped(self, one: int, other: int) -> None:
        """An export has no leaf hashes, so their batch is named."""
        lines = self.lines()
        at = 2 + len(LOG.batches)
        lines[at + one], lines[at + other] = lines[at + other], lines[at + one]

        assert self.verify(lines).first_bad_index == starts(one)

    @pytest.mark.parametrize("place", range(len(LOG.batches)))
    def test_a_checkpoint_changed_or_deleted(self, place: int) -> None:
        """The first entry that it closes is named."""
        other = base64_text(LOG.notes[place].replace("juki-hub", "juki-hux").encode())
        for change in (
            [f"checkpoint {other}\n"],
            ["checkpoint *\n"],
            ["checkpoint QUFB\n"],
            ["checkpoint /w==\n"],
            ["checkpoint  QUFB\n"],
            [],
        ):
            lines = self.lines()
            lines[2 + place : 3 + place] = change

            assert self.verify(lines).first_bad_index == starts(ENDS[place] - 1)

    @pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 2), (1, 4)])
    def test_two_checkpoints_swapped(self, one: int, other: int) -> None:
        """They ascend by size: the first entry that the earlier one closes is named."""
        lines = self.lines()
        lines[2 + one], lines[2 + other] = lines[2 + other], lines[2 + one]

        assert self.verify(lines).first_bad_index == starts(ENDS[one] - 1)

    def test_rewritten_and_signed_anew(self) -> None:
        """Whole in itself; found against what was kept outside, as in the journal."""
        lines = self.lines(build(twist=7))

        assert self.verify(lines).ok
        assert self.verify(lines, *(batch.checkpoint for batch in LOG.batches)).first_bad_index == starts(7)

    def test_a_cut_export_is_no_export(self) -> None:
        """The last line says how many leaves there are, so a copy that broke off is refused, not believed."""
        for lines, first in (
            (self.lines()[:-1], SIZE),
            (self.lines()[:-3] + self.lines()[-1:], SIZE - 2),
            ([*self.lines(), "leaf AA==\n"], SIZE),
        ):
            report = self.verify(lines)

            assert report.first_bad_index == first
            assert "HUB-LOG-007" in codes(report)

    def test_a_shortened_export_shows_against_outside(self) -> None:
        """An export made from a rolled-back log is whole; the checkpoint kept elsewhere is larger."""
        assert self.verify(self.lines(Log(LOG.batches[:2])), NEWEST).first_bad_index == 5

    @pytest.mark.parametrize(
        ("place", "line"),
        [
            (0, "juki-hub/export@v2\n"),
            (0, "juki-hub/export@v1 \n"),
            (0, "juki-hub/export@v1"),
            (1, "origin\n"),
            (1, f"Origin {ORIGIN}\n"),
        ],
    )
    def test_refuses_another_beginning(self, place: int, line: str) -> None:
        """What does not begin as an export is none."""
        lines = self.lines()
        lines[place] = line
        with pytest.raises(IntegrityError, match="HUB-LOG-007") as caught:
            self.verify(lines)

        assert caught.value.facts["line"] == place + 1

    @pytest.mark.parametrize(
        ("place", "line", "first"),
        [
            (2, "chequepoint AA==\n", 0),
            (7, "leaf AA==\r\n", 0),
            (7, "leaf  AA==\n", 0),
            (8, "leaf " + "A" * (1 << 20) + "\n", 1),
            (9, "checkpoint AA==\n", 2),
            (-1, "end 021\n", SIZE),
            (-1, "end 20\n", SIZE),
            (-1, "end\n", SIZE),
            (-1, "End 21\n", SIZE),
        ],
    )
    def test_finds_any_other_spelling(self, place: int, line: str, first: int) -> None:
        """A line of another form is named by its number, and by the first entry that cannot be read for it."""
        lines = self.lines()
        lines[place] = line
        report = self.verify(lines)
        (found,) = (one for one in report.findings if one.code is log.EXPORT_MALFORMED)

        assert found.facts["line"] == (place if place >= 0 else len(lines) + place) + 1
        assert report.first_bad_index == found.facts["index"] == first

    @pytest.mark.parametrize("count", range(2))
    def test_refuses_what_ends_early(self, count: int) -> None:
        """Nothing, or a header alone: neither is an export."""
        with pytest.raises(IntegrityError, match="HUB-LOG-007"):
            self.verify(self.lines()[:count])

    @pytest.mark.parametrize("count", [2, 3])
    def test_finds_what_ends_early(self, count: int) -> None:
        """An origin alone, a checkpoint alone: no log."""
        report = self.verify(self.lines()[:count])

        assert (report.ok, report.size) == (False, 0)

    def test_leaves_alone(self) -> None:
        """Whoever wants only the leaves may ask for them at once."""
        assert list(parse_export(self.lines()).leaves) == LOG.leaves
        with pytest.raises(IntegrityError, match="HUB-LOG-007"):
            list(parse_export([*self.lines()[:3], "checkpoint\n"]).leaves)

    def test_reads_leaves_as_they_come(self) -> None:
        """A large export is not held in memory: the first leaf is there before the last line was read."""
        read: list[str] = []

        def lines() -> Iterator[str]:
            for line in self.lines():
                read.append(line)
                yield line

        first = next(parse_export(lines()).leaves)

        assert first == LOG.leaves[0]
        assert len(read) < len(self.lines())


def test_the_sample_log_has_what_the_tests_assume() -> None:
    """The last entry is an answer, and the twisted entries are permits."""
    assert isinstance(entries.parse(LOG.leaves[-1]), Answered)
    assert all(isinstance(entries.parse(LOG.leaves[index]), Permit) for index in (1, 2, 6, 7, 11))
