"""Every language of the kit keeps what `connectors.kit.partner` promises: spoken to a real process, which is killed, frozen and slow."""

from __future__ import annotations

import contextlib
import signal
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from connectors.kit.domain import UNKNOWN_PERSON
from connectors.kit.partner import Events, Partner, Result
from hub.codes import kit
from hub.errors import Held, IntegrityError, Unavailable
from tests.languages import ENDPOINTS, EVENTS, FEED, LANGUAGES, PATIENCE, Liar, PartnerSystem, effect

CONBINI, DEPARTMENT = ENDPOINTS
DONE = Result(confirmed=True, reply={"length": "4"})
REJECTED = Result(confirmed=False, code=UNKNOWN_PERSON)

every = pytest.mark.parametrize("language", LANGUAGES)
liars = pytest.mark.parametrize(
    ("language", "lie"), [(name, lie) for name, one in LANGUAGES.items() for lie in one.lies]
)
sockets = pytest.mark.parametrize("language", [name for name, one in LANGUAGES.items() if one.torn])
bounded = pytest.mark.parametrize("language", [name for name, one in LANGUAGES.items() if one.limit is not None])


@pytest.fixture
def system(tmp_path: Path, language: str) -> Iterator[PartnerSystem]:
    made = PartnerSystem(tmp_path, language)
    yield made
    if made.process.poll() is None:
        made.kill()


@contextlib.contextmanager
def speaking(place: Path, language: str, endpoint: str = CONBINI, patience: float = PATIENCE) -> Iterator[Partner]:
    partner = LANGUAGES[language].partner(place, endpoint, patience)
    yield partner
    partner.close()  # type: ignore[attr-defined]  # whoever opens a partner closes it; rooms never do


def pages(partner: Partner, after: str = "") -> Iterator[Events]:
    while True:
        page = partner.feed(FEED, after, 2)
        yield page
        if page.end:
            return
        after = page.cursor


@every
class TestEffects:
    def test_confirmed_with_its_reply_or_rejected_with_its_code(self, language: str, system: PartnerSystem) -> None:
        """What the partner said is what the room hears, alone and in a batch, in order."""
        with speaking(system.place, language) as partner:
            alone = [*partner.perform([effect("m1")]), *partner.perform([effect("m2", b"reject")])]
            batch = partner.perform([effect("m3"), effect("m4", b"reject"), effect("m5")])

        assert alone == [DONE, REJECTED]
        assert batch == [DONE, REJECTED, DONE]
        assert system.performed() == ["m1", "m2", "m3", "m4", "m5"]

    def test_the_same_effect_again_gives_the_first_result(self, language: str, system: PartnerSystem) -> None:
        """Alone, in a batch or twice in one, and after a restart of either side: one line of the ledger each."""
        asked = [effect("m1"), effect("m2", b"reject")]
        with speaking(system.place, language) as partner:
            first = partner.perform(asked)
            again = [*partner.perform(asked[:1]), *partner.perform([asked[1], asked[1]])]
        with speaking(system.place, language) as partner:
            fresh = partner.perform(asked)
            system.kill()
            system.start()
            restarted = partner.perform(asked)

        assert first == fresh == restarted == [DONE, REJECTED]
        assert again == [DONE, REJECTED, REJECTED]
        assert system.performed() == ["m1", "m2"]

    def test_a_large_batch_keeps_its_order(self, language: str, system: PartnerSystem) -> None:
        """150 effects at once: a result each, and the ledger in the order in which they were asked."""
        asked = [effect(f"m{number:03d}", b"reject" if number % 7 == 0 else b"<x/>") for number in range(150)]
        with speaking(system.place, language) as partner:
            results = partner.perform(asked)

        assert results == [REJECTED if number % 7 == 0 else DONE for number in range(150)]
        assert system.performed() == [one.message for one in asked]

    def test_other_content_under_a_known_id_is_held(self, language: str, system: PartnerSystem) -> None:
        """A person must look at that message; the conversation goes on."""
        with speaking(system.place, language) as partner:
            partner.perform([effect("m1")])
            with pytest.raises(Held) as alone:
                partner.perform([effect("m1", b"<y/>")])
            with pytest.raises(Held) as batch:
                partner.perform([effect("m2"), effect("m1", b"<y/>")])
            after = partner.perform([effect("m2"), effect("m1")])

        assert alone.value.code is batch.value.code is kit.PARTNER_CONFLICT
        assert after == [DONE, DONE]
        assert system.performed() == ["m1", "m2"]

    def test_each_endpoint_has_its_own_ledger(self, language: str, system: PartnerSystem) -> None:
        """One place may serve several endpoints, by their names."""
        with speaking(system.place, language, DEPARTMENT) as partner:
            partner.perform([effect("m1")])

        assert (system.performed(), system.performed(DEPARTMENT)) == ([], ["m1"])

    def test_what_the_partner_cannot_read_breaks_the_contract(self, language: str, system: PartnerSystem) -> None:
        """The endpoint stops; nothing was performed."""
        with speaking(system.place, language) as partner, pytest.raises(IntegrityError) as caught:
            partner.perform([effect("m1", b"unreadable")])

        assert caught.value.code is kit.PARTNER_SPEECH
        assert system.performed() == []


