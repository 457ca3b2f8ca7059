"""What the CS decides on its own data: 整合, requests, numbers, and how long it holds a 転出証明書情報."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.cs import layouts
from connectors.cs.exchange import errands_of
from connectors.cs.holding import due
from connectors.cs.layouts import Question
from connectors.cs.network import indexed, neighbour, person, search
from connectors.cs.peers.card import Card
from connectors.cs.reconciling import EQUAL, ITEMS, MISSING, differing, mark, own_codes, told
from connectors.cs.simulator import Cs
from connectors.juki.full import behind
from connectors.juki.full import cs as full
from connectors.juki.generation import generated
from connectors.juki.town import Town
from connectors.kit.desk import Performed
from connectors.kit.domain import ALREADY_NUMBERED, DAY_NOT_CLOSED, NO_SUCH_MUNICIPALITY, REQUEST_REPEATED
from connectors.kit.ledger import Line, Tokens
from connectors.kit.partner import Effect
from hub import envelope, xmlsig
from hub.checkdigits import is_kojin_bangou, juuminhyou_code_digit
from hub.errors import Refused
from hub.ids import uuid7
from hub.messages import Basis, Header
from tests import samples, testpki

TOKENS = Tokens(b"\x07" * 32)
TOWN = Town(seed=7, residents=300, number_of_events=60, day=date(2026, 4, 1), full=True)
AT = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
YESTERDAY = TOWN.day - timedelta(days=1)


@pytest.fixture(scope="module")
def cs() -> Cs:
    return Cs(TOWN, TOKENS)


def asked() -> list[tuple[Question, str]]:
    """Every question of the day with its planned rejection."""
    return [
        (Question.of(one.build(), *(one.batch or ("", 1, 1))[1:]), one.rejection)
        for one in full.told(TOWN)
        if one.type == "SG-CHK"
    ]


class TestReconciliation:
    def test_finds_exactly_what_the_cs_lacks_holds_stale_or_has_alone(self, cs: Cs) -> None:
        """S23 over the whole register: the three kinds of mismatch are those that were made, and no other."""
        missing, stale, alone = set(), {}, set()
        compared = 0
        for question, rejection in asked():
            if rejection:
                continue
            effect = Effect("m", "SG-CHK", "0" * 64, question.encode())
            assert cs.perform(effect).confirmed
            reply = cs.reply(effect)
            compared += len(question.persons)
            for one, character in zip(question.persons, reply["判定"], strict=True):
                if character == MISSING:
                    missing.add(one["住民票コード"])
                elif character != EQUAL:
                    stale[one["住民票コード"]] = differing(character)
            alone |= set(own_codes(reply))

        assert compared == TOWN.residents
        assert missing == behind.missing_at_cs(TOWN)
        assert stale.keys() == behind.stale_at_cs(TOWN).keys()
        assert set(stale.values()) == {("住所", "異動年月日")}
        assert alone == {one["住民票コード"] for one in behind.only_at_cs(TOWN)}
        assert min(len(missing), len(stale), len(alone)) >= 3

    def test_every_resident_is_asked_about_once(self) -> None:
        """The parts of the whole register: none empty, none of more than 1,000, nobody twice."""
        questions = [question for question, rejection in asked() if not rejection]
        codes = [one["住民票コード"] for question in questions for one in question.persons]

        assert sorted(codes) == sorted(one.juuminhyou_code for one in TOWN.population.residents)
        assert len(questions) >= 20
        assert all(1 <= len(question.persons) <= layouts.MOST_PERSONS for question in questions)

    def test_a_day_that_is_not_over_cannot_be_compared(self, cs: Cs) -> None:
        """Today's state is still moving."""
        question = Question("SG-1", TOWN.day.isoformat(), 1, 1, ())

        assert cs.perform(Effect("m", "SG-CHK", "0" * 64, question.encode())) == Performed(
            confirmed=False, code=DAY_NOT_CLOSED
        )

    @given(st.sets(st.sampled_from(ITEMS)))
    def test_a_character_stands_for_one_set_of_items(self, names: set[str]) -> None:
        """Marks come back as the items that they were made of."""
        ordered = [name for name in ITEMS if name in names]
        character = mark(ordered)

        assert (character == EQUAL) is not bool(ordered)
        if ordered:
            assert differing(character) == tuple(ordered)

    @pytest.mark.parametrize("spoil", [{"CSのみの人数": "3"}, {"CSのみの住民票コード": "1" * 21}])
    def test_refuses_a_reply_that_counts_wrong(self, spoil: dict[str, str]) -> None:
        """As many codes as it says, each whole."""
        reply = {**told("00", ("1" * 11, "2" * 11)), **spoil}

        with pytest.raises(ValueError, match="not as many"):
            own_codes(reply)

    def test_the_fullest_reply_fits_its_layout(self) -> None:
        """1,000 verdicts and 90 codes."""
        reply = told("e" * layouts.MOST_PERSONS, tuple("12345678903" for _ in range(layouts.MOST_OWN)))

        assert layouts.COMPARED.decode(layouts.COMPARED.encode(reply)) == reply


