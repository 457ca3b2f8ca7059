"""Attachments on an embedded zone: parts before their message, one encrypted copy, verified twice, erased with the body (ADR 14)."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest

from connectors.kit import File
from connectors.kit.compose import compose
from hub import envelope, xmlsig
from hub.app.daily import Daily
from hub.attachments import MOST_BYTES, SPOOL_PARTS
from hub.codes import kit, msg
from hub.edges.clock import SimulatedClock
from hub.errors import Code
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Erase
from hub.messages import Attachment, Part, Recorded, Submission
from hub.xmlsig.precheck import parse
from tests import opensecrets
from tests.attaching import NOW, PIECE, House, described, filing, founded, house, identity

MARK = "見本 太郎 の住民票".encode() * 40
CHECKOUT = str(Path(__file__).parents[2])
LIMIT = """
import hashlib, resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from connectors.kit import File
from tests.attaching import house
file = Path(sys.argv[1]) / "largest.bin"
with house(Path(sys.argv[1])) as one:
    one.file(File.of(b"first, so that all is loaded", "text/plain"))
    one.run()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    one.file(File.at(file, "application/octet-stream"))
    one.run()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(len(one.cabinet.filed), one.cabinet.filed[-1][1][0].sha256, one.cabinet.largest, grown)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new home; founding one takes longer than most tests of this file."""
    return founded(tmp_path_factory.mktemp("founded") / "home").root


@pytest.fixture
def place(home: Path, tmp_path: Path) -> Path:
    """A folder with a home of its own."""
    shutil.copytree(home, tmp_path / "home")
    return tmp_path


@pytest.fixture
def zone(place: Path) -> Iterator[House]:
    with house(place) as made:
        yield made


def parts(content: bytes, message: Submission, size: int | None = None) -> list[Part]:
    """The parts of a file, as its message wants them."""
    digest, whole = hashlib.sha256(message.raw).hexdigest(), hashlib.sha256(content).hexdigest()
    pieces = [content[place : place + PIECE] for place in range(0, len(content), PIECE)]
    return [Part(digest, whole, size or len(content), at, piece) for at, piece in enumerate(pieces)]


def submit(zone: House, message: Submission, sent: list[Part]) -> Recorded:
    zone.hub.deposit("shinsei", message.raw, sent)
    return zone.hub.submit([message])[0]


def signed(zone: House, *contents: bytes) -> Submission:
    who = identity(zone.home.paths, "shinsei")
    return compose(filing(who, *(File.of(content, "application/pdf") for content in contents)), who)


def kept(zone: House) -> list[tuple[int | None, int]]:
    """Every part that the journal has: the entry it belongs to, and its place."""
    file = zone.home.paths.journal / "journal.sqlite"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        return list(database.execute("SELECT idx, position FROM parts ORDER BY idx, sha256, position"))


def keys(zone: House) -> dict[tuple[str, date], int]:
    """How many keys each bucket has, private parts apart."""
    due = zone.home.journal.due(date(2050, 1, 1))
    return {(class_, day): count for class_, day, count in due if not class_.startswith("record")}


class TestOnTheWay:
    def test_files_arrive_as_they_were_signed_and_are_kept_once(self, zone: House) -> None:
        """Two files of one message, part by part on both sides; of each part one copy, in the bucket of the body."""
        large, small = os.urandom(3 * PIECE + 5), b"one page"
        draft = zone.file(File.of(large, "application/pdf"), File.of(small, "image/png"))
        zone.file(File.of(large, "application/pdf"))  # the same file again is another message's own
        zone.run(2)
        placed = kept(zone)
        zone.run()

        assert zone.cabinet.filed[0] == (draft.message_id, [described(large), described(small, "image/png")])
        assert [file.size for file in zone.cabinet.filed[1][1]] == [len(large)]
        assert zone.cabinet.largest == PIECE
        assert [index is None for index, _ in placed] == [False] * 9
        assert zone.home.journal.tally() == {"juki": {"acknowledged": 2}}
        assert keys(zone) == {("standard", date(2026, 4, 8)): 11}

    def test_nothing_of_them_is_left_with_the_connectors(self, zone: House) -> None:
        """Sealed while they wait; gone with the receipt on one side, and with the commit on the other."""
        zone.file(File.of(os.urandom(PIECE + 1), "application/pdf"))
        waiting = [_rows(zone, "shinsei", "attached")] if zone.sender.step() else []
        zone.run()

        assert waiting == [0]  # the step that polls sends as well
        assert (_rows(zone, "shinsei", "attached"), _rows(zone, "juki", "received")) == (0, 0)
        assert len(zone.cabinet.filed) == 1

    def test_nothing_is_on_disk_in_clear(self, zone: House) -> None:
        """Neither in the home nor in the connectors' stores, before and after: the file itself is never copied."""
        zone.file(File.of(MARK * 2000, "application/pdf"))
        zone.run()
        files = [path for path in zone.place.rglob("*") if path.is_file()]

        assert len(zone.cabinet.filed) == 1
        assert len(files) > 10
        assert [path.name for path in files if MARK[:30] in path.read_bytes()] == []

    def test_a_room_that_takes_none_rejects(self, zone: House) -> None:
        """It is asked before anything is fetched; the sender learns by a code that the files were not handed on."""
        draft = zone.file(File.of(b"x", "application/x-unwanted"))
        zone.run()

        (row,) = zone.home.journal.standing(draft.message_id)
        assert (row.state, row.code, zone.cabinet.filed) == ("rejected", kit.ATTACHED_UNWANTED.id, [])

    def test_the_largest_needs_no_memory(self, place: Path) -> None:
        """64 MiB, sender, hub and recipient in one process: it grows by less than the file."""
        digest = hashlib.sha256()
        with (place / "largest.bin").open("wb") as file:
            for _ in range(64):
                content = os.urandom(PIECE)
                digest.update(content)
                file.write(content)
        ended = subprocess.run(
            [sys.executable, "-c", LIMIT, str(place), CHECKOUT], capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        count, found, largest, grown = ended.stdout.split()

        assert (int(count), found, int(largest)) == (2, digest.hexdigest(), PIECE)
        assert int(grown) < 64 * 1024, f"{int(grown) // 1024} MiB"


class TestErasure:
    def test_goes_with_the_body(self, zone: House) -> None:
        """While it lives an independent reading opens every part; after the sweep there is nothing that opens."""
        content = os.urandom(PIECE + 77)
        zone.file(File.of(content, "application/pdf"))
        zone.run()
        root = zone.home.paths.root
        before = opensecrets.parts(root)
        _sweep(zone, NOW + timedelta(days=8))

        assert [b"".join(found) for found in before.values()] == [content]
        assert opensecrets.parts(root) == {}
        assert (kept(zone), keys(zone)) == ([], {})

    def test_what_has_no_message_goes_after_two_days_and_says_so(self, zone: House) -> None:
        """The ordinary sweep, with an entry of its own."""
        message = signed(zone, b"never sent")
        zone.hub.deposit("shinsei", message.raw, parts(b"never sent", message))
        before = keys(zone)
        _sweep(zone, NOW + timedelta(days=2))
        with zone.home.journal.snapshot() as log:
            said = [one for row in log.entries() if isinstance(one := entries.parse(row.leaf), Erase)]

        assert before == {("spool", date(2026, 4, 3)): 1}
        assert [(one.retention, one.due, one.count) for one in said] == [("spool", "2026-04-03", 1)]
        assert (kept(zone), keys(zone)) == ([], {})

    def test_a_late_part_is_missed(self, zone: House) -> None:
        """Swept before its message came: refused, not delivered without it."""
        message = signed(zone, b"late")
        zone.hub.deposit("shinsei", message.raw, parts(b"late", message))
        _sweep(zone, NOW + timedelta(days=2))

        assert zone.hub.submit([message])[0].code == msg.ATTACHMENT_MISSING.id


class TestRefusals:
    def test_what_is_missing_or_another_is_refused_and_goes_at_once(self, zone: House) -> None:
        """A refused message keeps nothing: neither what was wrong nor what was right of it."""
        good, other = os.urandom(PIECE + 9), os.urandom(PIECE + 9)
        cases = []
        for wrong in ("missing", "part", "differs", "size"):
            message = signed(zone, b"right", good)
            sent = {
                "missing": [],
                "part": parts(good, message)[1:],
                "differs": [_with(part, other) for part in parts(good, message)],
                "size": parts(good[:-1], message),
            }[wrong]
            cases.append(submit(zone, message, [*parts(b"right", message), *sent]))
        codes = [(one.permit, one.code, dict(one.facts)) for one in cases]

        missing = (False, msg.ATTACHMENT_MISSING.id, {"number": 2})
        assert codes == [missing, missing, (False, msg.ATTACHMENT_DIFFERS.id, {"number": 2}), missing]
        assert (kept(zone), keys(zone)) == ([], {})

    @pytest.mark.parametrize(
        ("declared", "code"),
        [
            ([Attachment("ab" * 32, MOST_BYTES + 1, "application/pdf")], msg.ATTACHMENTS_SIZE),
            ([Attachment(f"{n:064x}", MOST_BYTES // 2 + 1, "application/pdf") for n in (1, 2)], msg.ATTACHMENTS_SIZE),
            ([Attachment("ab" * 32, 0, "application/pdf")], msg.ATTACHMENTS_SIZE),
            (
                [Attachment("ab" * 32, 1, "application/pdf"), Attachment("ab" * 32, 1, "image/png")],
                msg.ATTACHMENT_TWICE,
            ),
        ],
    )
    def test_what_the_header_declares_is_refused_unread(
        self, zone: House, declared: list[Attachment], code: Code
    ) -> None:
        """Too much, nothing, or twice the same: no part is looked at, and what came for it goes."""
        message = _declaring(zone, declared)
        digest = hashlib.sha256(message.raw).hexdigest()
        zone.hub.deposit("shinsei", message.raw, [Part(digest, "ab" * 32, 1, 0, b"x")])
        refused = zone.hub.submit([message])[0]

        assert (refused.permit, refused.code) == (False, code.id)
        assert (kept(zone), keys(zone)) == ([], {})

    def test_what_does_not_fit_is_never_stored(self, zone: House) -> None:
        """A part beyond the limit, of the wrong length, outside of its attachment, or named by what is no digest."""
        message = signed(zone, b"abc")
        (good,) = parts(b"abc", message)
        wrong = [
            Part(good.message, good.sha256, MOST_BYTES + 1, 0, bytes(PIECE)),
            Part(good.message, good.sha256, 3, 0, b"ab"),
            Part(good.message, good.sha256, 3, 1, b""),
            Part(good.message, good.sha256, 3, -1, b"abc"),
            Part(good.message, good.sha256, 0, 0, b""),
            Part(good.message, good.sha256.upper(), 3, 0, b"abc"),
        ]
        counts = [zone.core.do(partial(zone.home.intake.deposit, "shinsei", [part])) for part in wrong]

        assert counts == [0] * 6
        assert kept(zone) == []
        assert submit(zone, message, [good]).permit

    def test_a_sender_that_leaves_too_much_is_stopped(self, zone: House) -> None:
        """So nobody fills the disk with parts of messages that never come; another sender is not touched by that."""
        message = signed(zone, b"abc")
        digest = hashlib.sha256(message.raw).hexdigest()
        many = [Part(digest, f"{n:064x}", 1, 0, b"x") for n in range(SPOOL_PARTS + 1)]
        count = zone.core.do(lambda: zone.home.intake.deposit("shinsei", many))
        late = submit(zone, message, parts(b"abc", message))

        assert (count, late.code) == (SPOOL_PARTS, msg.ATTACHMENT_MISSING.id)
        assert kept(zone) == []


class TestAgain:
    def test_the_same_message_again_keeps_no_second_copy(self, zone: House) -> None:
        """Its parts and itself, once more, also after the body was erased: the first receipt, and nothing new is kept."""
        content = os.urandom(PIECE + 3)
        message = signed(zone, content)
        first = submit(zone, message, parts(content, message))
        before = kept(zone), keys(zone)
        again = submit(zone, message, parts(content, message))
        after = kept(zone), keys(zone)
        _sweep(zone, NOW + timedelta(days=31))
        late = submit(zone, message, parts(content, message))

        assert (again.repeated, again.receipt, late.repeated, late.receipt) == (True, first.receipt) * 2
        assert before == after
        assert (kept(zone), keys(zone)) == ([], {})

    def test_twice_in_one_group_is_kept_once(self, zone: House) -> None:
        """The second is the first again, and takes nothing away from it."""
        content = os.urandom(PIECE + 3)
        message = signed(zone, content)
        zone.hub.deposit("shinsei", message.raw, parts(content, message))
        first, again = zone.hub.submit([message, message])

        assert (first.permit, again.repeated, again.receipt) == (True, True, first.receipt)
        assert kept(zone) == [(first.index, 0), (first.index, 1)]

    def test_a_connector_that_was_killed_asks_for_them_again(self, place: Path) -> None:
        """Nothing of them is left in its store, the hub hands the delivery over again, and it is filed once."""
        content = os.urandom(2 * PIECE)
        with house(place) as zone:
            zone.file(File.of(content, "application/pdf"))
            while zone.sender.step():
                pass
            zone.core.do(lambda: None)
        with house(place) as zone:
            zone.run()

            assert [files for _, files in zone.cabinet.filed] == [[described(content)]]
            assert zone.home.journal.tally() == {"juki": {"acknowledged": 1}}

    def test_parts_are_for_the_recipient_alone(self, zone: House) -> None:
        """Another endpoint of the zone asks for nothing, and so does everybody once it is answered."""
        content = b"for juki"
        message = signed(zone, content)
        index = submit(zone, message, parts(content, message)).index
        digest = described(content).sha256
        asked = [zone.hub.fetch(who, index, digest, [0])[0] for who in ("atena", "juki")]
        zone.run()

        assert asked == [b"", content]
        assert zone.hub.fetch("juki", index, digest, [0]) == [b""]


def _declaring(zone: House, declared: list[Attachment]) -> Submission:
    """A message that says this of its attachments, which no kit would make."""
    who = identity(zone.home.paths, "shinsei")
    made = compose(filing(who), who)
    root = parse(made.raw)
    header, payload = envelope.parse_header(root), envelope.payload_of(root)
    raw = xmlsig.sign(envelope.build(replace(header, attachments=tuple(declared)), payload), who.key, who.certificate)
    return Submission(raw, made.operator, made.channel)


def _with(part: Part, content: bytes) -> Part:
    start = part.position * PIECE
    return Part(part.message, part.sha256, part.size, part.position, content[start : start + PIECE])


def _sweep(zone: House, moment: object) -> None:
    clock = zone.home.clock
    assert isinstance(clock, SimulatedClock)
    clock.advance_to(moment)  # type: ignore[arg-type]
    zone.core.do(Daily(zone.home).look)


def _rows(zone: House, endpoint: str, table: str) -> int:
    with closing(sqlite3.connect(f"file:{zone.place / endpoint}.db?mode=ro", uri=True)) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - two names of this file
