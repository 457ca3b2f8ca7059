"""All rows x all recipients: who may ask under which row, and the code under which everybody else is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.codes import prv
from hub.edges.resources import provision_files
from hub.errors import Code
from hub.messages import Basis
from hub.provisions.decide import decide
from hub.provisions.lawbook import Provisions
from hub.provisions.load import load
from hub.provisions.model import ItemRule, Row, RowKey, Status
from hub.provisions.question import Question
from tests.lawfiles import without

DAY = date(2026, 4, 1)
ANNEXES = ("kou2", "beppyo", "to-jorei", "ku-jorei")
CHANNELS = ("nws", "chonai", "hub")
TRANSFERRED = frozenset({"氏名", "住所", "生年月日", "性別", "宛名番号", "異動", "抑止フラグ", "個人番号"})


STRANGE = st.text(max_size=9).map(lambda text: "☠" + text)


@cache
def provisions() -> Provisions:
    return load(provision_files())


def annex_rows() -> list[Row]:
    return [row for table in ANNEXES for row in provisions().table(table)]


def everybody() -> frozenset[str]:
    """Every printed recipient of any row, every alias, and a stranger."""
    printed = {name for row in provisions().rows.values() for name in row.recipients}
    return frozenset(printed | set(provisions().tables.aliases) | {"どこにもない課"})


def own_question(row: Row, recipient: str) -> Question:
    """The question that names everything as the row prints it."""
    return Question(
        table=row.table,
        item=row.item,
        recipient=recipient,
        information=row.information,
        channel=row.channel.value,
        on=DAY,
        items=TRANSFERRED if row.item_rule is ItemRule.DECIDED else row.items,
        sender=row.parties[0].sender if row.parties else "住民記録",
        affair=row.affair,
        kind=row.kind.value,
        message_type=next(iter(row.message_types), None),
    )


def expected_elsewhere(row: Row, table: str, name: str) -> Code:
    """What is wrong first when `row`'s claim is made under `table` for `name`, read from the tables alone."""
    twin = provisions().rows.get((table, row.item))
    if twin is None:
        return prv.UNKNOWN_TABLE if table == "kou3" else prv.UNKNOWN_ITEM
    if twin.channel is not row.channel:
        return prv.WRONG_CHANNEL
    if twin.status is Status.DENIED:
        return prv.ROW_NOT_CONFIRMED
    if name in {*twin.recipients, *confirmed_aliases(twin)}:
        return prv.WRONG_AFFAIR
    return prv.ALIAS_NOT_CONFIRMED if name in aliases(twin, Status.DENIED) else prv.RECIPIENT_NOT_PARTY


def aliases(row: Row, status: Status) -> set[str]:
    """The names of this status that stand for printed recipients of the row."""
    return {
        alias.name
        for alias in provisions().tables.aliases.values()
        if alias.status is status and alias.covers(row.key) and set(alias.stands_for) <= set(row.recipients)
    }


def confirmed_aliases(row: Row) -> set[str]:
    return aliases(row, Status.IN_FORCE)


def other_tables(row: Row) -> tuple[str, ...]:
    return (*(name for name in ANNEXES if name != row.table), "statutes", "kou3")


def code_of(question: Question) -> Code | None:
    return decide(provisions(), question).code


def _of_rows(rows: list[Row]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=[f"{row.table}/{row.item}" for row in rows])


ROWS = _of_rows(annex_rows())
ROWS_IN_FORCE = _of_rows([row for row in annex_rows() if row.status is Status.IN_FORCE])


