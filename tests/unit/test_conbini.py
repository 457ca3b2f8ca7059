"""connectors.conbini without processes: its records, what it takes, and that a 抑止フラグ stands in front of every certificate."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.conbini.holdings import Holdings
from connectors.conbini.language import RESIDENCE, SERIAL, Record, Request, record_of
from connectors.conbini.page import TITLES, Page
from connectors.conbini.server import REQUEST, Counter, NotYet, Server, sealer
from connectors.kit.desk import Desk, Reply
from connectors.kit.domain import NO_MATCH, STALE_VERSION, UNKNOWN_PERSON
from connectors.kit.ledger import Ledger, Tokens
from connectors.kit.partner import CONFIRMED, REJECTED, Effect

TOKENS = Tokens(b"\x07" * 32)
NAME, NUMBER, CARD = "見本　太郎", "1255503641", "81C62E8B"
HOME: Mapping[str, str] = {
    "氏名": NAME,
    "生年月日": "19700101",
    "性別": "1",
    "住所": "東京都足立区千住一丁目1番1号",
    "宛名番号": NUMBER,
    "住民状態": "1",
    "住所を定めた年月日": "2020-04-01",
    SERIAL: CARD,
}
SEAL: Mapping[str, str] = {
    "証明書種別": "INKAN",
    "氏名": NAME,
    "生年月日": "19700101",
    "宛名番号": NUMBER,
    "印鑑登録証明情報/印鑑登録番号": "00001",
    "印鑑登録証明情報/登録年月日": "2021-05-06",
    "印鑑登録証明情報/登録状態": "1",
}
KOSEKI: Mapping[str, str] = {
    "氏名": NAME,
    "生年月日": "19700101",
    "戸籍証明情報/戸籍の表示/本籍": "東京都足立区千住一丁目1番地",
    "戸籍証明情報/戸籍の表示/筆頭者": NAME,
}
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1)


def home(card: str = CARD, *, edition: int = 1, suppressed: bool = False, **changes: str) -> Record:
    return Record(RESIDENCE, edition, suppressed, {**HOME, SERIAL: card, **changes})


class System:
    """A certificate server with its two desks; started again from its ledgers as often as a test likes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.issued: list[Page] = []
        self.ready = True
        self._ledgers: list[Ledger] = []
        self._sent = 0
        self.start()

    def start(self) -> None:
        self.close()
        holdings, sealed = Holdings(TOKENS), sealer(bytes(32))
        self._ledgers = [Ledger(self.folder / f"{name}.jsonl") for name in ("conbini", "koufu")]
        server = Server(holdings, sealed)
        counter = Counter(holdings, sealed, self._issue, lambda _: self.ready)
        self._desk, self._counter = (
            Desk(play, ledger) for play, ledger in zip((server, counter), self._ledgers, strict=True)
        )

    def close(self) -> None:
        for ledger in self._ledgers:
            ledger.close()

    def tell(self, record: Record) -> Reply:
        self._sent += 1
        (reply,) = self._desk.perform([Effect(f"m{self._sent}", "CV", f"{self._sent:064}", record.encode())])
        return reply

    def ask(self, number: str, certificate: str = RESIDENCE, serial: str = CARD) -> Mapping[str, str]:
        content = Request(number, "2026-04-01T18:00:00+09:00", certificate, serial, "KIOSK-001").encode()
        (reply,) = self._counter.perform([Effect(number, REQUEST, "0" * 64, content)])
        return reply.reply

    def outcome(self, number: str) -> str:
        lines = [json.loads(line) for line in (self.folder / "koufu.jsonl").read_text("utf-8").splitlines()]
        (found,) = [line for line in lines if line["MessageId"] == number]
        assert found["flow"] == "D3"
        return str(found["outcome"])

    def _issue(self, page: Page) -> bytes:
        self.issued.append(page)
        return page.encode()


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    made = System(tmp_path)
    yield made
    made.close()


