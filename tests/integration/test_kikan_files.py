"""法務省, the departments, the 教育委員会 and the department systems through their own processes, folders and tables.

First a full day of all their flows, held against the plan; then what goes wrong with files and with a partner's process:
nothing is lost, the order stays, and everything has one effect.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from connectors.departments.connector import DATABASE
from connectors.juki import full, layouts, said, subscriptions
from connectors.juki.messages import Planner
from connectors.juki.town import Town
from connectors.kit.bench import MemoryHub
from connectors.kit.compose import compose
from connectors.kit.domain import NO_MATCH
from connectors.kit.languages import batches, folders, whole
from connectors.kit.languages.batches import Heading
from connectors.kit.languages.database import Database, sqlite
from connectors.kit.languages.files import FilePartner
from connectors.kit.languages.records import RecordForm
from connectors.kit.languages.sql import SqlPartner
from connectors.kit.ledger import Ledger, Line, Tokens
from connectors.kit.loading import open_partner
from connectors.kit.partner import Partner
from connectors.kit.text import read_gaiji
from connectors.moj.layouts import NOTICE, Forms, own_gaiji
from connectors.systems.files import SHIKAKU, announcements, forms
from hub.codes import kit
from hub.messages import Level
from tests import fakehub, samples
from tests.sides import Process, Side, law, post

SEED, RESIDENTS, EVENTS, DAY = 3, 60, 30, date(2026, 4, 1)
TOKENS = Tokens(b"\x07" * 32)
PATIENCE = 0.3
_WAITING = "SELECT 電文番号, 氏名, 異動事由, 個人番号 FROM juki_ido"
HOUSING, CARE = "住宅課", "介護保険課"
ARGUMENTS = (
    *("--full", "--day", DAY.isoformat(), "--seed", str(SEED)),
    *("--residents", str(RESIDENTS), "--events", str(EVENTS)),
)
SYSTEMS = ("kaigo", "fukushi", "hoken", "kokuho", "kashitsuke", "seiho", "jidou", "senkyo")
SECTIONS = ("gakumu", "kodomo-nyuen")


@cache
def departments() -> tuple[str, ...]:
    """Whom 住記 tells by JK-CHG, but for the tax system, which has a room of its own."""
    told = {one.department for one in subscriptions.load(subscriptions.read_own(), law())}
    return tuple(sorted(told - {"zei"}))


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """The full day of these rooms alone."""
    monkeypatch.setattr(full, "GROUPS", ("departments", "immigration"))
    return Town(SEED, RESIDENTS, EVENTS, DAY, full=True)


@pytest.fixture
def started() -> Iterator[Callable[..., Process]]:
    """Starts processes that end with the test."""
    made: list[Process] = []

    def start(home: Path, room: str, *endpoints: str, module: Sequence[str] = ()) -> Process:
        made.append(Process(home, room, *endpoints, module=module, arguments=ARGUMENTS))
        return made[-1]

    yield start
    for one in made:
        one.kill()


# --- the day ----------------------------------------------------------------------------------------------------------------


class TestFullDay:
    def test_every_flow_ends_as_planned(self, town: Town, tmp_path: Path, started: Callable[..., Process]) -> None:
        """B7-1, B8-3, B9, B12 and KK-CHG: plan, log and ledgers of five processes tell the same, message by message."""
        rooms = {
            "moj": ("moj",),
            "systems": ("kokuho", "kaigo", "jidou", "senkyo"),
            "gakkou": SECTIONS,
            "departments": departments(),
        }
        ends = {name: room for room, names in rooms.items() for name in names}
        processes = {room: started(tmp_path, room, *names) for room, names in rooms.items()}
        hub = fakehub.memory_hub("juki", *ends)
        hub.clock.at = town.events[-1].at + timedelta(hours=1)
        told_by_the_cs(town, tmp_path)
        register = open_partner("juki", started(tmp_path, "juki", "juki").place, "juki")
        everybody = {"juki", *ends}
        sides = [Side(tmp_path, hub, ("juki", "juki"), register, everybody)]
        sides += [
            Side(tmp_path, hub, (room, name), open_partner(room, processes[room].place, name), everybody)
            for name, room in ends.items()
        ]
        expected = planned(town, everybody)
        end = time.monotonic() + 120
        while not _over(hub, expected) and time.monotonic() < end:
            for side in sides:
                side.turn()
        for side in sides:
            assert not side.worker.status().latched, side.worker.status()
            side.worker.stop()
        answered = {
            one.header.message_id: (
                one.header.sender,
                one.header.recipient,
                one.answered.code if one.answered else None,
            )
            for one in hub.posted
            if one.header.recipient in everybody
        }
        found = Counter(
            (endpoint, line["MessageId"], line.get("code", ""))
            for endpoint, room in ends.items()
            for line in processes[room].ledger(endpoint)
        )

        assert answered == expected
        assert found == Counter((to, id_, code) for id_, (_, to, code) in expected.items() if to != "juki")


def planned(town: Town, everybody: set[str]) -> dict[str, tuple[str, str, str | None]]:
    """MessageId -> sender, recipient and code of the rejection, of all messages between these endpoints."""
    planner = Planner(law(), subscriptions.load(subscriptions.read_own(), law()))
    of_events = [
        (one.message_id, (one.sender, one.recipient, one.rejection))
        for event in town.events
        for one in planner.messages(event)
    ]
    told = [(one.message_id, (one.sender, one.recipient, one.rejection)) for one in town.told]
    return {id_: way for id_, way in (*of_events, *told) if {way[0], way[1]} <= everybody}


def told_by_the_cs(town: Town, home: Path) -> None:
    """住記 waits for 転出証明書情報 and 番号通知, which come in the other zone: they have come, as its ledger says."""
    (home / "juki.key").write_bytes(bytes(32))
    (home / "effects").mkdir(exist_ok=True)
    of_this_zone = {event.id for event in town.announcements("moj")}
    ledger = Ledger(home / "effects" / "juki.jsonl")
    awaited = [message for event, message in town.awaited.items() if event not in of_this_zone]
    ledger.append([Line(message, "0" * 64, "confirmed") for message in awaited])
    ledger.close()


def _over(hub: MemoryHub, expected: Mapping[str, object]) -> bool:
    answered = {one.header.message_id for one in hub.posted if one.answered is not None}
    return expected.keys() <= answered


# --- files that are not as they should be -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """A sending partner whose files the test writes: room, endpoint, feed, their form and the records of the day."""

    room: str
    endpoint: str
    feed: str
    form: RecordForm
    records: Sequence[Mapping[str, str]]
    peer: str = "juki"

    @property
    def ids(self) -> list[str]:
        return [one["電文番号"] for one in self.records]

    def folder(self, home: Path) -> Path:
        return folders.make(home / "place" / self.endpoint / "in" / self.feed)

    def data(self, serial: int, part: slice, *, last: bool = False, form: RecordForm | None = None) -> bytes:
        given = self.records[part]
        heading = Heading(f"{self.feed}/{batches.name_of('20260401', serial)}", "20260401", len(given), last)
        return batches.written(heading, form or self.form, given)


@pytest.fixture(params=["moj", "kokuho", "juki"])
def source(request: pytest.FixtureRequest, town: Town) -> Source:
    """法務省通知 and 市町村通知 in cp932 of fixed length, and 資格情報 as CSV in UTF-8."""
    return {"moj": moj_source, "kokuho": kokuho_source, "juki": juki_source}[request.param](town)


def juki_source(town: Town) -> Source:
    records = [said.ANNOUNCED["houmu"].record_of(one) for one in town.notices("juki", TOKENS) if one.type == "MJ-OUT"]
    return Source("juki", "juki", "houmu", said.forms()["houmu"], records, peer="moj")


def moj_source(town: Town) -> Source:
    records = [NOTICE.record_of(one) for one in town.notices("moj", TOKENS)]
    return Source("moj", "moj", "notices", Forms(own_gaiji()).notices, records)


def kokuho_source(town: Town) -> Source:
    told = [one for one in town.notices("kokuho", TOKENS) if one.type == "SK-INFO"]
    records = [announcements("kokuho")[SHIKAKU].record_of(one) for one in told]
    return Source("systems", "kokuho", SHIKAKU, forms("kokuho")[SHIKAKU], records)


def put(folder: Path, serial: int, data: bytes) -> Path:
    """A file as the partner puts it, two hours ago."""
    name = batches.name_of("20260401", serial)
    folders.write(folder, {name: data})
    path = folder / name
    long_ago = time.time() - 7200
    os.utime(path, (long_ago, long_ago))
    return path


@pytest.fixture
def side(source: Source, tmp_path: Path) -> Iterator[Side]:
    """The connector of the source."""
    made = _sending(source, tmp_path)
    yield made
    made.worker.stop()


def stuck(side: Side) -> str:
    """What the connector waits for after a while, having told it, sent nothing more and not given up."""
    for _ in range(5):
        side.turn()
    before = side.sent()
    for _ in range(5):
        side.turn()
    status = side.worker.status()
    assert side.sent() == before
    assert not status.latched
    assert side.heard - {""} == {status.waiting_for}
    return status.waiting_for


class TestBatches:
    def test_a_file_cut_in_the_middle(self, side: Side, source: Source, tmp_path: Path) -> None:
        """Nothing of it is taken, nor of the files behind it; replaced by the whole one it goes on, in order, once each."""
        folder = source.folder(tmp_path)
        right = source.data(2, slice(4, 8))
        put(folder, 1, source.data(1, slice(4)))
        put(folder, 2, right[: len(right) // 2])
        put(folder, 3, source.data(3, slice(8, None), last=True))

        assert (stuck(side), side.sent()) == (kit.FILE_INCOMPLETE.id, source.ids[:4])
        put(folder, 2, right)
        side.until(lambda: side.worker.status().feeds_ended)
        assert side.sent() == source.ids

    def test_a_file_delivered_twice(self, side: Side, source: Source, tmp_path: Path) -> None:
        """As another day's file of the same serial, and as if it were new: its messages go out once."""
        folder = source.folder(tmp_path)
        again = source.data(1, slice(4)).replace(b"20260401", b"20260402")
        put(folder, 1, source.data(1, slice(4)))
        put(folder, 2, source.data(2, slice(4)))
        side.until(lambda: len(side.sent()) == 4)
        folders.write(folder, {"20260402-000001.dat": again})
        put(folder, 3, source.data(3, slice(4, None), last=True))
        side.until(lambda: side.worker.status().feeds_ended)

        assert side.sent() == source.ids
        assert len({one.header.message_id for one in side.hub.posted}) == len(side.hub.posted)

    def test_a_file_that_comes_late(self, side: Side, source: Source, tmp_path: Path) -> None:
        """Those behind it wait and it is reported; when it comes, the order is that of the serials."""
        folder = source.folder(tmp_path)
        put(folder, 1, source.data(1, slice(4)))
        put(folder, 3, source.data(3, slice(8, None), last=True))

        assert (stuck(side), side.sent()) == (kit.FILE_LATE.id, source.ids[:4])
        put(folder, 2, source.data(2, slice(4, 8)))
        side.until(lambda: side.worker.status().feeds_ended)
        assert side.sent() == source.ids

    def test_a_connector_killed_between_two_pages(self, side: Side, source: Source, tmp_path: Path) -> None:
        """Its cursor and its messages were committed together: it goes on behind them."""
        put(source.folder(tmp_path), 1, source.data(1, slice(None), last=True))
        side.turn()
        begun = side.sent()
        side.restart(open_partner(source.room, tmp_path / "place", source.endpoint))
        side.until(lambda: side.worker.status().feeds_ended)

        assert begun == source.ids[:20]
        assert side.sent() == source.ids