class TestEveryRow:
    @ROWS
    def test_permits_its_own_recipients_and_nobody_else(self, row: Row) -> None:
        """Of everybody known, exactly the row's recipients (and confirmed aliases of them) get a permit."""
        permitted = {name for name in everybody() if decide(provisions(), own_question(row, name)).permitted}
        expected = set(row.recipients) | confirmed_aliases(row) if row.status is Status.IN_FORCE else set()

        assert permitted == expected

    @ROWS
    def test_strangers_are_refused_as_no_party(self, row: Row) -> None:
        """Who is no party is told so; under a denied row, an unconfirmed alias or a wrong name comes second to the doubt."""
        codes = {
            code_of(own_question(row, name)) for name in everybody() - set(row.recipients) - confirmed_aliases(row)
        }
        allowed = {prv.RECIPIENT_NOT_PARTY, prv.ALIAS_NOT_CONFIRMED}

        assert codes <= (allowed if row.status is Status.IN_FORCE else {prv.ROW_NOT_CONFIRMED})

    @ROWS
    def test_channel_must_be_the_rows(self, row: Row) -> None:
        """On any other channel the row is refused under HUB-PRV-003, whoever asks: 別紙1 off the network above all."""
        codes = {
            code_of(replace(own_question(row, name), channel=channel))
            for channel in (*CHANNELS, "")
            for name in everybody()
            if channel != row.channel.value
        }

        assert codes == {prv.WRONG_CHANNEL}

    @ROWS
    def test_wrong_table_is_refused_under_the_code_of_what_is_wrong_with_it(self, row: Row) -> None:
        """The same claim under another table is no table, no item, another channel, a doubt, another party or affair: for everybody."""
        for name in everybody():
            own = own_question(row, name)
            for table in other_tables(row):
                assert code_of(replace(own, table=table)) is expected_elsewhere(row, table, name), (table, name)

    @ROWS
    def test_wrong_table_and_wrong_channel_permit_nobody(self, row: Row) -> None:
        """Nor does the claim pass under the same number of another table by taking over that table's channel."""
        permitted = [
            (table, channel, name)
            for name in everybody()
            for table in other_tables(row)
            for channel in CHANNELS
            if decide(provisions(), replace(own_question(row, name), table=table, channel=channel)).permitted
        ]

        assert permitted == []

    @ROWS_IN_FORCE
    def test_each_wrong_part_has_its_own_code(self, row: Row) -> None:
        """Change one thing in a question that is permitted, and the refusal names that thing."""
        for name in row.recipients:
            own = own_question(row, name)

            assert code_of(own) is None
            assert code_of(replace(own, sender="どこにもない課")) is prv.SENDER_NOT_PARTY
            assert code_of(replace(own, affair=row.affair + "。")) is prv.WRONG_AFFAIR
            assert code_of(replace(own, information="地方税関係情報")) is prv.WRONG_INFORMATION
            assert code_of(replace(own, kind="利用")) is prv.WRONG_KIND
            assert code_of(replace(own, message_type="CK-TKY")) is prv.WRONG_MESSAGE_TYPE
            assert code_of(replace(own, items=own.items | {"住民票コード"})) is prv.ITEM_NOT_ALLOWED
            assert code_of(replace(own, on=date(2025, 2, 24))) is prv.NOT_YET_IN_FORCE

    @ROWS_IN_FORCE
    def test_by_hand_a_question_may_leave_open_what_the_row_says(self, row: Row) -> None:
        """`hub rules decide` gives neither sender nor affair, kind and type: a permit then speaks of the row's own."""
        for name in row.recipients:
            asked = Question(row.table, row.item, name, row.information, row.channel.value, DAY)

            assert decide(provisions(), asked).permitted


class TestCount:
    def test_number_of_permitted_pairs(self) -> None:
        """Counted by hand: 57 rows of 別紙1, 14 with two requesters and one with three; 39, 5 and 33 rows of 別紙2."""
        pairs: dict[str, int] = {}
        for row in annex_rows():
            pairs[row.table] = pairs.get(row.table, 0) + sum(
                decide(provisions(), own_question(row, name)).permitted for name in row.recipients
            )

        assert pairs == {"kou2": 73, "beppyo": 48, "to-jorei": 7, "ku-jorei": 37}