class TestRecord:
    @given(st.dictionaries(TEXTS, TEXTS), st.integers(1, 10**6), st.booleans())
    def test_comes_back_as_it_was(self, items: dict[str, str], edition: int, suppressed: bool) -> None:
        """Every character of every item survives the record."""
        record = Record("INKAN", edition, suppressed, items)

        assert Record.decode(record.encode()) == record

    def test_holds_every_item_of_the_message(self) -> None:
        """Items in compounds too, by their path; the kind, 版 and 抑止フラグ stand at its head."""
        payload = etree.fromstring(
            '<証明書情報 xmlns="urn:juki-hub:shoumei:1"><証明書種別>KAZEI</証明書種別><版>3</版><抑止フラグ>1</抑止フラグ>'
            "<税証明情報><年度>2025</年度></税証明情報></証明書情報>"
        )
        record = record_of(payload)

        assert (record.certificate, record.edition, record.suppressed) == ("KAZEI", 3, True)
        assert record.items["税証明情報/年度"] == "2025"

    def test_without_a_flag_it_is_suppressed(self) -> None:
        """Only 0 says that it may be issued."""
        assert record_of(etree.fromstring('<証明書元情報 xmlns="urn:juki-hub:conbini:1"/>')).suppressed

    @pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"certificate":1}'])
    def test_refuses_what_is_none(self, data: bytes) -> None:
        """Neither a record nor a request."""
        for kind in (Record, Request):
            with pytest.raises(ValueError, match=r".*"):
                kind.decode(data)


class TestServer:
    def test_takes_what_is_newer_and_about_somebody_it_holds(self, system: System) -> None:
        """S34: an old 版 of the same certificate is no news; who is not held is nobody."""
        system.tell(home())

        assert system.tell(Record("INKAN", 2, False, SEAL)).result == CONFIRMED
        for edition in (1, 2):
            old = system.tell(Record("INKAN", edition, False, SEAL))
            assert (old.result, old.code) == (REJECTED, STALE_VERSION)
        stranger = system.tell(Record("INKAN", 3, False, {**SEAL, "宛名番号": "999"}))
        assert (stranger.result, stranger.code) == (REJECTED, UNKNOWN_PERSON)

    @pytest.mark.parametrize("restarted", [False, True])
    @pytest.mark.parametrize("edition", [1, 2, 3])
    def test_an_older_residence_record_lifts_no_flag(self, system: System, edition: int, *, restarted: bool) -> None:
        """S34: 抑止 of 版 3 stands whatever an older 版, or another record of the same one, says of it; 版 4 lifts it."""
        system.tell(home())
        assert system.tell(home(edition=3, suppressed=True)).result == CONFIRMED
        if restarted:
            system.start()
        old = system.tell(home(edition=edition))

        assert (old.result, old.code) == (REJECTED, STALE_VERSION)
        assert system.ask("r1") == {"結果": "9"}
        assert system.outcome("r1") == "suppressed"
        assert system.issued == []
        assert system.tell(home(edition=4)).result == CONFIRMED
        assert system.ask("r2")["結果"] == "0"

    def test_the_same_residence_record_is_taken_again(self, system: System) -> None:
        """Told twice under two ids, it says nothing new and contradicts nothing."""
        system.tell(home(edition=3, suppressed=True))

        assert system.tell(home(edition=3, suppressed=True)).result == CONFIRMED
        assert system.ask("r1") == {"結果": "9"}

    def test_finds_whom_the_family_register_means_by_name_and_birth(self, system: System) -> None:
        """No number comes from 戸籍 (X6); two of one name and birth are nobody in particular."""
        system.tell(home())
        assert system.tell(Record("FUHYOU", 1, False, KOSEKI)).result == CONFIRMED
        assert system.tell(Record("FUHYOU", 2, False, {**KOSEKI, "氏名": "見知　らぬ人"})).code == NO_MATCH

        system.tell(home("0000000A", 宛名番号="999"))
        assert system.tell(Record("FUHYOU", 3, False, KOSEKI)).code == NO_MATCH

    def test_writes_nothing_of_a_person(self, system: System) -> None:
        """The ledgers hold tokens and sealed records."""
        system.tell(home())
        system.tell(Record("INKAN", 1, False, SEAL))
        system.ask("r1")
        text = "".join(path.read_text("utf-8") for path in system.folder.iterdir())

        assert not any(value in text for value in (*HOME.values(), *SEAL.values()) if len(value) > 5)


