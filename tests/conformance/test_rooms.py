"""Every room of the house keeps what connectors.kit.conformance demands of any connector."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from connectors.atena.simulator import Atena, Numbering
from connectors.chukan.peers import founding
from connectors.chukan.simulator import Chukan
from connectors.conbini.holdings import Holdings
from connectors.conbini.server import Server, sealer
from connectors.cs.simulator import Cs
from connectors.departments.simulator import Department
from connectors.gakkou.simulator import Section
from connectors.juki.simulator import Juki
from connectors.juki.town import Town
from connectors.kit.compose import Draft, compose
from connectors.kit.conformance import RoomConformance
from connectors.kit.desk import Plain, Play
from connectors.kit.feeds import Notice
from connectors.kit.forwarding import Setup
from connectors.kit.ids import computed_id
from connectors.kit.ledger import Tokens
from connectors.kit.loading import open_room
from connectors.kit.manner import Manner
from connectors.kit.operators import Automaton
from connectors.kit.partner import Effect, Result
from connectors.kit.room import Room
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from connectors.moj.simulator import Moj
from connectors.shinsei.simulator import office
from connectors.systems.simulator import System
from connectors.zei.simulator import Zei
from hub.codes import kit
from hub.edges import resources
from hub.messages import Level
from hub.provisions.lawbook import Provisions
from hub.provisions.load import load
from tests import fakehub

TOKENS = Tokens(b"\x07" * 32)
#: A town in which nothing happens.
QUIET = Town(seed=1, residents=3, number_of_events=0, day=date(2026, 4, 1))


@cache
def law() -> Provisions:
    return load(resources.provision_files())


class Bench:
    """A room between a hub in memory and a partner in memory."""

    def __init__(self, home: Path, room: str, ends: tuple[str, str], type_: str, payload: bytes, play: Play) -> None:
        sender, endpoint = ends
        self.home = home
        self.sender = fakehub.identity(sender)
        self.receiver = fakehub.identity(endpoint)
        self.hub = fakehub.memory_hub(sender, endpoint)
        self.partner = fakehub.LocalPartner(play, home / "ledger.jsonl", endpoint)
        self._room, self._type, self._payload = room, type_, payload

    def room(self) -> Room:
        return open_room(
            self._room,
            Setup(
                self.receiver, self.partner, Automaton(self.receiver.endpoint), law(), frozenset({self.sender.endpoint})
            ),
        )

    def draft(self, number: int) -> Draft:
        return fakehub.draft(self.sender, self.receiver.endpoint, self._payload, f"person {number}", self._type)

    def performed(self) -> Counter[str]:
        lines = self.partner.ledger.read_text().splitlines()
        return Counter(json.loads(line)["MessageId"] for line in lines)

    def partner_up(self, *, up: bool) -> None:
        self.partner.down = not up


class _Room(RoomConformance):
    room = ""
    endpoint = ""
    sender = "juki"
    type = ""
    payload = b""

    @pytest.fixture(autouse=True)
    def _home(self, tmp_path: Path) -> None:
        self.made = 0
        self.home = tmp_path

    def play(self) -> Play:
        return Plain()

    def bench(self) -> Bench:
        self.made += 1
        home = self.home / str(self.made)
        home.mkdir()
        return Bench(home, self.room, (self.sender, self.endpoint), self.type, self.payload, self.play())


class TestConbini(_Room):
    """証明書コンビニ交付システム."""

    room = endpoint = "conbini"
    type = "CV-UPD"
    payload = '<証明書元情報 xmlns="urn:juki-hub:conbini:1"><氏名>見本 太郎</氏名><宛名番号>000012345</宛名番号></証明書元情報>'.encode()

    def play(self) -> Play:
        return Server(Holdings(TOKENS), sealer(bytes(32)))


class TestChukan(_Room):
    """中間サーバー・プラットフォーム."""

    room = endpoint = "chukan"
    type = "CK-DBM"
    payload = (
        '<副本登録 xmlns="urn:juki-hub:fukuhon:1"><特定個人情報名コード>TM00000000000001</特定個人情報名コード>'
        "<団体内統合宛名番号>000012345</団体内統合宛名番号><版>1</版><自動応答不可フラグ>0</自動応答不可フラグ>"
        "<異動年月日>2026-04-01</異動年月日><副本><世帯番号>1</世帯番号><世帯主である旨>1</世帯主である旨>"
        "<世帯主との続柄>02</世帯主との続柄></副本></副本登録>"
    ).encode()

    def play(self) -> Play:
        home = self.home / str(self.made)
        return Chukan(
            QUIET, TOKENS, Unreached(), home / "kiroku.jsonl", founding.trust(home / "setup", QUIET.seed, begun=False)
        )


class Unreached:
    """A network that nobody asks."""

    def ask(self, effect: Effect) -> Result:
        raise ConnectionError


class TestZei(_Room):
    """税務システム, of 住記."""

    room = endpoint = "zei"
    type = "JK-CHG"
    payload = '<異動情報 xmlns="urn:juki-hub:iten:1"><異動事由>TENKYO</異動事由></異動情報>'.encode()

    def play(self) -> Play:
        return Zei(QUIET, TOKENS)


class TestZeiResult(TestZei):
    """税務システム, of the 共通機能."""

    sender = "atena"
    type = "CK-SKR"
    payload = (
        '<照会結果 xmlns="urn:juki-hub:shoukai:1"><照会番号>SH-20260401-0001</照会番号>'
        "<照会結果項目><項目コード>TK00000000000001</項目コード><項目値>甲</項目値></照会結果項目>"
        "<照会結果項目><項目コード>TK00000000000002</項目コード><項目値>乙</項目値></照会結果項目></照会結果>"
    ).encode()


class TestDepartment(_Room):
    """A department of 別紙2, by its Japanese name."""

    room, endpoint = "departments", "住宅課"
    type = "JK-CHG"
    payload = '<異動情報 xmlns="urn:juki-hub:iten:1"><氏名>見本 太郎</氏名></異動情報>'.encode()

    def play(self) -> Play:
        return Department(in_tables=False)


class TestDepartmentInTables(TestDepartment):
    """介護保険課, whose content is an object and not a row."""

    endpoint = "介護保険課"

    def play(self) -> Play:
        return Department(in_tables=True)


class TestShinsei(_Room):
    """申請管理システム."""

    room = endpoint = "shinsei"
    type = "SN-LINK"
    payload = (
        '<番号紐付情報 xmlns="urn:juki-hub:himoduke:1"><宛名番号>000012345</宛名番号><紐付区分>1</紐付区分>'
        "<署名用電子証明書シリアル番号>0123ABCDEF</署名用電子証明書シリアル番号></番号紐付情報>"
    ).encode()

    def play(self) -> Play:
        return office(QUIET, TOKENS)


class TestGakkou(_Room):
    """A section of the 教育委員会."""

    room, endpoint = "gakkou", "kodomo-nyuen"
    type = "KK-CHG"
    payload = (
        '<異動情報 xmlns="urn:juki-hub:iten:1"><氏名>見本 太郎</氏名><生年月日>20230401</生年月日></異動情報>'
    ).encode()

    def play(self) -> Play:
        return Section(self.endpoint, QUIET.day)


class TestSystems(_Room):
    """A system behind the 共通機能."""

    room, endpoint, sender = "systems", "kaigo", "atena"
    type = "CK-SKR"
    payload = '<照会結果 xmlns="urn:juki-hub:shoukai:1"><照会番号>SH-20260401-0001</照会番号></照会結果>'.encode()

    def play(self) -> Play:
        asked = self.payload.decode().replace("照会結果", "情報照会")
        notice = Notice(
            *("C6", "CK-SKI", "atena", "statutes", "bangou-19-8-shoukai", "person", asked),
            *("2026-04-01T09:00:00+09:00", *[computed_id(0, "asked")] * 2, "SHOUKAI", "情報照会"),
        )
        return System(self.endpoint, [notice])


class TestAtena(_Room):
    """共通機能: what it confirms goes on to the 中間サーバー."""

    room = endpoint = "atena"
    type = "CK-DBM"
    payload = (
        '<副本登録 xmlns="urn:juki-hub:fukuhon:1"><宛名番号>000012345</宛名番号><世帯番号>000067890</世帯番号></副本登録>'
    ).encode()

    def play(self) -> Play:
        return Atena(["000012345"], TOKENS, Numbering.of(QUIET))


class TestCs(_Room):
    """足立区CS: an arrival of somebody new."""

    room = endpoint = "cs"
    type = "TN-NOTE"
    payload = '<転入通知 xmlns="urn:juki-hub:tennyuu:1"><氏名>見本 太郎</氏名></転入通知>'.encode()

    def play(self) -> Play:
        return Cs(QUIET, TOKENS)


class TestMoj(_Room):
    """法務省情報連携システム."""

    room = endpoint = "moj"
    type = "MJ-OUT"
    payload = '<市町村通知 xmlns="urn:juki-hub:houmu:1"><氏名漢字>見本 太郎</氏名漢字></市町村通知>'.encode()

    def play(self) -> Play:
        return Moj(QUIET, TOKENS)


class TestJuki(_Room):
    """住民記録システム as a recipient."""

    room = endpoint = "juki"
    sender = "cs"
    type = "TS-CERT"
    payload = '<転出証明書情報 xmlns="urn:juki-hub:tenshutsu:1"><氏名>見本 太郎</氏名></転出証明書情報>'.encode()

    def play(self) -> Play:
        return Juki(QUIET, Tokens(bytes(32)))


class TestRoomsThatTakeNothing:
    @pytest.mark.parametrize("room", ["koseki", "inkan"])
    def test_reject_what_comes_and_ask_no_partner(self, room: str, tmp_path: Path) -> None:
        """戸籍 and 印鑑 only send: a message that comes all the same is rejected, and no effect is done."""
        payload = '<異動情報 xmlns="urn:juki-hub:iten:1"><氏名>見本 太郎</氏名></異動情報>'.encode()
        bench = Bench(tmp_path, room, ("juki", room), "JK-CHG", payload, Plain())
        delivered = bench.hub.submit([compose(bench.draft(0), bench.sender)])
        worker = Worker(
            bench.receiver,
            bench.room(),
            bench.hub,
            EndpointStore.create(tmp_path / "endpoint.db", bench.receiver),
            bench.hub.clock,
            Manner(signatures=None),
        )
        worker.offer(bench.hub.ready(room))
        while worker.step():
            pass
        line = bench.hub.answered(delivered[0].message_id)
        worker.stop()

        assert line is not None
        assert (line.level, line.code) == (Level.REJECTED, kit.TYPE_NOT_HANDLED.id)
        assert bench.performed() == Counter()
