"""connectors.juki.full.nws: the cast of the 情報提供ネットワーク side of a full day, the same in every process, valid, and busy enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date

import pytest

from connectors.chukan.peers.founding import ALLOWED
from connectors.juki import subscriptions
from connectors.juki.full import nws
from connectors.juki.messages import Planner
from connectors.juki.payloads import HOUSEHOLD_INFORMATION
from connectors.juki.told import Follow
from connectors.juki.town import Town
from connectors.kit.domain import COPY_DIFFERS, COPY_FORM, NO_FUGOU, NO_GROUND, STALE_VERSION, UNKNOWN_PERSON
from connectors.kit.ledger import Tokens
from hub.domainchecks import check
from hub.edges import resources
from hub.provisions.load import load
from hub.schemas import Schemas

DAY = date(2026, 4, 1)
TOWN = Town(seed=3, residents=300, number_of_events=200, day=DAY, full=True)
TOLD = tuple(nws.told(TOWN))


def following(given: Iterable[Follow]) -> Iterator[Follow]:
    for one in given:
        yield one
        yield from following(one.follows)


class TestCast:
    def test_is_the_same_in_every_process(self) -> None:
        """Another town of the same arguments tells the same, to the byte."""
        tokens = Tokens(bytes(32))
        again = nws.told(Town(seed=3, residents=300, number_of_events=200, day=DAY, full=True))

        assert [asdict(one.notice(tokens)) for one in again] == [asdict(one.notice(tokens)) for one in TOLD]

    def test_every_payload_is_valid(self) -> None:
        """Schema and the rules beside it."""
        schemas = Schemas.load(resources.xsd_files())
        for one in TOLD:
            schemas.validate(one.build(), one.type, 1)
            check(one.build(), one.type)

    def test_is_busy_enough_for_every_flow(self) -> None:
        """Twenty and more of each leg, few of them rejected."""
        legs = Counter((one.flow, one.type, one.sender) for one in TOLD)
        legs += Counter((one.flow, one.type, one.sender) for told in TOLD for one in following(told.follows))
        systems = sum(count for (flow, _, sender), count in legs.items() if flow == "C6" and sender in nws.SYSTEMS)

        assert systems >= 20
        for leg in (("C3", "CK-TKY", "chukan"), ("C3", "CK-TKR", "atena"), ("C4", "CK-4J", "chukan")):
            assert legs[leg] >= 20, leg
        for leg in (("C4", "CK-4R", "juki"), ("C6", "CK-SKR", "chukan"), ("C7", "CK-EXP", "atena")):
            assert legs[leg] >= 20, leg
        assert len(nws.fugou(TOWN)) >= 20

    def test_rejections_are_as_colourful_as_the_rules(self) -> None:
        """Each code of this side stands somewhere in the plan."""
        codes = {one.rejection for one in TOLD} | {one.rejection for t in TOLD for one in following(t.follows)}
        refused = {one.refusal for one in nws.enquiries(TOWN)}

        assert codes == {"", UNKNOWN_PERSON, COPY_DIFFERS, COPY_FORM, STALE_VERSION, NO_FUGOU}
        assert refused == {"", NO_GROUND}

    def test_never_enquires_for_the_resident_register(self) -> None:
        """C6, X3: 住記 asks nobody."""
        assert {one.sender for one in TOLD if one.flow == "C6"} == set(nws.SYSTEMS)

    def test_concerns_nobody_to_whom_anything_happens(self) -> None:
        """No outcome depends on which process is faster."""
        busy = {event.person for event in TOWN.events}

        assert not busy & {one.atena for one in nws.quiet(TOWN)}
        assert not {*nws.strangers(TOWN)} & {*TOWN.registered(), *busy}

    def test_a_town_without_rest_has_no_full_day(self) -> None:
        """It is said, not guessed around."""
        with pytest.raises(ValueError, match="nothing happens"):
            list(nws.told(Town(seed=3, residents=1, number_of_events=30, day=DAY, full=True)))


class TestEnquiries:
    def test_list_and_cast_agree(self) -> None:
        """What the cast calls off the list is not on it, and the other way round."""
        for one in nws.enquiries(TOWN):
            assert ALLOWED.names(one.affair, HOUSEHOLD_INFORMATION) is not bool(one.refusal)

    def test_some_are_held_and_some_are_not_approved(self) -> None:
        """S14, and the rows that the ward has not confirmed."""
        held = [one.held for one in TOLD if one.flow == "C3"]

        assert 0 < sum(held) < len(held)
        assert {one.approval for one in nws.enquiries(TOWN)} == {"1", "9"}

    def test_a_suppressed_person_is_always_held(self) -> None:
        """自動応答不可 (S14)."""
        town = Town(seed=1, residents=300, number_of_events=300, day=DAY, full=True)
        people = town.population.by_atena
        suppressed = [one for one in nws.enquiries(town) if people[one.person].suppressed]

        assert suppressed
        assert all(one.withheld for one in suppressed)


class TestFugou:
    def test_follows_from_the_first_registration_of_each_new_person(self) -> None:
        """C2a: the cause is a message of the plan of the day, and nobody is asked for twice."""
        law = load(resources.provision_files())
        planner = Planner(law, subscriptions.load(subscriptions.read_own(), law))
        registered = {
            one.message_id: one.person
            for event in TOWN.events
            for one in planner.messages(event)
            if one.type == "AT-REG"
        }
        found = nws.fugou(TOWN)

        assert all(registered[one.cause] == one.person for one in found)
        assert {one.person for one in found} == set(registered.values()) - set(TOWN.registered())
        assert len({one.process for one in found}) == len({one.person for one in found}) == len(found)

    def test_there_is_none_on_an_ordinary_day(self) -> None:
        """What 住記's day causes stays as it is."""
        assert Town(seed=3, residents=300, number_of_events=200, day=DAY).caused == ()
        assert len(TOWN.caused) == len(nws.fugou(TOWN))
