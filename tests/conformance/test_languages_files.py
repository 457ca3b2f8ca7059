"""The language `files`: what tests/conformance/test_languages.py asks of every language, and what only files can suffer.

Folders, files and processes are real. Batch files are written here byte by byte where their format is in question.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from connectors.kit.languages import batches, folders
from connectors.kit.languages.batches import Heading
from connectors.kit.languages.fields import Field, Kind
from connectors.kit.languages.files import Ack, FilePartner
from connectors.kit.languages.records import CsvForm, FixedForm, RecordForm
from connectors.kit.partner import Events, Result
from connectors.kit.text import CharacterSet, read_gaiji
from hub.codes import kit
from hub.errors import Held, HubError, IntegrityError, Unavailable
from tests.languages import ENDPOINTS, FEED, PartnerSystem, effect

CONBINI = ENDPOINTS[0]
M1, M2 = "0195e7a0-5a10-7c3e-9d52-0b6a4c1f77aa", "0195e7a0-5a11-7c3e-9d52-0b6a4c1f77aa"
COLUMNS = ("番号", "氏名")
GAIJI = read_gaiji("U+E000\tU+845B U+E0100\n", "test")
CSV = CsvForm(COLUMNS, gaiji=GAIJI)
CSV_CP932 = CsvForm(COLUMNS, CharacterSet.CP932, GAIJI)
FIXED = FixedForm((Field("番号", 4, Kind.NUMBER), Field("氏名", 6, Kind.TEXT)), gaiji=GAIJI)
FORMS = {"csv": CSV, "csv-cp932": CSV_CP932, "fixed": FIXED}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
NOW = 2_000_000_000.0


@pytest.fixture
def system(tmp_path: Path) -> Iterator[PartnerSystem]:
    made = PartnerSystem(tmp_path, "files-csv")
    yield made
    if made.process.poll() is None:
        made.kill()


@pytest.fixture
def partner(system: PartnerSystem) -> FilePartner:
    return FilePartner(system.place, CONBINI, patience=20.0)


def lying(place: Path, *names: str) -> list[str]:
    """Names of plain files below folders of the endpoint."""
    return sorted(path.name for name in names for path in (place / CONBINI / name).iterdir())


class TestOutAndAck:
    def test_nothing_remains_when_both_have_done_their_part(self, system: PartnerSystem, partner: FilePartner) -> None:
        """The partner takes the file away once its ack lasts, the connector the ack once it is read."""
        partner.perform([effect(M1), effect(M2, b"reject")])

        assert lying(system.place, "out", "taken", "ack") == []

    def test_a_file_is_named_after_its_message_and_is_its_owners_alone(self, system: PartnerSystem) -> None:
        """MessageId and digest, 0600 in folders of 0700; the format is what docs/partners.md says, byte by byte."""
        asked = effect(M1, "見本".encode())
        system.freeze()
        with pytest.raises(Unavailable):
            FilePartner(system.place, CONBINI, patience=0.0).perform([asked])
        (name,) = lying(system.place, "out")
        path = system.place / CONBINI / "out" / name
        before = f"E,{M1},CV-UPD,{asked.sha256}\r\n".encode() + asked.content

        assert name == f"{M1}.{asked.sha256[:16]}.dat"
        assert path.read_bytes() == before + f"T,00000001,{hashlib.sha256(before).hexdigest()}\r\n".encode()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parents[1], system.place)} == {
            0o700
        }
        system.thaw()

    def test_an_answer_that_nobody_read_is_found_later(self, system: PartnerSystem, partner: FilePartner) -> None:
        """The connector was killed before it looked: the ack lies there, and counts although the partner is down."""
        folders.write(system.place / CONBINI / "ack", {f"{M1}.ack": Ack(M1, "0", "", effect(M1).sha256).encode()})
        system.kill()

        assert partner.perform([effect(M1)]) == [Result(confirmed=True)]

    def test_an_answer_for_another_digest_is_held(self, system: PartnerSystem, partner: FilePartner) -> None:
        """Other content was performed under this MessageId, whatever came of it; the ack stays for whoever looks."""
        folders.write(system.place / CONBINI / "ack", {f"{M1}.ack": Ack(M1, "0", "", "0" * 64).encode()})
        with pytest.raises(Held) as caught:
            partner.perform([effect(M1)])

        assert caught.value.code is kit.PARTNER_CONFLICT
        assert (system.performed(), lying(system.place, "out", "ack")) == ([], [f"{M1}.ack"])

    def test_every_damage_to_an_ack_stops_the_endpoint(self, system: PartnerSystem, partner: FilePartner) -> None:
        """Cut anywhere, or one byte changed anywhere: damage, never a result."""
        whole = Ack(M1, "1", "HUB-DOM-001", effect(M1).sha256).encode()
        cut = [whole[:end] for end in range(0, len(whole), 7)]
        changed = [whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in range(len(whole))]
        other = Ack(M2, "0", "", effect(M1).sha256).encode()
        codes = set()
        for data in (*cut, *changed, other):
            folders.write(system.place / CONBINI / "ack", {f"{M1}.ack": data})
            with pytest.raises(IntegrityError) as caught:
                partner.perform([effect(M1)])
            codes.add(caught.value.code)

        assert codes == {kit.ACK_DAMAGED}
        assert system.performed() == []

    def test_the_same_file_again_is_harmless(self, system: PartnerSystem, partner: FilePartner) -> None:
        """A file that is put back, by hand or by a transfer that doubled it, has no second effect and the first answer."""
        system.freeze()
        with pytest.raises(Unavailable):
            FilePartner(system.place, CONBINI, patience=0.0).perform([effect(M1)])
        out = system.place / CONBINI / "out"
        (path,) = out.iterdir()
        data = path.read_bytes()
        system.thaw()
        first = partner.perform([effect(M1)])
        folders.write(out, {path.name: data})

        assert partner.perform([effect(M1), effect(M2)])[0] == first[0]
        assert system.performed() == [M1, M2]

    def test_what_else_lies_in_out_is_not_performed(self, system: PartnerSystem, partner: FilePartner) -> None:
        """Drafts and strangers are nobody's; a torn file and one under another's name are answered as unreadable."""
        out = system.place / CONBINI / "out"
        digest = effect(M1).sha256[:16]
        (out / ".draft.new").write_bytes(b"x")
        (out / "readme.txt").write_bytes(b"x")
        (out / f"{M1}.{digest}.fifo").symlink_to("/dev/zero")
        (out / f"{M2}.{digest}.dat").write_bytes(b"E,torn")
        results = partner.perform([effect(M1), effect(M2)])

        assert [one.confirmed for one in results] == [True, True]
        assert (system.performed(), lying(system.place, "out")) == ([M1, M2], [".draft.new", "readme.txt"])

    def test_a_conflict_does_not_spoil_the_first_result(self, system: PartnerSystem, partner: FilePartner) -> None:
        """Two contents asked at once under one MessageId: one is performed, the other held, each again and again."""
        one, other = sorted((effect(M1), effect(M1, b"<y/>")), key=lambda asked: asked.sha256)
        with pytest.raises(Held):
            partner.perform([one, other])
        first = partner.perform([one])
        with pytest.raises(Held):
            partner.perform([other])

        assert partner.perform([one]) == first
        assert system.performed() == [M1]


# --- feeds: batch files -------------------------------------------------------------------------------------------------


def records(*numbers: int) -> list[Mapping[str, str]]:
    return [{"番号": str(number), "氏名": f"見本{number}"} for number in numbers]


class Feed:
    """The folder of a feed, in the hands of the test."""

    def __init__(self, home: Path, form: RecordForm) -> None:
        self.form = form
        self.folder = folders.make(home / CONBINI / "in" / FEED)
        self.now = NOW
        self.partner = FilePartner(home, CONBINI, {FEED: form}, now=lambda: self.now)

    def data(
        self, serial: int, given: Sequence[Mapping[str, str]], *, last: bool = False, day: str = "20260401"
    ) -> bytes:
        heading = Heading(f"{FEED}/{batches.name_of(day, serial)}", day, len(given), last)
        return batches.written(heading, self.form, given)

    def put(self, serial: int, data: bytes, day: str = "20260401") -> Path:
        path = self.folder / batches.name_of(day, serial)
        path.write_bytes(data)
        os.utime(path, (NOW, NOW))
        return path

    def add(self, serial: int, *numbers: int, last: bool = False) -> Path:
        return self.put(serial, self.data(serial, records(*numbers), last=last))

    def page(self, after: str = "", limit: int = 20) -> Events:
        return self.partner.feed(FEED, after, limit)

    def refused(self, after: str = "") -> Mapping[str, object]:
        with pytest.raises(Unavailable) as caught:
            self.page(after)
        return {"code": caught.value.code, **caught.value.facts}

    def taken(self, after: str = "") -> tuple[list[str], str]:
        """The numbers of all that can be taken now, and where that ends."""
        numbers: list[str] = []
        while True:
            try:
                page = self.page(after, 2)
            except Unavailable:
                return numbers, after
            numbers += [event["番号"] for event in page.events]
            after = page.cursor
            if page.end or not page.events:
                return numbers, after


@pytest.fixture
def feed(tmp_path: Path, form: RecordForm) -> Feed:
    return Feed(tmp_path, form)


csv_only = pytest.mark.parametrize("form", [CSV], ids=["csv"])
fixed_only = pytest.mark.parametrize("form", [FIXED], ids=["fixed"])


class TestFormat:
    @csv_only
    def test_csv_as_documented(self, feed: Feed) -> None:
        """Mark, header, a row of item names, a row a record, trailer: written here by hand."""
        before = (
            f"\ufeffH,{FEED}/20260401-000001.dat,20260401,00000002,1\r\n"
            '"番号","氏名"\r\n"1","見本, ""太郎"""\r\n=1+1,@見本\r\n'
        ).encode()
        feed.put(1, before + f"T,00000002,{hashlib.sha256(before).hexdigest()}\r\n".encode())
        page = feed.page()

        assert list(page.events) == [{"番号": "1", "氏名": '見本, "太郎"'}, {"番号": "=1+1", "氏名": "@見本"}]
        assert page.end

    @fixed_only
    def test_fixed_length_as_documented(self, feed: Feed) -> None:
        """Records of one length in cp932 between the same header and trailer; F040 is a 外字 of the table."""
        before = f"H,{FEED}/20260401-000001.dat,20260401,00000001,0\r\n".encode()
        before += b"0012" + b"\xf0\x40" + "城太郎".encode("cp932") + b" " * 4 + b"\r\n"
        feed.put(1, before + f"T,00000001,{hashlib.sha256(before).hexdigest()}\r\n".encode())

        assert list(feed.page().events) == [{"番号": "12", "氏名": "葛\U000e0100城太郎"}]

    @csv_only
    def test_every_value_comes_as_it_was_given(self, feed: Feed) -> None:
        """Signs that a spreadsheet would run, quotes, blanks, line ends and 異体字 are nothing but text."""
        values = [
            "=1+1",
            "+81",
            "-1",
            "@x",
            '"',
            " 見本 ",
            "",
            "一\n二",
            "一\r\n二",
            "a,b",
            "葛\U000e0100",
            "𠮷",
            "～〜",
        ]
        given = [{"番号": value, "氏名": value} for value in values]
        feed.put(1, feed.data(1, given))

        assert list(feed.page().events) == given


