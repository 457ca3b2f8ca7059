"""connectors.shinsei.filing and connectors.juki.full.filings: closed forms, and a day of filings that fits schemas, law and plan."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.juki.full import filings as day
from connectors.juki.full.filings import Filing, Flaw, Link
from connectors.juki.town import Town
from connectors.kit.domain import LINK_NOT_FOUND, SERIAL_OF_ANOTHER, STALE_VERSION
from connectors.kit.law import basis
from connectors.shinsei.filing import FORMS, FormError, decode, encode
from hub import domainchecks, routes
from hub.edges import resources
from hub.provisions.decide import decide
from hub.provisions.identifiers import check_identifiers
from hub.provisions.lawbook import Provisions
from hub.provisions.load import load
from hub.provisions.question import Question
from hub.schemas import Schemas, items_of
from hub.stages.validate import free_texts
from tests import samples

TOWN = Town(seed=3, residents=300, number_of_events=300, day=date(2026, 4, 1), full=True)
FILED = {
    "申請番号": "SN-20260401-0001",
    "版": "2",
    "訂正前の版": "1",
    "申請種別": "TENSHUTSU",
    "届出の年月日": "2026-04-01",
    "個人番号": samples.NUMBER,
    "氏名": samples.GAIJI_NAME,
    "生年月日": "19850400",
    "性別": "2",
    "住所": samples.ADDRESS,
    "転出予定年月日": "2026-04-20",
    "転出先住所予定": "神奈川県川崎市川崎区宮本町1番地",
}
BOOKED = {name: text for name, text in FILED.items() if not name.startswith("転出") and name != "訂正前の版"} | {
    "版": "1",
    "申請種別": "TENNYUU_YOYAKU",
    "来庁予定年月日": "2026-04-20",
}
# Printable text with 外字, selectors and what lies beyond the basic plane; no blank at an end.
TEXTS = st.text(
    st.characters(categories=("Lo", "Nd", "Mn", "Co", "Po")).filter(lambda one: one not in "〓\ufffd"), min_size=1
).filter(lambda text: len(text) <= 150)


class TestForm:
    @given(TEXTS, TEXTS, st.sampled_from([FILED, BOOKED]))
    def test_comes_back_as_it_was_signed(self, name: str, address: str, said: dict[str, str]) -> None:
        """Not one character is altered, and the items stand in the order of the form."""
        filed = {**said, "氏名": name, "住所": address}

        assert dict(decode(encode(filed))) == filed
        assert list(decode(encode(dict(reversed(filed.items()))))) == [
            one for one in FORMS[filed["申請種別"]].items if one in filed
        ]

    @pytest.mark.parametrize("extra", ["口座番号", "来庁予定年月日", "住民票コード", "電子メール", ""])
    def test_an_item_that_was_not_asked_for_is_not_taken(self, extra: str) -> None:
        """S32: the form is closed, also to an item of another procedure."""
        with pytest.raises(FormError, match="does not ask"):
            decode(encode({**FILED, extra: "2026-04-20"}))

    @pytest.mark.parametrize("missing", [name for name in FILED if name != "訂正前の版"])
    def test_an_item_that_must_be_there_is_there(self, missing: str) -> None:
        """Everything but the two optional items."""
        with pytest.raises(FormError):
            decode(encode({name: text for name, text in FILED.items() if name != missing}))

    @pytest.mark.parametrize(
        "changes",
        [
            {"申請番号": "1"},
            {"版": "0"},
            {"版": "02"},
            {"版": "1"},
            {"版": "2", "訂正前の版": "2"},
            {"版": "3", "訂正前の版": "4"},
            {"申請種別": "KEKKON"},
            {"届出の年月日": "2026-02-30"},
            {"届出の年月日": "20260401"},
            {"個人番号": samples.NUMBER[:-1] + str((int(samples.NUMBER[-1]) + 1) % 10)},
            {"個人番号": samples.NUMBER + "0"},
            {"氏名": ""},
            {"氏名": " 花子"},
            {"氏名": "花\u200b子"},
            {"氏名": "花\n子"},
            {"氏名": "花" * 151},
            {"生年月日": "19851301"},
            {"生年月日": "19850230"},
            {"生年月日": "20260421"},
            {"性別": "3"},
            {"転出予定年月日": "令和8年4月20日"},
        ],
        ids=str,
    )
    def test_refuses_what_no_form_holds(self, changes: dict[str, str]) -> None:
        """Value by value, and what several say together; the error names a rule and no value."""
        with pytest.raises(FormError) as caught:
            decode(encode({**FILED, **changes}))

        assert not any(len(text) > 1 and text in str(caught.value) for text in changes.values())

    @pytest.mark.parametrize(
        "application",
        [
            b"",
            b"[]",
            b"null",
            b"\xff",
            b"[" * 100_000,
            b'{"\xe7\x89\x88": 1}',
            encode(FILED)[:-1],
            encode(FILED).replace('"版":"2"'.encode(), '"版":"2","版":"3"'.encode()),
            encode({**FILED, "住所": "x" * 20_000}),
            json.dumps(FILED, ensure_ascii=False).encode("utf-16"),
            json.dumps(FILED, ensure_ascii=False).encode("cp932", "replace"),
        ],
        ids=range(11),
    )
    def test_refuses_what_is_no_application(self, application: bytes) -> None:
        """Torn, nested, in another encoding, too long, with an item twice."""
        with pytest.raises(FormError):
            decode(application)

    def test_what_fits_the_form_fits_the_schema(self, schemas: Schemas) -> None:
        """The hub refuses nothing that passed here: the same items in the same order."""
        verdict = {
            "署名用電子証明書シリアル番号": "0123ABCDEF",
            "署名検証結果": "1",
            "署名検証日時": "20260401093000123",
        }
        for filed in (FILED, BOOKED):
            payload = samples._build("SN-FILE", {**decode(encode(filed)), **verdict})
            schemas.validate(payload, "SN-FILE", 1)
            domainchecks.check(payload, "SN-FILE")


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas.load(resources.xsd_files())


@pytest.fixture(scope="module")
def law() -> Provisions:
    return load(resources.provision_files())


class TestDay:
    def test_is_bounded_and_has_something_of_everything(self) -> None:
        """20 to 40 of each flow, some rejected under each code; and every way in which a filing must not pass."""
        told = Counter((one.flow, one.rejection) for one in day.told(TOWN))

        assert {flow for flow, _ in told} == {"E3", "E4"}
        assert all(20 <= sum(n for (one, _), n in told.items() if one == flow) <= 40 for flow in ("E3", "E4"))
        assert {code for _, code in told} == {"", STALE_VERSION, LINK_NOT_FOUND, SERIAL_OF_ANOTHER}
        assert {one.flaw for one in day.filings(TOWN)} == set(Flaw)
        assert {one.case.link for one in day.filings(TOWN)} == set(Link)

    def test_tells_only_what_passes(self) -> None:
        """A filing that must not pass is no message, and every other one is."""
        told = {one.id for one in day.told(TOWN) if one.flow == "E4"}

        assert told == {one.id for one in day.filings(TOWN) if one.passes}
        assert any(not one.passes for one in day.filings(TOWN))

    def test_every_filing_fits_its_form(self) -> None:
        """Also those with a flaw: it is the world around them that is wrong."""
        for one in day.filings(TOWN):
            assert tuple(decode(encode(dict(one.items))).items()) == one.items

    def test_every_message_fits_schema_rules_and_law(self, schemas: Schemas, law: Provisions) -> None:
        """As the hub will look at it: no refusal but the recipient's own."""
        zone = routes.load(resources.routing_file(), "routing.yaml", law.rows.keys())["kikan"]
        for one in day.told(TOWN):
            payload = etree.fromstring(etree.tostring(one.build(), encoding="utf-8"))
            schemas.validate(payload, one.type, 1)
            domainchecks.check(payload, one.type)
            items, route = items_of(payload), zone.find(one.sender, one.recipient, one.type, 1)
            question = Question.of_message(
                basis(law, "statutes", one.item),
                sender=one.sender,
                recipient=one.recipient,
                message_type=one.type,
                items=items,
                channel=route.channel,
                on=TOWN.day,
            )
            assert decide(law, question).permitted
            texts = free_texts(payload, schemas.types[one.type, 1])
            check_identifiers(one.type, one.sender, one.recipient, items, texts, frozenset())

    def test_versions_arrive_in_the_order_of_their_case(self) -> None:
        """A stale one comes after the newer one, and is rejected."""
        arrived: dict[str, list[Filing]] = {}
        for one in day.filings(TOWN):
            arrived.setdefault(one.number, []).append(one)

        assert all(tuple(one.version for one in found) == found[0].case.versions for found in arrived.values())
        assert [one.at for one in day.filings(TOWN)] == sorted({one.at for one in day.filings(TOWN)})
        assert {one.stale for one in day.filings(TOWN)} == {True, False}

    def test_nobody_who_files_has_another_event(self) -> None:
        """So that no outcome depends on the order of two zones; and no invented person bears a number of the ward."""
        busy = {event.person for event in TOWN.events}
        numbers = {one.kojin_bangou for one in TOWN.population.residents} | {
            event.after.kojin_bangou for event in TOWN.events
        }

        assert not busy & {one.applicant.atena for one in day.filings(TOWN)}
        for one in day.filings(TOWN):
            assert (one.applicant.kojin_bangou in numbers) is (one.procedure == day.TENSHUTSU)

    @pytest.mark.parametrize("residents", [1, 3, 20, 60])
    def test_small_towns_have_what_they_can(self, residents: int) -> None:
        """No town is too small."""
        town = Town(seed=1, residents=residents, number_of_events=0, day=TOWN.day, full=True)
        told = list(day.told(town))

        assert len({one.id for one in told}) == len(told)
        assert any(one.flow == "E4" for one in told)