class TestDenied:
    @pytest.mark.parametrize("item", ["128", "152", "160", "163"])
    @pytest.mark.parametrize("information", ["住民票関係情報", "地方税関係情報"])
    def test_doubtful_rows_of_the_first_annex_refuse_everybody(self, item: str, information: str) -> None:
        """128, 152, 160 and 163 refuse under HUB-PRV-004 for either information, with their reason."""
        for name in everybody():
            decision = decide(provisions(), Question("kou2", item, name, information, "nws", DAY))

            assert decision.code is prv.ROW_NOT_CONFIRMED
            assert provisions().rows["kou2", item].reason in decision.reason()

    def test_item_nine_of_the_second_annex_refuses_everybody(self) -> None:
        """項9 prints no department: nobody receives anything under it."""
        codes = {code_of(Question("beppyo", "9", name, "住民基本台帳ファイル", "chonai", DAY)) for name in everybody()}

        assert codes == {prv.ROW_NOT_CONFIRMED}

    @pytest.mark.parametrize(("item", "recipient"), [("kk-gakumu", "学務課"), ("kk-kodomo", "子ども施設入園課")])
    def test_the_board_of_education_waits(self, item: str, recipient: str) -> None:
        """提供先2 and 3 are denied until the ward names the clause that allows them."""
        assert (
            code_of(Question("statutes", item, recipient, "住民基本台帳ファイル", "hub", DAY)) is prv.ROW_NOT_CONFIRMED
        )


class TestQualifier:
    @pytest.mark.parametrize("item", ["53", "76", "124"])
    @pytest.mark.parametrize("bare", ["市町村長", "都道府県知事"])
    def test_a_bare_title_is_not_a_qualified_requester(self, item: str, bare: str) -> None:
        """市町村長 alone may not ask where the row says 事業主体である市町村長."""
        row = provisions().rows["kou2", item]

        assert code_of(own_question(row, bare)) is prv.RECIPIENT_NOT_PARTY
        assert code_of(own_question(row, row.parties[0].qualifier + bare)) is None

    def test_a_qualifier_of_another_row_does_not_help(self) -> None:
        """The 事業主体 of public housing is not the 施行者 of housing improvement."""
        other = provisions().rows["kou2", "76"].recipients[0]

        assert code_of(own_question(provisions().rows["kou2", "53"], other)) is prv.RECIPIENT_NOT_PARTY


