"""connectors.kit.rows and GroupFeed: payloads in which something repeats, as records, and messages of several records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.kit.compose import Draft
from connectors.kit.desk import paged
from connectors.kit.feeds import GroupFeed
from connectors.kit.partner import Effect, Events, Result
from connectors.kit.payload import Items, composed
from connectors.kit.room import Page
from connectors.kit.rows import Rows
from hub.codes import kit
from hub.errors import IntegrityError, Refused

ROWS = Rows("test", "一覧", ("番号", "要否/1", "要否/2", "人/名", "人/品/1", "人/品/2"), "人")
TEXT = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=4)
PERSON = st.fixed_dictionaries({"名": TEXT}, optional={"品": st.lists(TEXT, min_size=1, max_size=2)}).map(
    lambda one: dict(sorted(one.items()))  # 名 before 品, as the columns are
)


def shown(payload: etree._Element) -> bytes:
    return etree.tostring(payload, method="c14n")


class TestRows:
    @given(number=TEXT, wanted=st.lists(TEXT, max_size=2), persons=st.lists(PERSON, max_size=5))
    def test_what_repeats_comes_back(self, number: str, wanted: Sequence[str], persons: Sequence[Items]) -> None:
        """None, one and several; a record for each person, and one where there is nobody."""
        payload = composed("test", "一覧", {"番号": number, "要否": wanted, "人": persons})
        records = ROWS.records(payload)

        assert len(records) == max(1, len(persons))
        assert all(tuple(one) == ROWS.columns for one in records)
        assert shown(ROWS.payload(records)) == shown(payload)

    @pytest.mark.parametrize(
        "items", [{"別": "1"}, {"要否": ["1", "2", "3"]}, {"番号": ["1", "2"]}, {"人": {"別": "1"}}]
    )
    def test_what_has_no_column_is_refused_by_name(self, items: Items) -> None:
        """Left out it would be lost; the refusal says no text."""
        with pytest.raises(Refused) as caught:
            ROWS.records(composed("test", "一覧", items))

        assert caught.value.facts == {
            "field": f"{'人/' * ('人' in items)}{'別' if '別' in str(items) else next(iter(items))}",
            "kind": "columns",
        }

    def test_records_of_two_messages_are_none(self) -> None:
        """Heads that differ, a person too few, columns of another kind, no record at all."""
        first, second = (dict(ROWS.records(composed("test", "一覧", {"番号": n, "人": {"名": "甲"}}))[0]) for n in "12")
        nobody = {**first, "人/名": ""}

        for records in ([first, second], [first, nobody], [{"番号": "1"}], []):
            with pytest.raises(ValueError, match=r".+"):
                ROWS.payload(records)


class Source:
    """A partner with one feed of so many records; those behind `there` come later."""

    def __init__(self, sizes: Sequence[int], there: int) -> None:
        self.records = [{"message": str(n), "size": str(size)} for n, size in enumerate(sizes) for _ in range(size)]
        self.there = there

    def perform(self, effects: Sequence[Effect]) -> Sequence[Result]:
        raise NotImplementedError

    def feed(self, name: str, after: str, limit: int) -> Events:
        page = paged(self.records[: self.there], after, limit, dict)
        return Events(page.events, page.cursor, page.end and self.there >= len(self.records))


def feed(source: Source, taken: list[int]) -> GroupFeed:
    def make(records: Sequence[Mapping[str, Any]]) -> Sequence[Draft]:
        assert {one["message"] for one in records} == {records[0]["message"]}
        assert len(records) == int(records[0]["size"])
        taken.append(int(records[0]["message"]))
        return ()

    return GroupFeed("parts", "juki", source, lambda record: int(record["size"]), make)


def read(made: GroupFeed, cursor: str, limit: int) -> Page:
    while True:
        page = made.poll(cursor, limit)
        if page.end or page.cursor == cursor:
            return page
        cursor = page.cursor


class TestGroupFeed:
    @given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(1, 7), st.data())
    def test_every_message_is_taken_whole_and_once(self, sizes: Sequence[int], limit: int, data: st.DataObject) -> None:
        """Whatever the page is, and wherever the records that are there end; the rest comes with the next look."""
        total = sum(sizes)
        source = Source(sizes, data.draw(st.integers(0, total)))
        taken: list[int] = []
        page = read(feed(source, taken), "", limit)
        whole = [n for n, end in enumerate(accumulate(sizes)) if end <= source.there]
        assert taken == whole[: len(taken)]
        source.there = total
        page = read(feed(source, taken), page.cursor, limit)

        assert page.end
        assert taken == list(range(len(sizes)))

    def test_a_feed_that_ends_inside_a_message_stops_the_endpoint(self) -> None:
        """The end was said, and the rest never comes."""
        source = Source([3], 3)
        source.records.pop()

        with pytest.raises(IntegrityError) as caught:
            feed(source, []).poll("", 20)

        assert caught.value.code is kit.PARTNER_SPEECH

    def test_a_record_that_begins_no_message_stops_the_endpoint(self) -> None:
        """What cannot be read is not guessed at."""
        source = Source([1], 1)
        source.records[0]["size"] = "many"

        with pytest.raises(IntegrityError):
            feed(source, []).poll("", 20)