class TestCounter:
    @pytest.mark.parametrize("certificate", [kind for kind in TITLES if kind != RESIDENCE])
    def test_issues_what_is_held(self, system: System, certificate: str) -> None:
        """Each kind of certificate, about the card's holder, out of what its source told."""
        system.tell(home())
        assert system.ask("r1", certificate) == {"結果": "9"}
        system.tell(Record(certificate, 1, False, KOSEKI))

        assert system.ask("r2", certificate)["結果"] == "0"
        assert system.issued[-1].certificate == certificate
        assert system.issued[-1].lines[0] == ("氏名", NAME)

    def test_a_residence_certificate_says_what_is_on_the_record(self, system: System) -> None:
        """和暦 on the paper, 男 and 女 in words."""
        system.tell(home())
        system.ask("r1")

        assert dict(system.issued[0].lines) == {
            "氏名": NAME,
            "生年月日": "昭和45年1月1日",
            "性別": "男",
            "住所": HOME["住所"],
            "住所を定めた年月日": "令和2年4月1日",
        }

    @pytest.mark.parametrize("source", [RESIDENCE, "INKAN", "KAZEI", "FUHYOU"])
    def test_a_flag_from_any_source_stops_every_certificate(self, system: System, source: str) -> None:
        """抑止: nothing is issued, whoever said so, until the same source takes it back."""
        system.tell(home())
        for kind, items in (("INKAN", SEAL), ("KAZEI", SEAL), ("FUHYOU", KOSEKI)):
            system.tell(Record(kind, 1, False, items))
        said = HOME if source == RESIDENCE else KOSEKI if source == "FUHYOU" else SEAL
        system.tell(Record(source, 2, True, said))
        for number, kind in enumerate((RESIDENCE, "INKAN", "KAZEI", "FUHYOU", "NOUZEI")):
            assert system.ask(f"r{number}", kind) == {"結果": "9"}
            assert system.outcome(f"r{number}") == "suppressed"

        system.tell(Record(source, 3, False, said))
        assert system.ask("r9")["結果"] == "0"

    def test_a_refusal_does_not_say_why(self, system: System) -> None:
        """Unknown, suppressed, removed, not held, ended: the shop hears the same, the ledger knows."""
        system.tell(home())
        assert system.ask("unknown", serial="FFFFFFFF") == {"結果": "9"}
        assert system.ask("absent", "INKAN") == {"結果": "9"}
        system.tell(Record("INKAN", 1, False, {**SEAL, "印鑑登録証明情報/登録状態": "9"}))
        assert system.ask("ended", "INKAN") == {"結果": "9"}
        system.tell(home(edition=2, 住民状態="2"))
        assert system.ask("removed") == {"結果": "9"}
        system.tell(home(edition=3, suppressed=True))
        assert system.ask("suppressed") == {"結果": "9"}

        wanted = {"unknown": "unknown", "absent": "absent", "ended": "absent", "removed": "removed"}
        assert {name: system.outcome(name) for name in wanted} == wanted
        assert system.issued == []

    def test_an_old_card_is_nobodys(self, system: System) -> None:
        """Who gets a new card is not found by the old one any more."""
        system.tell(home())
        system.tell(home("0000000B", edition=2))

        assert system.ask("r1") == {"結果": "9"}
        assert system.ask("r2", serial="0000000B")["結果"] == "0"

    def test_the_same_request_gets_the_same_page_after_a_restart(self, system: System) -> None:
        """Though the record has changed meanwhile: what was issued was issued."""
        system.tell(home())
        first = system.ask("r1")
        system.tell(home(edition=2, 住所="東京都足立区綾瀬二丁目2番2号"))
        system.start()

        assert system.ask("r1") == first
        assert Page.decode(base64.b64decode(first["証明書"])) == system.issued[0]
        assert dict(system.issued[-1].lines)["住所"] == HOME["住所"]
        assert system.ask("r2") != first

    def test_what_is_not_ready_is_not_decided(self, system: System) -> None:
        """No line, no answer: it is asked again and then answered."""
        system.tell(home())
        system.ready = False
        with pytest.raises(NotYet):
            system.ask("r1")
        system.ready = True

        assert system.ask("r1")["結果"] == "0"

    @pytest.mark.parametrize("certificate", ["", "PASSPORT"])
    def test_refuses_what_is_no_certificate(self, system: System, certificate: str) -> None:
        """A request against the contract is not performed."""
        with pytest.raises(ValueError, match="request"):
            system.ask("r1", certificate)


class TestPage:
    def test_prints_substitutes_and_says_so(self) -> None:
        """A character that JIS X 0213 lacks is shown as its substitute; the page itself keeps it."""
        page = Page("n1", RESIDENCE, "2026-04-01T18:00:00+09:00", (("氏名", "辻\U000e0100　\U0010de92"),))

        assert page.printed()[0] == "氏名　辻　〓"
        assert page.printed()[-1].startswith("※ 代替文字")
        assert Page.decode(page.encode()) == page

    @pytest.mark.parametrize(
        ("birth", "shown"),
        [
            ("19700100", "西暦1970年1月(以下不詳)"),
            ("19890000", "西暦1989年(以下不詳)"),
            ("00000000", "不詳"),
            ("18600101", "1860-01-01"),
        ],
    )
    def test_guesses_no_birth(self, system: System, birth: str, shown: str) -> None:
        """What is unknown, or of the lunar calendar, is not converted."""
        system.tell(home(生年月日=birth))
        system.ask("r1")

        assert dict(system.issued[0].lines)["生年月日"] == shown
