"""Confirmations: what is in doubt, how a doubt is lifted, and that a changed entry is in doubt again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hub.codes import prv
from hub.edges.resources import provision_files
from hub.provisions.decide import decide
from hub.provisions.lawbook import Provisions, with_confirmations
from hub.provisions.load import load
from hub.provisions.model import ConfirmationKey, Subject
from hub.provisions.question import Question

DAY = date(2026, 4, 1)


@pytest.fixture(scope="module")
def provisions() -> Provisions:
    return load(provision_files())


def key_of(provisions: Provisions, subject: Subject, name: str) -> ConfirmationKey:
    return next(doubt.key for doubt in provisions.doubts if (doubt.key.subject, doubt.key.name) == (subject, name))


def confirmed(provisions: Provisions, *names: tuple[Subject, str]) -> Provisions:
    return with_confirmations(provisions, frozenset(key_of(provisions, *name) for name in names))


def ask(table: str, item: str, recipient: str, information: str, channel: str) -> Question:
    return Question(table, item, recipient, information, channel, DAY)


class TestDoubts:
    def test_every_doubt_has_a_reason(self, provisions: Provisions) -> None:
        """Seven rows, twelve names of offices and principals, and two decisions on items wait, each with its reason."""
        counts = {s: sum(doubt.key.subject is s for doubt in provisions.doubts) for s in Subject}

        assert counts == {Subject.ROW: 7, Subject.ALIAS: 12, Subject.ITEMS: 2}
        assert all(doubt.reason for doubt in provisions.doubts)


class TestWithConfirmations:
    def test_a_row_is_lifted_and_nothing_else(self, provisions: Provisions) -> None:
        """Confirming 128 permits its three requesters; 160 stays denied."""
        after = confirmed(provisions, (Subject.ROW, "kou2/128"))

        for name in ("都道府県知事", "広島市長", "長崎市長"):
            assert decide(after, ask("kou2", "128", name, "住民票関係情報", "nws")).permitted
        assert decide(after, ask("kou2", "160", "厚生労働大臣", "住民票関係情報", "nws")).code is prv.ROW_NOT_CONFIRMED

    def test_152_is_confirmed_for_resident_information_only(self, provisions: Provisions) -> None:
        """The confirmation makes the reading of I-6② hold; 地方税関係情報, which this system lacks, is never permitted."""
        after = confirmed(provisions, (Subject.ROW, "kou2/152"))

        assert decide(after, ask("kou2", "152", "厚生労働大臣", "住民票関係情報", "nws")).permitted
        assert decide(after, ask("kou2", "152", "厚生労働大臣", "地方税関係情報", "nws")).code is prv.WRONG_INFORMATION

    @pytest.mark.parametrize(
        ("name", "question"),
        [
            ("beppyo/9", ask("beppyo", "9", "障がい福祉課", "住民基本台帳ファイル", "chonai")),
            ("kou2/163", ask("kou2", "163", "都道府県知事", "住民票関係情報", "nws")),
        ],
    )
    def test_a_row_without_parties_permits_nobody_even_then(
        self, provisions: Provisions, name: str, question: Question
    ) -> None:
        """An empty or unreadable cell has no name to confirm: the table must be completed first."""
        assert decide(confirmed(provisions, (Subject.ROW, name)), question).code is prv.RECIPIENT_NOT_PARTY

    def test_an_alias_is_lifted(self, provisions: Provisions) -> None:
        """Once confirmed, 北部福祉課 may have under row 23 what 足立福祉事務所 may have, and nothing under row 24."""
        after = confirmed(provisions, (Subject.ALIAS, "北部福祉課"))
        question = ask("beppyo", "23", "北部福祉課", "住民基本台帳ファイル", "chonai")

        assert decide(provisions, question).code is prv.ALIAS_NOT_CONFIRMED
        assert decide(after, replace(question, items=frozenset({"氏名", "個人番号"}))).permitted
        assert decide(after, replace(question, items=frozenset({"備考"}))).code is prv.ITEM_NOT_ALLOWED
        assert decide(after, replace(question, item="24")).code is prv.RECIPIENT_NOT_PARTY
        assert decide(after, replace(question, recipient="東部福祉課")).code is prv.ALIAS_NOT_CONFIRMED

    def test_row_and_items_are_confirmed_apart(self, provisions: Provisions) -> None:
        """For the 教育委員会 both the provision and the decision on items must be confirmed."""
        question = ask("statutes", "kk-gakumu", "学務課", "住民基本台帳ファイル", "hub")
        row = (Subject.ROW, "statutes/kk-gakumu")
        items = (Subject.ITEMS, "statutes/kk-gakumu/gakumu")

        assert decide(confirmed(provisions, items), question).code is prv.ROW_NOT_CONFIRMED
        assert decide(confirmed(provisions, row), question).code is prv.ITEMS_NOT_CONFIRMED
        assert decide(confirmed(provisions, row, items), question).permitted

    def test_confirmations_add_up_and_change_the_digest(self, provisions: Provisions) -> None:
        """Two steps give what one step gives; each lifted doubt changes the digest that decisions cite."""
        one = confirmed(provisions, (Subject.ROW, "kou2/128"))
        two = with_confirmations(one, frozenset({key_of(one, Subject.ALIAS, "北部福祉課")}))
        both = confirmed(provisions, (Subject.ROW, "kou2/128"), (Subject.ALIAS, "北部福祉課"))

        assert two == both
        assert len({provisions.digest, one.digest, two.digest}) == 3
        assert len(two.doubts) == len(provisions.doubts) - 2

    def test_a_key_of_no_doubt_lifts_nothing(self, provisions: Provisions) -> None:
        """A name that is not in doubt, or does not exist, changes neither a decision nor the digest."""
        keys = frozenset(
            {
                ConfirmationKey(Subject.ROW, "kou2/1", "0" * 64),
                ConfirmationKey(Subject.ROW, "kou2/128", "0" * 64),
                ConfirmationKey(Subject.ALIAS, "どこにもない課", "0" * 64),
            }
        )

        assert with_confirmations(provisions, keys) == provisions

    def test_a_changed_entry_needs_a_new_confirmation(self, provisions: Provisions) -> None:
        """The key holds the digest of the entry: rewrite the affair of 128, and the old confirmation lifts nothing."""
        files = dict(provision_files())
        files["tables/kou2.yaml"] = files["tables/kou2.yaml"].replace("保健手当又は葬祭料の支給", "保健手当の支給")
        rewritten = load(files)
        old = key_of(provisions, Subject.ROW, "kou2/128")

        assert rewritten.digest != provisions.digest
        assert with_confirmations(rewritten, frozenset({old})) == rewritten


class TestGranted:
    def test_what_a_sender_may_put_in(self, provisions: Provisions) -> None:
        """The connector asks for the items before it makes the message; whoever is not permitted gets the empty set."""
        direct = provisions.granted("beppyo", "24", "課税課")

        assert {"氏名", "住所", "異動", "個人番号"} <= direct
        assert provisions.granted("beppyo", "24", "zei") == direct
        assert provisions.granted("beppyo", "24", "住宅課") == frozenset()
        assert provisions.granted("beppyo", "23", "北部福祉課") == frozenset()
        assert provisions.granted("statutes", "kk-gakumu", "gakumu") == frozenset()
        assert provisions.granted("beppyo", "999", "課税課") == frozenset()

    def test_an_alias_has_only_what_all_behind_it_have(self, provisions: Provisions) -> None:
        """Give 納税課 less than 課税課, and the tax system gets what both may have."""
        files = dict(provision_files())
        files["tables/items.yaml"] = files["tables/items.yaml"].replace("24: [課税課, 納税課]", "24: [課税課]") + (
            "  - id: nouzei\n    sets: []\n    also: [氏名, 住所, 備考]\n    reason: 例\n    confirmer: 例\n"
            "    demonstration: true\n    decided_on: 2025-02-25\n    status: in-force\n"
            "    rows: {beppyo: {24: [納税課]}}\n"
        )
        after = load(files)

        assert after.granted("beppyo", "24", "納税課") == {"氏名", "住所", "備考"}
        assert after.granted("beppyo", "24", "zei") == {"氏名", "住所"}
