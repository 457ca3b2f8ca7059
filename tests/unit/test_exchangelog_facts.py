"""hub.exchangelog.facts: under what an entry is found, of every kind, and that nothing else is read."""

from __future__ import annotations

import pytest

from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.entry import Entry
from hub.exchangelog.facts import FIELDS, Query, facts
from tests.exchangelog_samples import ORIGIN, Place, answer, config, observed, others, permit, refuse, uuid7
from tests.exchangelog_samples import refuse_unproven as unproven

PLACE = Place(7, 5)
EVERY: tuple[Entry, ...] = (
    config(PLACE),
    permit(PLACE, 1),
    refuse(PLACE, 2),
    unproven(PLACE, 3),
    answer(PLACE, 4, Checkpoint(ORIGIN, 5, bytes(32))),
    observed(PLACE, 5, "HUB-DOM-001"),
    *others(PLACE),
)


class TestFacts:
    @pytest.mark.parametrize("entry", EVERY, ids=lambda entry: entry.KIND)
    def test_of_every_kind(self, entry: Entry) -> None:
        """Its kind and its time, known fields only, and nothing blank."""
        found = facts(entry)

        assert ("kind", entry.KIND) in found.terms
        assert {field for field, _ in found.terms} <= set(FIELDS)
        assert all(value for _, value in found.terms)
        assert found.time == entry.time
        assert "" not in found.ids

    def test_of_a_permit(self) -> None:
        """Both parties, also as whichever of the two; the row and its table."""
        found = facts(permit(PLACE, 1))

        assert found.ids == {uuid7(1)}
        assert found.terms >= {
            ("sender", "juki"),
            ("recipient", "atena"),
            ("endpoint", "juki"),
            ("endpoint", "atena"),
            ("type", "AT-REG"),
            ("table", "statutes"),
            ("provision", "statutes/bangou-9-1"),
        }

    def test_of_an_answer(self) -> None:
        """Every message of which it speaks, and the codes of its lines."""
        found = facts(answer(PLACE, 4, Checkpoint(ORIGIN, 5, bytes(32))))

        assert found.ids == {uuid7(4), uuid7(1), uuid7(2)}
        assert ("code", "HUB-DOM-001") in found.terms

    def test_of_what_proved_nothing(self) -> None:
        """The code and the channel are all there is."""
        found = facts(unproven(PLACE, 3))

        assert not found.ids
        assert found.terms == {("kind", "refuse"), ("code", "HUB-SIG-001"), ("channel", "chukan")}


class TestQuery:
    def test_all_must_hold(self) -> None:
        """Ids, terms and times together."""
        found, time = facts(permit(PLACE, 1)), PLACE.time
        fitting = Query(frozenset({uuid7(1)}), frozenset({("sender", "juki")}), time, "2026-04-02T00:00:00.000Z")

        assert fitting.fits(found)
        assert Query().fits(found)
        for other in (
            Query(frozenset({uuid7(1), uuid7(2)})),
            Query(terms=frozenset({("sender", "juki"), ("recipient", "zei")})),
            Query(since="2026-04-02T00:00:00.000Z"),
            Query(until=time),
        ):
            assert not other.fits(found)
