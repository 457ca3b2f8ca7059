"""A death ends 送付先情報 that was not handed over (S39): on a real home, with the Subject tokens that a sender really makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors.kit.compose import Draft, compose
from connectors.kit.identity import Identity, LogTrust
from connectors.kit.law import basis
from hub.app import law
from hub.app.founding import Founding, found
from hub.app.opening import OpenHome, join_home, keep_home, open_home
from hub.app.reading import read_file
from hub.codes import jnl, kit, msg
from hub.config import Config
from hub.edges import pki, resources
from hub.edges.clock import SimulatedClock
from hub.envelope import format_time
from hub.errors import Unavailable
from hub.exchangelog.entry import Entry, Erase, Refuse, Release
from hub.ids import uuid7
from hub.messages import Delivery, Operator, Returned, Submission
from hub.observe import silent
from hub.stages.record import Notice, Turned
from hub.testing import Fault
from tests import samples

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
DUE = date(2026, 6, 1)
CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="juki-net", origin="juki-hub/131211/juki-net", development=True
)
OPERATOR = Operator("S1", "戸籍住民課", "T-1", "TEST", "試験", "password+token", bytes(32))
LAW = law.load_provisions()
ITEMS = {"SF-SEND": "bangou-7-1", "HK-UPD": "juki-30-6"}
DEATH, MOVE = {"異動事由": "SHIBOU"}, {"異動事由": "TENKYO"}
ALICE, BOB = "1001", "1002"


class Desk:
    """A CS that takes everything and gives back what a test says; with `open_` False it takes nothing."""

    def __init__(self, *, open_: bool = True) -> None:
        self.taken: list[int] = []
        self.back: list[Returned] = []
        self.open = open_

    def capacity(self) -> int:
        return 10 if self.open else 0

    def offer(self, deliveries: Sequence[Delivery]) -> None:
        self.taken += [one.index for one in deliveries]

    def returned(self) -> Sequence[Returned]:
        back, self.back = self.back, []
        return back


CLOSED = {"cs": Desk(open_=False)}


def release(home: OpenHome, index: int) -> None:
    """As the journal has it when persons have let it go; who may is tested elsewhere (tests/integration/test_holds.py)."""
    (standing,) = [one for one in home.journal.stopped() if one.index == index]
    entry = Release(
        **home.intake.common(format_time(NOW)),
        message=standing.message_id,
        entry=index,
        statement="0" * 64,
        keys=("1" * 64,),
    )
    home.intake.turn([Turned(Notice(entry), index, "cs", "pending")])


class Juki:
    """住記, speaking about persons by the tokens of its own key."""

    def __init__(self, home: OpenHome) -> None:
        own = home.paths.endpoint("juki")
        pair = pki.read_identity(own.key, own.certificate)
        keys = read_file(own.subject_key), read_file(own.store_key)
        trust = LogTrust(CONFIG.origin, "", "")
        self._identity = Identity("juki", "juki-net", "131211", "test", pair.certificate, pair.key, *keys, trust)
        self._home = home
        self._count = 0

    def message(self, type_: str, *persons: str, corrects: str | None = None, **changes: str) -> Submission:
        self._count += 1
        id_ = uuid7(int(NOW.timestamp() * 1000), self._count.to_bytes(10, "big"))
        payload = samples.tree(type_, dict(changes)) if changes else samples.tree(type_)
        draft = Draft(
            flow="A7-1" if type_ == "SF-SEND" else "A1-3",
            type=type_,
            version=1,
            recipient="cs",
            basis=basis(LAW, "statutes", ITEMS[type_]),
            subjects=tuple(self._identity.subject("cs", one) for one in persons),
            payload=payload,
            created_at=NOW,
            conversation_id=id_,
            message_id=id_,
            operator=OPERATOR,
            corrects=corrects,
        )
        return compose(draft, self._identity)

    def sends(self, *submissions: Submission) -> list[int]:
        """All in one group; the index of each."""
        recorded = self._home.intake.take(submissions).recorded
        assert [one.code for one in recorded] == [""] * len(submissions)
        return [one.index for one in recorded]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[OpenHome]:
    """A new development home of the zone in which the CS stands."""
    made = found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), NOW - timedelta(hours=1)))
    with open_home(made.root, SimulatedClock(NOW), silent) as opened:
        yield opened


@pytest.fixture
def juki(home: OpenHome) -> Juki:
    return Juki(home)


def later(home: OpenHome, index: int) -> list[Entry]:
    """The entries behind this one."""
    return [entry for at in range(index + 1, home.intake.tree.size) if (entry := home.entry(at)) is not None]


class TestDeath:
    def test_ends_and_erases_what_was_not_handed_over(self, home: OpenHome, juki: Juki) -> None:
        """An entry of its own code, an entry of the erasure, no body; the other person's letter goes as if nothing were."""
        hers, his = juki.sends(juki.message("SF-SEND", ALICE), juki.message("SF-SEND", BOB))
        assert home.journal.secret(hers, "body") is not None
        (death,) = juki.sends(juki.message("HK-UPD", ALICE, **DEATH))
        home.dispatcher.round({"cs": (desk := Desk())})

        refuse, erase = later(home, death)
        assert isinstance(refuse, Refuse)
        assert isinstance(erase, Erase)
        assert (refuse.type, refuse.code, refuse.channel) == ("SF-SEND", msg.PERSON_DIED.id, "journal")
        assert (erase.entry, erase.slot, erase.message, erase.retention) == (hers, "body", refuse.message, "file3")
        assert home.journal.secret(hers, "body") is None
        assert desk.taken == [his, death]

    def test_of_one_group_as_well(self, home: OpenHome, juki: Juki) -> None:
        """The letter and the death come together from an outbox that waited."""
        hers, death = juki.sends(juki.message("SF-SEND", ALICE), juki.message("HK-UPD", ALICE, **DEATH))
        home.dispatcher.round({"cs": (desk := Desk())})

        assert home.journal.secret(hers, "body") is None
        assert desk.taken == [death]

    def test_ends_what_waits_for_persons(self, home: OpenHome, juki: Juki) -> None:
        """A letter that failed three times and was held is ended too: nobody can release it any more."""
        (hers,) = juki.sends(juki.message("SF-SEND", ALICE))
        home.dispatcher.round({"cs": (desk := Desk())})
        desk.back.append(Returned(hers, kit.ROOM_SURPRISE.id, hold=True))
        home.dispatcher.round({"cs": desk})
        assert [one.index for one in home.journal.stopped()] == [hers]
        juki.sends(juki.message("HK-UPD", ALICE, **DEATH))
        home.dispatcher.round(CLOSED)

        assert home.journal.stopped() == ()
        assert home.journal.secret(hers, "body") is None

    def test_leaves_what_the_recipient_has_in_hand_until_it_gives_it_back(self, home: OpenHome, juki: Juki) -> None:
        """It may have been done: only when it comes back is it ended, and then it is not offered again."""
        (hers,) = juki.sends(juki.message("SF-SEND", ALICE))
        home.dispatcher.round({"cs": (desk := Desk())})
        (death,) = juki.sends(juki.message("HK-UPD", ALICE, **DEATH))
        home.dispatcher.round({"cs": desk})
        assert home.journal.secret(hers, "body") is not None
        desk.back.append(Returned(hers, kit.ROOM_SURPRISE.id))
        home.dispatcher.round({"cs": desk})
        home.dispatcher.round({"cs": desk})

        assert desk.taken == [hers, death]
        assert home.journal.secret(hers, "body") is None

    def test_ends_a_letter_to_several_whole(self, home: OpenHome, juki: Juki) -> None:
        """Nobody may edit it (S18): that of the household ends with one of them, and the sender sends the others anew."""
        (both,) = juki.sends(juki.message("SF-SEND", BOB, ALICE))
        juki.sends(juki.message("HK-UPD", ALICE, **DEATH))
        home.dispatcher.round(CLOSED)

        assert home.journal.secret(both, "body") is None

    def test_what_comes_afterwards_goes(self, home: OpenHome, juki: Juki) -> None:
        """The death was a mistake and is put right: a letter that is sent then is a new one."""
        (death,) = juki.sends(juki.message("HK-UPD", ALICE, **DEATH))
        (anew,) = juki.sends(juki.message("SF-SEND", ALICE))
        home.dispatcher.round({"cs": (desk := Desk())})

        assert desk.taken == [death, anew]

    def test_another_change_ends_nothing(self, home: OpenHome, juki: Juki) -> None:
        """A move is no death."""
        (hers,) = juki.sends(juki.message("SF-SEND", ALICE))
        (move,) = juki.sends(juki.message("HK-UPD", ALICE, **MOVE))
        home.dispatcher.round(CLOSED)

        assert home.journal.secret(hers, "body") is not None
        assert later(home, move) == []

    def test_a_correction_ends_nothing_before_it_is_approved(self, home: OpenHome, juki: Juki) -> None:
        """S33 comes first: an update that is corrected to a death waits for its approver, and then is one."""
        first = juki.message("HK-UPD", ALICE, **MOVE)
        hers, moved = juki.sends(juki.message("SF-SEND", ALICE), first)
        entry = home.entry(moved)
        assert entry is not None
        (death,) = juki.sends(juki.message("HK-UPD", ALICE, corrects=entry.message, **DEATH))  # type: ignore[attr-defined]
        home.dispatcher.round(CLOSED)
        assert home.journal.secret(hers, "body") is not None
        assert [one.index for one in home.journal.endings()] == [death]
        release(home, death)
        home.dispatcher.round(CLOSED)

        assert home.journal.secret(hers, "body") is None
        assert home.journal.endings() == ()

    def test_a_correction_that_expires_unapproved_ends_nothing(self, home: OpenHome, juki: Juki) -> None:
        """Nobody said that it holds, and nobody can any more: the letter goes, and nothing waits to end it."""
        (moved,) = juki.sends(juki.message("HK-UPD", ALICE, **MOVE))
        entry = home.entry(moved)
        assert entry is not None
        hers, _ = juki.sends(
            juki.message("SF-SEND", ALICE),
            juki.message("HK-UPD", ALICE, corrects=entry.message, **DEATH),  # type: ignore[attr-defined]
        )
        (waits,) = home.journal.stopped()
        for retention, due, _ in home.journal.due(DUE):
            if hers not in home.journal.waiting(retention, due):
                home.journal.shred(retention, due)
        assert home.journal.states([waits.index]) == {waits.index: "expired"}
        home.dispatcher.round({"cs": (desk := Desk())})

        assert hers in desk.taken
        assert home.journal.endings() == ()

    def test_is_ended_later_when_it_cannot_be_recorded_now(
        self, home: OpenHome, juki: Juki, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The store fails at the ending: nothing is handed over before it is recorded, and the next round does both."""
        (hers,) = juki.sends(juki.message("SF-SEND", ALICE))
        (death,) = juki.sends(juki.message("HK-UPD", ALICE, **DEATH))
        desk, commit = Desk(), home.journal.commit

        def failing(_: object) -> None:
            monkeypatch.setattr(home.journal, "commit", commit)
            raise Unavailable(jnl.IN_DOUBT, place="test", reason=Fault.LOST.name)

        monkeypatch.setattr(home.journal, "commit", failing)
        with pytest.raises(Unavailable):
            home.dispatcher.round({"cs": desk})
        assert (desk.taken, home.journal.secret(hers, "body") is None) == ([], False)
        home.dispatcher.round({"cs": desk})

        assert (desk.taken, home.journal.secret(hers, "body")) == ([death], None)

    def test_is_ended_after_a_crash(self, tmp_path: Path) -> None:
        """The process dies between the death and the ending: the journal knows what is not done."""
        made = found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), NOW - timedelta(hours=1)))
        with open_home(made.root, SimulatedClock(NOW), silent) as before:
            hers, death = (juki := Juki(before)).sends(
                juki.message("SF-SEND", ALICE), juki.message("HK-UPD", ALICE, **DEATH)
            )
        with open_home(made.root, SimulatedClock(NOW), silent) as after:
            after.dispatcher.round({"cs": (desk := Desk())})

            assert desk.taken == [death]
            assert after.journal.secret(hers, "body") is None
            assert after.journal.endings() == ()

    def test_that_another_process_records_leaves_what_is_in_hand(self, tmp_path: Path) -> None:
        """On the engine a worker records the death, and only the dispatcher knows that the CS has the letter."""
        made = found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), NOW - timedelta(hours=1)))
        clock = SimulatedClock(NOW)
        with (
            keep_home(made.root, clock, silent),
            join_home(made.root, clock, silent) as dispatching,
            join_home(made.root, clock, silent) as working,
        ):
            juki = Juki(working)
            (hers,) = juki.sends(juki.message("SF-SEND", ALICE))
            dispatching.dispatcher.round({"cs": (desk := Desk())})
            his, death = juki.sends(juki.message("SF-SEND", BOB), juki.message("HK-UPD", ALICE, **DEATH))
            dispatching.dispatcher.round({"cs": desk})
            assert (desk.taken, working.journal.secret(hers, "body") is None) == ([hers, his, death], False)
            desk.back.append(Returned(hers, kit.ROOM_SURPRISE.id))
            dispatching.dispatcher.round({"cs": desk})
            dispatching.dispatcher.round({"cs": desk})

            assert desk.taken == [hers, his, death]
            assert working.journal.secret(hers, "body") is None
            assert working.journal.endings() == ()