class TestAlias:
    def test_the_tax_system_stands_for_both_tax_departments_in_row_24_only(self) -> None:
        """zei is named by the document (L688); it may have what both departments may have, under 地方税 and nothing else."""
        names = {"zei", "税務システム"}

        assert {
            row.key for row in annex_rows() for name in names if decide(provisions(), own_question(row, name)).permitted
        } == {("beppyo", "24")}

    @pytest.mark.parametrize(
        "name", ["中部第一福祉課", "北部福祉課", "竹の塚保健センター", "中央本町地域・保健総合支援課"]
    )
    def test_inferred_offices_are_refused_under_a_code_of_their_own(self, name: str) -> None:
        """An office that the document does not equate with a printed department is no party until confirmed."""
        rows = [row for row in annex_rows() if row.status is Status.IN_FORCE]
        codes = {code_of(own_question(row, name)) for row in rows}

        assert codes == {prv.ALIAS_NOT_CONFIRMED, prv.RECIPIENT_NOT_PARTY}

    def test_the_sender_may_go_by_its_endpoint_code(self) -> None:
        """juki is 住民記録 (L54) in 別紙2, and 住民記録 is juki in the statutes."""
        transfer = own_question(provisions().rows["beppyo", "24"], "課税課")
        statute = own_question(provisions().rows["statutes", "juki-30-6"], "足立区CS")

        assert code_of(replace(transfer, sender="juki")) is None
        assert code_of(replace(statute, sender="住民記録システム")) is None
        assert code_of(replace(statute, sender="zei")) is prv.SENDER_NOT_PARTY

    def test_an_unconfirmed_name_of_the_sender_is_refused(self) -> None:
        """Were juki's name in doubt, its transfers would be refused under the code of aliases."""
        files = dict(provision_files())
        name = "names: [juki]\n    stands_for: [住民記録]\n    scope: [beppyo, to-jorei, ku-jorei]\n    place: L54-55、L688\n"
        assert name in files["tables/aliases.yaml"]
        doubted = files["tables/aliases.yaml"].replace(
            f"{name}    status: in-force\n", f"{name}    status: denied-until-confirmed\n    reason: 例\n"
        )
        doubtful = load({**files, "tables/aliases.yaml": doubted})
        asked = own_question(provisions().rows["beppyo", "24"], "課税課")

        assert decide(doubtful, replace(asked, sender="juki")).code is prv.ALIAS_NOT_CONFIRMED
        assert decide(doubtful, asked).permitted

    def test_a_printed_name_wins_over_an_alias(self) -> None:
        """An alias can add a name to a row, and never take a printed department's own access away or change it."""
        files = dict(provision_files())
        files["tables/aliases.yaml"] += (
            "  - {names: [課税課], stands_for: [納税課], scope: ['beppyo:24'], place: L1, "
            "status: denied-until-confirmed, reason: 例}\n"
        )

        assert decide(load(files), own_question(provisions().rows["beppyo", "24"], "課税課")).permitted

    def test_a_leg_cannot_be_skipped(self) -> None:
        """C1 runs juki -> atena -> chukan: juki may not send to chukan itself."""
        row = provisions().rows["statutes", "bangou-19-8-fukuhon"]

        assert code_of(replace(own_question(row, "chukan"), sender="atena")) is None
        assert code_of(replace(own_question(row, "chukan"), sender="juki")) is prv.SENDER_NOT_PARTY


class TestConbini:
    def test_a_transfer_to_the_certificate_server_has_no_provision(self) -> None:
        """別紙2 has no row for the コンビニ交付 server: JK-CHG to it is refused under every row of every table."""
        for row in provisions().rows.values():
            for name in ("conbini", "証明書コンビニ交付システム"):
                asked = replace(own_question(row, name), message_type="JK-CHG")

                assert not decide(provisions(), asked).permitted


class TestDecision:
    def test_permit_names_its_row(self) -> None:
        """A permit carries table, item, article, kind and the digest of what decided, and says so in two languages."""
        decision = decide(provisions(), own_question(provisions().rows["ku-jorei", "8"], "親子支援課"))

        assert (decision.outcome, decision.code, decision.table, decision.item) == ("permit", None, "ku-jorei", "8")
        assert decision.citation is not None
        assert (decision.citation.kind, decision.citation.digest) == ("移転", provisions().digest)
        assert "別表第2の8の項" in decision.article
        assert decision.article in decision.reason("ja")
        assert decision.article in decision.reason("en")

    def test_refusal_carries_its_code_into_the_error(self) -> None:
        """What the pipeline raises has the decision's code and reason; a permit has nothing to raise."""
        refused = decide(provisions(), Question("kou2", "1", "厚生労働大臣", "住民票関係情報", "hub", DAY))
        permit = decide(provisions(), Question("kou2", "1", "厚生労働大臣", "住民票関係情報", "nws", DAY))

        assert refused.refusal().code is prv.WRONG_CHANNEL
        assert refused.refusal().text() == refused.reason()
        with pytest.raises(ValueError, match="no refusal"):
            permit.refusal()

    def test_unknown_row_has_no_citation(self) -> None:
        """Where no row was found there is nothing to cite."""
        assert decide(provisions(), Question("kou2", "999", "x", "y", "nws", DAY)).citation is None

    @settings(max_examples=200, deadline=None)
    @given(
        st.builds(
            Question,
            table=STRANGE | st.sampled_from([*ANNEXES, "statutes"]),
            item=STRANGE | st.sampled_from(sorted({key[1] for key in provisions().rows})),
            recipient=STRANGE | st.sampled_from(sorted(everybody())),
            information=STRANGE,
            channel=STRANGE | st.sampled_from(CHANNELS),
            on=st.dates(),
            items=st.frozensets(STRANGE, max_size=4),
            sender=STRANGE | st.none(),
            affair=STRANGE | st.none(),
            kind=STRANGE | st.none(),
            message_type=STRANGE | st.none(),
        )
    )
    def test_strange_words_are_refused_and_never_repeated(self, question: Question) -> None:
        """What a stranger writes never raises, never gets a permit, and never comes back in the refusal."""
        decision = decide(provisions(), question)

        assert not decision.permitted
        assert "☠" not in decision.reason("ja") + decision.reason("en") + decision.table + decision.item

    @settings(max_examples=50, deadline=None)
    @given(st.sets(STRANGE, min_size=1, max_size=4))
    def test_strange_items_are_counted_and_not_named(self, items: set[str]) -> None:
        """An item that no table names is refused as +1, +2 ...: its name may be anything, also a person's."""
        own = own_question(provisions().rows["beppyo", "24"], "課税課")
        decision = decide(provisions(), replace(own, items=own.items | items))

        assert decision.code is prv.ITEM_NOT_ALLOWED
        assert decision.facts["items"] == f"+{len(items)}"