@every_form
class TestWhole:
    def test_a_file_cut_anywhere_is_not_taken_until_it_is_replaced(self, feed: Feed) -> None:
        """Every length but the whole: named by a code, left where it is, and taken once it is whole."""
        whole = feed.data(1, records(1, 2, 3))
        codes = set()
        for end in range(len(whole)):
            path = feed.put(1, whole[:end])
            codes.add(feed.refused()["code"])
            assert path.read_bytes() == whole[:end]
        feed.put(1, whole)

        assert codes == {kit.FILE_INCOMPLETE}
        assert feed.taken()[0] == ["1", "2", "3"]

    def test_a_file_with_any_byte_changed_is_not_taken(self, feed: Feed) -> None:
        """The checksum covers all of it."""
        whole = feed.data(1, records(1, 2))
        codes = set()
        for place in range(len(whole)):
            feed.put(1, whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            codes.add(feed.refused()["code"])

        assert codes == {kit.FILE_INCOMPLETE}

    @pytest.mark.parametrize("said", [(1, 1), (3, 3), (2, 1), (3, 2)])
    def test_wrong_counts_are_not_taken(self, feed: Feed, said: tuple[int, int]) -> None:
        """件数 of the header, of the trailer and of the records are one number."""
        head, tail = said
        heading = Heading(f"{FEED}/20260401-000001.dat", "20260401", head, last=False)
        before = feed.form.mark + heading.encode() + feed.form.encode(records(1, 2))
        feed.put(1, before + f"T,{tail:08},{hashlib.sha256(before).hexdigest()}\r\n".encode())

        assert (feed.refused()["code"], feed.refused()["rule"]) == (kit.FILE_INCOMPLETE, "count")

    def test_what_is_no_plain_file_is_not_taken(self, feed: Feed) -> None:
        """A link may point anywhere, and a pipe has no end."""
        name = batches.name_of("20260401", 1)
        (feed.folder / "elsewhere").write_bytes(feed.data(1, records(1)))
        (feed.folder / name).symlink_to(feed.folder / "elsewhere")
        link = feed.refused()["code"]
        (feed.folder / name).unlink()
        os.mkfifo(feed.folder / name)

        assert link is feed.refused()["code"] is kit.FILE_INCOMPLETE

    def test_a_file_that_is_longer_than_agreed_is_not_taken(self, feed: Feed) -> None:
        """Memory is bounded, whatever lies there."""
        path = feed.folder / batches.name_of("20260401", 1)
        path.touch()
        os.truncate(path, batches.LONGEST + 1)

        assert feed.refused()["code"] is kit.FILE_INCOMPLETE


@every_form
class TestOrder:
    def test_files_come_in_the_order_of_their_serials(self, feed: Feed) -> None:
        """Page by page over all files, empty ones too, wherever a page ends; the last file is the end."""
        feed.add(2, 3, 4)
        feed.add(1, 1, 2)
        feed.add(3)
        feed.add(4, 5, last=True)
        by = {
            limit: [event["番号"] for page in self._pages(feed, limit) for event in page.events] for limit in (1, 2, 9)
        }

        assert set(map(tuple, by.values())) == {("1", "2", "3", "4", "5")}

    @staticmethod
    def _pages(feed: Feed, limit: int) -> Iterator[Events]:
        after, end = "", False
        while not end:
            page = feed.page(after, limit)
            yield page
            after, end = page.cursor, page.end

    def test_a_late_file_is_waited_for_and_becomes_a_finding(self, feed: Feed) -> None:
        """Nothing behind the gap is taken; after its time the missing serial is named; when it comes, all come in order."""
        feed.add(1, 1)
        feed.add(3, 3)
        numbers, after = feed.taken()
        quiet = feed.page(after)
        feed.now = NOW + 3601
        finding = feed.refused(after)
        feed.add(2, 2)

        assert (numbers, list(quiet.events), quiet.end) == (["1"], [], False)
        assert (finding["code"], finding["serial"], finding["feed"]) == (kit.FILE_LATE, 2, FEED)
        assert feed.taken(after)[0] == ["2", "3"]

    def test_a_feed_that_has_not_begun_is_waited_for(self, feed: Feed) -> None:
        """An empty folder is no news; a first file that is missing is."""
        empty = feed.page()
        feed.add(2, 2)
        feed.now = NOW + 3601

        assert (list(empty.events), empty.end) == ([], False)
        assert feed.refused()["serial"] == 1

    def test_a_folder_that_is_not_there_is_a_partner_that_is_down(self, feed: Feed) -> None:
        """Not mounted, or not made yet."""
        feed.folder.rmdir()

        assert feed.refused()["code"] is kit.PARTNER_DOWN

    def test_a_cursor_of_another_language_is_refused(self, feed: Feed) -> None:
        """Nothing is taken from a place that is none; a feed that was not agreed has no place."""
        found = set()
        for name, after in ((FEED, "17"), (FEED, "1:0"), (FEED, "1:0:zz"), ("other", "")):
            with pytest.raises(IntegrityError) as caught:
                feed.partner.feed(name, after, 20)
            found.add(caught.value.code)

        assert found == {kit.PARTNER_SPEECH}


@every_form
class TestTwice:
    def test_the_same_serial_again_has_effect_once(self, feed: Feed) -> None:
        """Delivered again on another day, before or after it was taken."""
        feed.add(1, 1, 2)
        feed.put(1, feed.data(1, records(1, 2), day="20260402"), day="20260402")
        numbers, after = feed.taken()
        feed.put(1, feed.data(1, records(1, 2), day="20260403"), day="20260403")
        feed.add(2, 3)

        assert numbers == ["1", "2"]
        assert feed.taken(after)[0] == ["3"]

    def test_the_same_content_under_the_next_serial_has_effect_once(self, feed: Feed) -> None:
        """A delivery that was repeated as if it were new takes its serial and nothing else."""
        feed.add(1, 1, 2)
        feed.add(2, 1, 2)
        feed.add(3, 3)
        feed.add(4, 1, 2, last=True)

        assert feed.taken()[0] == ["1", "2", "3"]

    def test_a_copy_under_another_name_is_not_that_file(self, feed: Feed) -> None:
        """The header says which file it is; the right one is taken when it comes."""
        feed.add(1, 1)
        copy = feed.put(2, feed.data(1, records(1)))
        numbers, after = feed.taken()
        finding = feed.refused(after)
        feed.put(2, feed.data(2, records(2), day="20260402"), day="20260402")

        assert (numbers, finding["code"], finding["rule"]) == (["1"], kit.FILE_INCOMPLETE, "name")
        assert feed.taken(after)[0] == ["2"]
        assert copy.exists()

    def test_a_serial_with_two_contents_is_not_taken(self, feed: Feed) -> None:
        """Which of them is meant, a person must find out."""
        feed.add(1, 1)
        other = feed.put(1, feed.data(1, records(2), day="20260402"), day="20260402")
        finding = feed.refused()
        other.unlink()

        assert (finding["code"], finding["serial"]) == (kit.FILE_CHANGED, 1)
        assert feed.taken()[0] == ["1"]

    def test_a_file_that_changes_while_it_is_taken(self, feed: Feed) -> None:
        """It goes on where the records before are the same, and nowhere else."""
        feed.add(1, 1, 2, 3)
        first = feed.page("", 2)
        feed.add(1, 1, 9, 3)
        changed = feed.refused(first.cursor)
        feed.add(1, 1)
        shortened = feed.refused(first.cursor)
        feed.add(1, 1, 2, 4, 5)

        assert changed["code"] is shortened["code"] is kit.FILE_CHANGED
        assert feed.taken(first.cursor)[0] == ["4", "5"]


def replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    """A whole file with other content: what a partner writes that has another idea of its characters."""
    body = data[: data.rindex(b"T,")]
    assert body.count(old) == 1
    body = body.replace(old, new)
    return body + data[len(data) - 77 :][:11] + hashlib.sha256(body).hexdigest().encode() + b"\r\n"


@every_form
class TestCharacters:
    def codec(self, form: RecordForm) -> str:
        return "utf-8" if form.mark else "cp932"

    def test_another_encoding_is_refused_by_place_and_byte(self, feed: Feed, form: RecordForm) -> None:
        """Everything before it counts, nothing behind it is taken, the finding quotes no content; mended, it goes on."""
        name = "見本2".encode(self.codec(form))
        whole = feed.data(1, records(1, 2, 3))
        feed.put(1, replaced(whole, name, name[:-1] + b"\xff"))
        feed.add(2, 4)
        numbers, after = feed.taken()
        finding = feed.refused(after)
        feed.put(1, whole)

        assert numbers == ["1"]
        assert finding == {
            "code": kit.FILE_ENCODING,
            "endpoint": CONBINI,
            "file": f"{FEED}/20260401-000001.dat",
            "record": 2,
            "point": "0xFF",
        }
        assert feed.taken(after)[0] == ["2", "3", "4"]

    def test_an_unknown_gaiji_is_refused_by_place_and_code_point(self, feed: Feed, form: RecordForm) -> None:
        """What the table names crosses; what it does not name is neither taken nor replaced."""
        known = [{"番号": "1", "氏名": "葛\U000e0100城"}, *records(2)]
        old, new = "本2".encode(self.codec(form)), "\ue001".encode(self.codec(form)) + b"2"
        feed.put(1, replaced(feed.data(1, known), old, new))
        page = feed.page()
        finding = feed.refused(page.cursor)

        assert list(page.events) == known[:1]
        assert (finding["code"], finding["record"], finding["point"]) == (kit.FILE_GAIJI, 2, "U+E001")

    def test_the_other_way_only_what_comes_back_is_written(self, feed: Feed, form: RecordForm) -> None:
        """A private character of nobody's is not given on, and a file of cp932 has no 𠮷."""
        refused = ["\ue001"] + ([] if form.mark else ["𠮷"])
        for name in refused:
            with pytest.raises(HubError) as caught:
                form.encode([{"番号": "1", "氏名": name}])
            assert name not in str(caught.value)


class TestWrongForm:
    @pytest.mark.parametrize(("form", "other"), [(CSV, CSV_CP932), (CSV_CP932, CSV)], ids=["csv", "csv-cp932"])
    def test_a_file_in_the_other_encoding_altogether(self, feed: Feed, other: RecordForm) -> None:
        """The mark tells UTF-8 from cp932 before a record is read: record 0."""
        heading = Heading(f"{FEED}/20260401-000001.dat", "20260401", 1, last=False)
        feed.put(1, batches.written(heading, other, records(1)))
        finding = feed.refused()

        assert (finding["code"], finding["record"]) == (kit.FILE_ENCODING, 0)

    @csv_only
    @pytest.mark.parametrize(
        ("rows", "record"),
        [
            ('"番号","氏名","住所"\r\n"1","見本","x"\r\n', 0),
            ('"氏名","番号"\r\n"見本","1"\r\n', 0),
            ('"番号","氏名\r\n', 0),
            ('"番号","氏名"\r\n"1"\r\n', 1),
            ('"番号","氏名"\r\n"1","見本"\r\n"2","見本","x"\r\n', 2),
            ('"番号","氏名"\r\n"1","見本"\r\n\r\n', 2),
            ('"番号","氏名"\r\n"1","見本"x\r\n', 1),
            ('"番号","氏名"\r\n"1","見本"\r\n"2","見本\r\n', 2),
            ('"番号","氏名"\r\n"1","見\x07本"\r\n', 1),
        ],
    )
    def test_csv_that_is_not_as_agreed(self, feed: Feed, rows: str, record: int) -> None:
        """Columns by name and order, quotes that close, no empty rows, no control characters."""
        count = max(record, 1)
        heading = Heading(f"{FEED}/20260401-000001.dat", "20260401", count, last=False)
        before = CSV.mark + heading.encode() + rows.encode()
        feed.put(1, before + f"T,{count:08},{hashlib.sha256(before).hexdigest()}\r\n".encode())
        numbers, after = feed.taken()
        finding = feed.refused(after)

        assert (finding["code"], finding["record"], len(numbers)) == (kit.FILE_RECORD, record, max(record - 1, 0))

    @fixed_only
    def test_a_record_of_another_length(self, feed: Feed) -> None:
        """One byte too many moves all that follows: the records before it count."""
        feed.put(1, replaced(feed.data(1, records(1, 2)), "見本2".encode("cp932"), "見本2 ".encode("cp932")))
        page = feed.page()
        finding = feed.refused(page.cursor)

        assert ([event["番号"] for event in page.events], finding["code"]) == (["1"], kit.FILE_RECORD)
        assert finding["record"] == 2


class TestRestart:
    def test_feeds_go_on_over_a_killed_partner(self, system: PartnerSystem) -> None:
        """The partner begins anew where its files end: no file twice, none changed."""
        folder = system.place / CONBINI / "in" / FEED
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        system.kill()
        system.start()

        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
        assert before