class TestRequests:
    def test_a_request_goes_once_and_to_a_municipality(self) -> None:
        """A second request of one number, and one to a prefecture."""
        cs = Cs(TOWN, TOKENS)

        def request(message: str, number: str, place: str) -> Performed:
            said = {"依頼番号": number, "転出元市町村コード": place, "氏名": "見本 太郎"}
            made = cs.perform(Effect(message, "TS-REQ", "0" * 64, layouts.REQUEST.encode(said)))
            cs.remember(Line(message, "0" * 64, "confirmed" if made.confirmed else "rejected", made.code, made.facts))
            return made

        assert request("m1", "TS-1", "122076").confirmed
        assert request("m2", "TS-1", "122076").code == REQUEST_REPEATED
        assert request("m3", "TS-2", "130001").code == NO_SUCH_MUNICIPALITY
        assert request("m4", "TS-2", "122076").confirmed

    def test_numbers_in_the_ledger_are_tokens(self) -> None:
        """依頼番号 and 処理通番 are remembered by token; no fact of a line is a number that was said."""
        cs = Cs(TOWN, TOKENS)
        said = {"処理通番": "20260401000000000001", "住民票コード": "12345678903"}
        made = cs.perform(Effect("m", "CK-FGC", "0" * 64, layouts.PROCESS.encode(said)))

        assert made.confirmed
        assert not set(said.values()) & set(made.facts.values())


class TestNumbers:
    @given(st.lists(st.integers(min_value=0, max_value=10**10 - 1), unique=True, min_size=1, max_size=50))
    def test_each_code_has_a_valid_number_of_its_own(self, codes: list[int]) -> None:
        """番号法8条2項: made of the 住民票コード, with the right 検査用数字; another one after a change."""
        full_codes = [f"{code:010d}" + juuminhyou_code_digit(f"{code:010d}") for code in codes]
        new = [generated(code, "SHINKI") for code in full_codes]

        assert all(map(is_kojin_bangou, new))
        assert len(set(new)) == len(codes)
        assert all(generated(code, "HENKOU") != one for code, one in zip(full_codes, new, strict=True))

    @pytest.mark.parametrize(("code", "reason"), [("12345678901", "SHINKI"), ("", "SHINKI"), ("12345678903", "OTHER")])
    def test_refuses_what_is_no_code_or_reason(self, code: str, reason: str) -> None:
        """A wrong check digit makes no number."""
        with pytest.raises(ValueError, match="住民票コード"):
            generated(code, reason)

    def test_nobody_gets_a_second_first_number(self, cs: Cs) -> None:
        """S16-like: SHINKI for a resident of the morning is rejected, HENKOU is not."""
        code = TOWN.population.residents[0].juuminhyou_code
        verdicts = {}
        for reason in ("SHINKI", "HENKOU"):
            said = {"依頼番号": "BN-1", "住民票コード": code, "生成要求事由": reason}
            verdicts[reason] = cs.perform(Effect(reason, "BN-REQ", "0" * 64, layouts.NUMBER.encode(said)))

        assert (verdicts["SHINKI"].code, verdicts["HENKOU"].confirmed) == (ALREADY_NUMBERED, True)