@every
class TestTrouble:
    def test_a_partner_that_is_not_there_is_unavailable(self, language: str, tmp_path: Path) -> None:
        """The endpoint waits, and says for what."""
        with speaking(tmp_path / "nobody", language, patience=0.2) as partner, pytest.raises(Unavailable) as caught:
            partner.perform([effect("m1")])

        assert (caught.value.code, caught.value.facts["endpoint"]) == (kit.PARTNER_DOWN, CONBINI)

    def test_a_partner_that_ended_is_unavailable_until_it_is_back(self, language: str, system: PartnerSystem) -> None:
        """A connection that was good does not hide it; the next one is found without a new start."""
        with speaking(system.place, language, patience=1.0) as partner:
            partner.perform([effect("m1")])
            system.kill()
            with pytest.raises(Unavailable):
                partner.perform([effect("m2")])
            system.start()

            assert partner.perform([effect("m1"), effect("m2")]) == [DONE, DONE]
        assert system.performed() == ["m1", "m2"]

    def test_killed_between_effect_and_answer(self, language: str, system: PartnerSystem) -> None:
        """The partner has done it and is killed before it says so: asked again, one effect and the result of it."""
        system.stall()
        with speaking(system.place, language, patience=2.0) as partner, ThreadPoolExecutor(1) as pool:
            asking = pool.submit(partner.perform, [effect("m1"), effect("m2", b"reject")])
            system.wait_until_stalled()
            system.kill()
            with pytest.raises(Unavailable):
                asking.result()
            done = system.performed()
            system.go_on()
            system.start()

            assert partner.perform([effect("m1"), effect("m2", b"reject")]) == [DONE, REJECTED]
        assert done in (["m1"], ["m1", "m2"])  # a partner may take what was asked together one after the other
        assert system.performed() == ["m1", "m2"]

    def test_an_answer_that_is_late_is_asked_for_again(self, language: str, system: PartnerSystem) -> None:
        """A slow partner: the connector gives up, asks again under the same key, and gets the first result."""
        system.stall()
        with speaking(system.place, language, patience=0.3) as impatient:
            with pytest.raises(Unavailable):
                impatient.perform([effect("m1", b"reject")])
            system.wait_until_stalled()
        system.go_on()
        with speaking(system.place, language) as partner:
            results = [*partner.perform([effect("m2")]), *partner.perform([effect("m1", b"reject")])]

        assert results == [DONE, REJECTED]
        assert system.performed() == ["m1", "m2"]

    def test_a_partner_that_stands_still_is_unavailable(self, language: str, system: PartnerSystem) -> None:
        """Half-open: the kernel takes the connection and the question, and nobody answers."""
        with speaking(system.place, language, patience=0.3) as partner:
            system.freeze()
            with pytest.raises(Unavailable):
                partner.perform([effect("m1")])
            system.thaw()
        with speaking(system.place, language) as partner:
            again = partner.perform([effect("m1")])

        assert again == [DONE]
        assert system.performed() == ["m1"]