class TestCharacters:
    def test_a_file_in_the_wrong_encoding(self, town: Town, tmp_path: Path) -> None:
        """資格情報 in cp932 instead of UTF-8: refused before the first record; the right file is taken."""
        source = kokuho_source(town)
        side = _sending(source, tmp_path)
        folder = source.folder(tmp_path)
        right = source.data(1, slice(None), last=True)
        body = right[: right.rindex(b"T,")].removeprefix(b"\xef\xbb\xbf").decode().encode("cp932")
        put(folder, 1, whole.closed(body, len(source.records)))

        assert (stuck(side), side.sent()) == (kit.FILE_ENCODING.id, [])
        put(folder, 1, right)
        side.until(lambda: len(side.sent()) == len(source.ids))
        assert side.sent() == source.ids
        side.worker.stop()

    def test_an_unknown_gaiji_in_a_notice(self, town: Town, tmp_path: Path) -> None:
        """The records before it went out, nothing behind it does; with the table extended it goes on where it stood."""
        source = moj_source(town)
        table = "F0FC\tU+8FBB U+E0101\n"
        bigger = Forms(read_gaiji(table, "test"))
        records = [*source.records]
        records[5] = {**records[5], "住所": "東京都足立区綾瀬一丁目1番1号 辻\U000e0101荘"}
        given = Source("moj", "moj", "notices", bigger.notices, records)
        put(source.folder(tmp_path), 1, given.data(1, slice(None), last=True))
        side = _sending(source, tmp_path)

        assert (stuck(side), side.sent()) == (kit.FILE_GAIJI.id, source.ids[:5])
        side.restart(FilePartner(tmp_path / "place", "moj", {"notices": bigger.notices}))
        side.until(lambda: side.worker.status().feeds_ended)
        said = [one.delivery.raw.decode() for one in side.hub.posted]
        assert side.sent() == source.ids
        assert "辻\U000e0101荘" in said[5]
        side.worker.stop()

    def test_a_character_that_the_ministry_has_not(self, tmp_path: Path, started: Callable[..., Process]) -> None:
        """That message is rejected under its code, without asking the partner; the other persons' notices are done."""
        ministry = started(tmp_path, "moj", "moj")
        side = _receiving(tmp_path, "moj", "moj", open_partner("moj", ministry.place, "moj"))
        ids = [post(side, "MJ-OUT", _municipal(name), f"person {name}") for name in ("見本", "异", "見木")]
        side.until(side.all_answered)
        lines = [side.hub.answered(id_) for id_ in ids]
        side.worker.stop()

        assert set(ministry.performed("moj")) == {ids[0], ids[2]}
        assert [(line.level, line.code) for line in lines if line] == [
            (Level.PARTNER_CONFIRMED, ""),
            (Level.REJECTED, kit.UNENCODABLE.id),
            (Level.PARTNER_CONFIRMED, ""),
        ]

    def test_a_file_of_the_register_in_the_wrong_encoding(self, town: Town, tmp_path: Path) -> None:
        """UTF-8 instead of cp932: refused at the first record that cannot be read; the right file is taken."""
        source = juki_source(town)
        side = _sending(source, tmp_path)
        folder = source.folder(tmp_path)
        right = source.data(1, slice(None), last=True)
        put(folder, 1, whole.closed(right[: right.rindex(b"T,")].decode("cp932").encode(), len(source.records)))

        assert stuck(side) in {kit.FILE_ENCODING.id, kit.FILE_RECORD.id}
        assert side.sent() == []
        put(folder, 1, right)
        side.until(lambda: len(side.sent()) == len(source.ids))
        assert side.sent() == source.ids
        side.worker.stop()

    def test_an_unknown_gaiji_of_the_register(self, town: Town, tmp_path: Path) -> None:
        """The records before it went out, nothing behind it does; with the table extended it goes on where it stood."""
        source = juki_source(town)
        bigger = said.forms(read_gaiji("F3FC\tU+8FBB U+E0101\n", "test"))[source.feed]
        records = [*source.records]
        plain = [
            n for n, one in enumerate(records) if not any(sign in str(one) for sign in layouts.own_gaiji().written)
        ]
        place = plain[5]
        records[place] = {**records[place], "住所": "東京都足立区綾瀬一丁目1番1号 辻\U000e0101荘"}
        given = Source("juki", "juki", source.feed, bigger, [records[n] for n in plain], peer="moj")
        put(given.folder(tmp_path), 1, given.data(1, slice(None), last=True))
        side = _sending(given, tmp_path)

        assert (stuck(side), side.sent()) == (kit.FILE_GAIJI.id, given.ids[:5])
        side.restart(FilePartner(tmp_path / "place", "juki", {**said.forms(), source.feed: bigger}))
        side.until(lambda: side.worker.status().feeds_ended)
        assert side.sent() == given.ids
        assert "辻\U000e0101荘" in side.hub.posted[5].delivery.raw.decode()
        side.worker.stop()

    def test_a_character_that_the_register_has_not(self, tmp_path: Path, started: Callable[..., Process]) -> None:
        """転入通知 from elsewhere: that one is rejected under its code, without asking; 外字 of the table reach 住記 and are judged there."""
        register = started(tmp_path, "juki", "juki")
        hub = fakehub.memory_hub("cs", "juki")
        side = Side(tmp_path, hub, ("juki", "juki"), open_partner("juki", register.place, "juki"), {"cs"})
        cs = fakehub.identity("cs")
        ids = []
        for name in ("見本", "异", "葛\U000e0100城\U0010de92"):
            payload = etree.tostring(samples.tree("TN-IN", {"氏名": name}), encoding="UTF-8")
            draft = fakehub.draft(cs, "juki", payload, f"person {name}", "TN-IN")
            ids.append(hub.submit([compose(draft, cs)])[0].message_id)
        side.until(side.all_answered)
        lines = [hub.answered(id_) for id_ in ids]
        side.worker.stop()

        assert set(register.performed("juki")) == {ids[0], ids[2]}
        assert [line.code for line in lines if line] == [NO_MATCH, kit.UNENCODABLE.id, NO_MATCH]