class TestHolding:
    @pytest.mark.parametrize(
        ("planned", "today", "erased"),
        [
            (date(2026, 3, 1), date(2026, 3, 31), False),  # the thirtieth day
            (date(2026, 3, 1), date(2026, 4, 1), True),
            (date(2026, 3, 2), date(2026, 4, 1), False),
            (date(2028, 1, 31), date(2028, 3, 1), False),  # across 29 February
            (date(2028, 1, 31), date(2028, 3, 2), True),
            (date(2026, 4, 10), date(2026, 4, 1), False),
        ],
    )
    def test_a_certificate_is_erased_when_thirty_days_are_over(
        self, planned: date, today: date, *, erased: bool
    ) -> None:
        """A3-x1: 転出予定年月日 itself is not counted (民法140条)."""
        assert due(planned, today) is erased


class TestSearch:
    def test_finds_by_each_key_and_nobody_by_a_wrong_one(self) -> None:
        """住民票コード, 個人番号, all four items; three of four are no search."""
        others = [one for _, one in filter(None, map(neighbour, behind.neighbours(TOWN)))]
        index = indexed(others)
        one = others[3]
        four = {name: one[name] for name in ("氏名", "生年月日", "性別", "住所")}

        assert search(index, {"住民票コード": one["住民票コード"]}) == one
        assert search(index, {"個人番号": one["個人番号"]}) == one
        assert search(index, four) == one
        assert search(index, {**four, "住所": ""}) is None
        assert search(index, {**four, "性別": "9"}) is None
        assert search(index, {}) is None

    def test_neighbours_live_elsewhere(self) -> None:
        """They come out of another town, by where they came from, and some of them live in 東京都."""
        places = [place for place, _ in filter(None, map(neighbour, behind.neighbours(TOWN)))]

        assert "131211" not in places
        assert sum(place.startswith("13") for place in places) >= 4
        assert sum(not place.startswith("13") for place in places) >= 16
        assert {one["住民票コード"] for one in map(person, behind.neighbours(TOWN))}.isdisjoint(
            one.juuminhyou_code for one in TOWN.population.residents
        )


class TestLetter:
    """送付先情報 between 住記 and the card system: nobody edits it, and a CS that does is found (S18, L1372)."""

    @pytest.fixture
    def signed(self) -> bytes:
        """A letter under 住記's signature."""
        identity = testpki.endpoint("juki", "juki-net")
        id_ = uuid7(1, bytes(10))
        header = Header(
            tenant="131211",
            environment="test",
            message_id=id_,
            conversation_id=id_,
            type="SF-SEND",
            version=1,
            sender="juki",
            recipient="cs",
            created_at=AT,
            operator_digest="0" * 64,
            subjects=("a" * 22,),
            basis=Basis("利用", "statutes", "bangou-7-1", "x", "y"),
        )
        return xmlsig.sign(envelope.build(header, samples.tree("SF-SEND")), identity.key, identity.certificate)

    def errand(self, raw: bytes, digest: str) -> Effect:
        """What the CS brings the card system of what it took."""
        taken = Effect("019d466d-8855-73ef-a523-d86e36d97c55", "SF-SEND", digest, raw)
        (one,) = [one for one in errands_of(taken, TOKENS) if one.to == "card"]
        return one.effect

    def test_is_handed_on_as_the_bytes_that_were_signed(self, signed: bytes) -> None:
        """Bytes and digest, whatever stands in them; and the card system takes them."""
        effect = self.errand(signed, hashlib.sha256(signed).hexdigest())

        assert (effect.content, effect.sha256) == (signed, hashlib.sha256(signed).hexdigest())
        assert Card(TOWN, TOKENS).perform(effect).confirmed

    @pytest.mark.parametrize("old", ["<送付先住所漢字>", "<送付先氏名漢字>", "<対象者>"])
    def test_an_edited_one_is_found(self, signed: bytes, old: str) -> None:
        """Under the old digest the card system refuses it; under a new one 住記's signature does not hold, nor does the log's leaf."""
        edited = signed.replace(old.encode(), f"{old}編".encode(), 1)
        assert edited != signed

        with pytest.raises(ValueError, match="not the bytes"):
            Card(TOWN, TOKENS).perform(self.errand(edited, hashlib.sha256(signed).hexdigest()))
        with pytest.raises(Refused):
            xmlsig.verify(edited, testpki.trust("juki", zone="juki-net"), AT)
        assert xmlsig.verify(signed, testpki.trust("juki", zone="juki-net"), AT).endpoint == "juki"