@every
class TestFeeds:
    def test_goes_on_after_a_restart_of_both(self, language: str, system: PartnerSystem) -> None:
        """A cursor is good for a new connection and a new process; each event comes once and in order."""
        with speaking(system.place, language) as partner:
            first = partner.feed(FEED, "", 2)
        system.kill()
        system.start()
        with speaking(system.place, language) as partner:
            rest = list(pages(partner, first.cursor))
            again = partner.feed(FEED, "", 2)

        numbers = [event["number"] for page in (first, *rest) for event in page.events]
        assert numbers == [str(number) for number in range(EVENTS)]
        assert (again, first.end, rest[-1].end) == (first, False, True)
        assert {event["text"] for event in first.events} == {"葛\U000e0100城"}

    def test_the_end_is_a_page_too(self, language: str, system: PartnerSystem) -> None:
        """After the last event comes an empty page at the same place."""
        with speaking(system.place, language) as partner:
            *_, last = pages(partner)
            after = partner.feed(FEED, last.cursor, 2)

        assert (list(after.events), after.cursor, after.end) == ([], last.cursor, True)


@sockets
class TestSockets:
    def test_is_its_owners_alone(self, language: str, system: PartnerSystem) -> None:
        """Mode 0600 under a path longer than a socket's address; SIGTERM ends it with 0 and takes the socket away."""
        mode = stat.S_IMODE(system.place.stat().st_mode)
        system.process.send_signal(signal.SIGTERM)

        assert (mode, len(str(system.place)) > 108, system.process.wait(20)) == (0o600, True, 0)
        assert not system.place.exists()
        system.kill()

    def test_a_feed_or_endpoint_that_is_not_served_breaks_the_contract(
        self, language: str, system: PartnerSystem
    ) -> None:
        """A wrong configuration is not waited for."""
        with speaking(system.place, language) as partner, pytest.raises(IntegrityError) as no_feed:
            partner.feed("no-such-feed", "", 2)
        with speaking(system.place, language) as partner, pytest.raises(IntegrityError) as no_place:
            partner.feed(FEED, "nowhere", 2)
        with speaking(system.place, language, "zei") as partner, pytest.raises(IntegrityError) as no_endpoint:
            partner.perform([effect("m1")])

        assert {one.value.code for one in (no_feed, no_place, no_endpoint)} == {kit.PARTNER_SPEECH}

    def test_a_surprise_ends_the_partner_and_loses_nothing(self, language: str, system: PartnerSystem) -> None:
        """Its memory may be ahead of its ledger: it ends with 70, and its next start knows what it did."""
        with speaking(system.place, language) as partner:
            partner.perform([effect("m1")])
            with pytest.raises(Unavailable):
                partner.perform([effect("m2", b"crash")])
            code = system.process.wait(20)
            system.kill()
            system.start()
            again = partner.perform([effect("m1")])

        assert (code, again, system.performed()) == (70, [DONE], ["m1"])

    def test_a_torn_answer_is_asked_for_again(self, language: str, tmp_path: Path) -> None:
        """Part of an answer is none; what was done is not known."""
        with (
            Liar(tmp_path / "liar", LANGUAGES[language].torn, close=True),
            speaking(tmp_path / "liar", language) as partner,
            pytest.raises(Unavailable),
        ):
            partner.perform([effect("m1")])


@liars
def test_an_answer_against_the_contract_stops_the_endpoint(language: str, lie: bytes, tmp_path: Path) -> None:
    """What is no answer to this question is never taken for one, nor waited for."""
    with (
        Liar(tmp_path / "liar", lie),
        speaking(tmp_path / "liar", language) as partner,
        pytest.raises(IntegrityError) as caught,
    ):
        partner.perform([effect("m1")])

    assert caught.value.code is kit.PARTNER_SPEECH


@bounded
def test_a_message_above_the_limit_is_held(language: str, system: PartnerSystem) -> None:
    """It is not handed over and stops no other; the longest that fits is performed."""
    limit = LANGUAGES[language].limit
    assert limit is not None
    with speaking(system.place, language) as partner:
        with pytest.raises(Held) as caught:
            partner.perform([effect("m1"), effect("m2", b"x" * (limit + 1))])
        (longest,) = partner.perform([effect("m3", b"x" * limit)])
        together = partner.perform(
            [effect("m4", b"x" * (limit // 2)), effect("m5", b"x" * (limit // 2 + 1)), effect("m6")]
        )

    assert (caught.value.code, caught.value.facts["size"]) == (kit.PARTNER_LIMIT, limit)
    assert longest.reply == {"length": str(limit)}
    assert [one.reply["length"] for one in together] == [str(limit // 2), str(limit // 2 + 1), "4"]
    assert system.performed() == ["m3", "m4", "m5", "m6"]