# --- a partner that is not there --------------------------------------------------------------------------------------------


def waiting_partner(place: Path, endpoint: str) -> Partner:
    """The partner as its room opens it, but of little patience."""
    if endpoint == CARE:
        return SqlPartner(Database(sqlite(place / endpoint / DATABASE), endpoint), endpoint, patience=PATIENCE)
    return FilePartner(place, endpoint, extension="csv", patience=PATIENCE)


@pytest.mark.parametrize("endpoint", [HOUSING, CARE])
class TestPartnerAway:
    def test_down_for_an_hour(self, endpoint: str, tmp_path: Path, started: Callable[..., Process]) -> None:
        """An hour of simulated time, new messages all the while: afterwards each is done once, in order per person."""
        system = started(tmp_path, "departments", endpoint)
        side = _receiving(tmp_path, "departments", endpoint, waiting_partner(system.place, endpoint))
        ids = [post(side, "JK-CHG", _change(0), "甲")]
        side.until(side.all_answered)
        system.kill()
        for minute in range(12):
            ids += [post(side, "JK-CHG", _change(minute + 1), person) for person in ("甲", "乙")]
            side.turn(300.0)
        away = side.worker.status().waiting_for
        side.until(lambda: side.seconds > 3600)
        before = system.performed(endpoint)
        system.start()
        side.until(side.all_answered)
        done = system.performed(endpoint)

        assert (away, before) == (kit.PARTNER_DOWN.id, ids[:1])
        assert sorted(done) == sorted(ids)
        for person in (ids[:1] + ids[1::2], ids[2::2]):
            assert [one for one in done if one in person] == person
        assert all(one.answered and one.answered.level is Level.PARTNER_CONFIRMED for one in side.hub.posted)
        side.worker.stop()

    def test_killed_between_effect_and_answer(
        self, endpoint: str, tmp_path: Path, started: Callable[..., Process]
    ) -> None:
        """The effect lasts, its answer was never given: asked again it gives the first result, and does nothing."""
        system = started(tmp_path, "departments", endpoint, module=("tests.stalling", "departments"))
        side = _receiving(tmp_path, "departments", endpoint, waiting_partner(system.place, endpoint))
        (system.ledgers / "stall").touch()
        ids = [post(side, "JK-CHG", _change(number), f"person {number}") for number in range(3)]
        side.turn()
        while not (system.ledgers / "stalled").exists():
            side.turn()
        system.kill()
        (system.ledgers / "stall").unlink()
        before, unanswered = system.performed(endpoint), side.hub.answers == []
        system.start()
        side.until(side.all_answered)

        assert set() < set(before) <= set(ids)
        assert unanswered
        assert system.performed(endpoint)[: len(before)] == before
        assert sorted(system.performed(endpoint)) == sorted(ids)
        assert len(side.hub.answers) == len(ids)
        side.worker.stop()