class TestOfMessage:
    def test_leaves_nothing_open(self) -> None:
        """A message's question states sender, affair, kind and type: none of them is None."""
        row = provisions().rows["beppyo", "24"]
        basis = Basis("移転", "beppyo", "24", row.affair, row.information)
        question = Question.of_message(
            basis,
            sender="住民記録",
            recipient="納税課",
            message_type="JK-CHG",
            items=TRANSFERRED,
            channel="chonai",
            on=DAY,
        )

        assert None not in (question.sender, question.affair, question.kind, question.message_type)
        assert decide(provisions(), question).permitted


class TestRemoval:
    @pytest.mark.parametrize("key", [("beppyo", "104"), ("ku-jorei", "34"), ("to-jorei", "5")])
    def test_without_its_row_a_department_gets_nothing(self, key: RowKey) -> None:
        """Take one row out of the law, and its question is refused as an unknown item; its neighbours do not notice."""
        row = provisions().rows[key]
        less = load(without(key))

        assert decide(less, own_question(row, row.recipients[0])).code is prv.UNKNOWN_ITEM
        assert all(
            decide(less, own_question(other, name)).permitted
            == decide(provisions(), own_question(other, name)).permitted
            for other in annex_rows()
            if other.key != key
            for name in other.recipients
        )

    def test_without_its_name_a_department_is_no_party(self) -> None:
        """Take 納税課 out of row 24, and it is a stranger there; so is the tax system that stood for both."""
        files = dict(provision_files())
        files["tables/beppyo.yaml"] = files["tables/beppyo.yaml"].replace(
            "recipients: [課税課, 納税課]", "recipients: [課税課]"
        )
        files["tables/items.yaml"] = files["tables/items.yaml"].replace("24: [課税課, 納税課]", "24: [課税課]")
        files["tables/aliases.yaml"] = files["tables/aliases.yaml"].replace(
            "stands_for: [課税課, 納税課]", "stands_for: [課税課]"
        )
        less = load(files)
        row = provisions().rows["beppyo", "24"]

        assert decide(less, own_question(row, "納税課")).code is prv.RECIPIENT_NOT_PARTY
        assert decide(less, own_question(row, "課税課")).permitted

    def test_without_a_decision_on_items_a_department_gets_nothing(self) -> None:
        """A row permits nothing by itself: where items.yaml is silent, the transfer is refused."""
        files = dict(provision_files())
        files["tables/items.yaml"] = files["tables/items.yaml"].replace("        104: [地域調整課]\n", "")
        asked = own_question(provisions().rows["beppyo", "104"], "地域調整課")

        assert decide(load(files), asked).code is prv.NO_ITEMS_DECISION