class TestCareInsurance:
    def test_its_own_programs_read_what_waits_in_a_view(self, tmp_path: Path, started: Callable[..., Process]) -> None:
        """An item a column, while the department has not taken it; afterwards nothing of the person stays in the table."""
        system = started(tmp_path, "departments", CARE)
        system.kill()
        path = system.place / CARE / DATABASE
        side = _receiving(tmp_path, "departments", CARE, waiting_partner(system.place, CARE))
        id_ = post(side, "JK-CHG", _change(7), "甲")
        side.turn()
        with contextlib.closing(sqlite3.connect(path)) as own:
            rows = own.execute(_WAITING).fetchall()
        system.start()
        side.until(side.all_answered)
        with contextlib.closing(sqlite3.connect(path)) as own:
            after = own.execute(_WAITING).fetchall()
            kept = own.execute("SELECT content FROM hub_staging").fetchall()
        side.worker.stop()

        assert rows == [(id_, "見本 7", "TENKYO", "")]
        assert (after, kept) == ([], [(None,)])


# --- helpers ----------------------------------------------------------------------------------------------------------------


def _sending(source: Source, home: Path) -> Side:
    """The connector of a source, whose other feeds have their end already."""
    others = forms(source.endpoint) if source.room == "systems" else said.forms() if source.room == "juki" else {}
    for feed, form in others.items():
        if feed != source.feed:
            heading = Heading(f"{feed}/20260401-000001.dat", "20260401", 0, last=True)
            folder = folders.make(home / "place" / source.endpoint / "in" / feed)
            put(folder, 1, batches.written(heading, form, ()))
    hub = fakehub.memory_hub(source.peer, source.endpoint)
    partner = open_partner(source.room, home / "place", source.endpoint)
    return Side(home, hub, (source.room, source.endpoint), partner, {source.peer})


def _receiving(home: Path, room: str, endpoint: str, partner: Partner) -> Side:
    return Side(home, fakehub.memory_hub("juki", endpoint), (room, endpoint), partner, {"juki"})


def _change(number: int) -> str:
    return (
        '<異動情報 xmlns="urn:juki-hub:iten:1"><異動事由>TENKYO</異動事由><異動年月日>2026-04-01</異動年月日>'
        f"<氏名>見本 {number}</氏名></異動情報>"
    )


def _municipal(name: str) -> str:
    return f'<市町村通知 xmlns="urn:juki-hub:houmu:1"><氏名漢字>{name}</氏名漢字></市町村通知>'
