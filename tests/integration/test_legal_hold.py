"""`hub legal-hold`: a body kept beyond its day, by an approver's statement, until a day that was named, and let go again."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from hub import retention
from hub.app.daily import Daily
from hub.app.legalhold import answer, statement
from hub.app.opening import OpenHome, open_home
from hub.app.register import personal_key
from hub.calendar import jst_day
from hub.codes import msg
from hub.edges.clock import SystemClock
from hub.errors import Refused
from hub.exchangelog.entry import Admin, Erase
from hub.observe import silent
from hub.statements import Act
from tests.integration.test_timestamps import Moved
from tests.integration.test_witness import hub, submit

APPROVER, OPERATOR = "見本 承認", "見本 運用"
TODAY = jst_day(SystemClock().now())
LATER = TODAY + timedelta(days=400)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two messages to atena, and persons."""
    home = tmp_path_factory.mktemp("made") / "home"
    hub("init", "--development", "--home", str(home))
    submit(home, home.parent)
    submit(home, home.parent)
    for name, role in ((APPROVER, "approver"), (OPERATOR, "operator")):
        hub("person", "add", name, "--role", role, "--home", str(home))
    return home


@pytest.fixture
def home(tmp_path: Path, made: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path / "home"))


def messages(home: Path) -> list[str]:
    found = hub("inbox", "atena", "--home", str(home))["messages"]
    assert isinstance(found, list)
    return [one["message"] for one in found]


def put(home: Path, message: str, *words: str, code: int = 0) -> dict[str, object]:
    said = {"--until": LATER.isoformat(), "--person": APPROVER, "--reason": "審査請求"}
    given = dict(zip(words[::2], words[1::2], strict=True))
    options = [word for pair in (said | given).items() for word in pair]
    return hub("legal-hold", "put", message, *options, "--home", str(home), code=code)


def end(home: Path, message: str, code: int = 0) -> dict[str, object]:
    return hub("legal-hold", "end", message, "--person", APPROVER, "--reason", "終結", "--home", str(home), code=code)


def error(said: dict[str, object]) -> str:
    found = said["error"]
    assert isinstance(found, dict)
    return str(found["code"])


def swept(home: Path, days: int) -> tuple[set[int], list[str]]:
    """Which bodies live after the sweep of a day, and the classes of all erasures so far."""
    clock = Moved()
    clock.ahead = timedelta(days=days)
    with open_home(home, clock, silent) as opened:
        daily = Daily(opened)
        daily.look()
        daily.stop()
        return alive(opened), [one.retention for one in entries(opened) if isinstance(one, Erase)]


def alive(opened: OpenHome) -> set[int]:
    return {at for at in range(opened.intake.tree.size) if opened.journal.secret(at, "body") is not None}


def entries(opened: OpenHome) -> list[object]:
    return [opened.entry(at) for at in range(opened.intake.tree.size)]


def bodies(home: Path) -> list[int]:
    with open_home(home, SystemClock(), silent) as opened:
        return sorted(alive(opened))


class TestHold:
    def test_kept_until_the_day_that_was_named(self, home: Path) -> None:
        """Its neighbour goes on its own day; the held one by itself on the day named, not a day earlier."""
        kept, other = messages(home)
        first, second = bodies(home)
        put(home, kept)
        held = list(hub("legal-hold", "list", "--home", str(home))["held"])  # type: ignore[call-overload]

        assert held[0] == {
            "until": LATER.isoformat(),
            "count": 1,
        }  # the body: the private part's own day is later still
        assert swept(home, 399)[0] == {first}
        assert "legal-hold" not in swept(home, 399)[1]
        assert swept(home, 400)[0] == set()
        assert swept(home, 400)[1][-1] == "legal-hold"
        assert hub("log", "verify", "--home", str(home))["verified"]
        assert (other, second) != (kept, first)

    def test_prolonged(self, home: Path) -> None:
        """The day that was named last counts."""
        kept, _ = messages(home)
        put(home, kept)
        put(home, kept, "--until", (LATER + timedelta(days=100)).isoformat())
        held = list(hub("legal-hold", "list", "--home", str(home))["held"])  # type: ignore[call-overload]

        assert held[0] == {"until": (LATER + timedelta(days=100)).isoformat(), "count": 1}

    def test_a_confirmation_does_not_move_it(self, home: Path) -> None:
        """Answered, it would go after seven days."""
        kept, other = messages(home)
        first, _ = bodies(home)
        put(home, kept)
        for message in (kept, other):
            hub("answer", "atena", message, "--home", str(home))

        assert first in swept(home, 60)[0]

    def test_who_and_why(self, home: Path) -> None:
        """The log names the message's entry and the key; the reason is in the private part alone."""
        kept, _ = messages(home)
        indexes = put(home, kept)["indexes"]
        assert isinstance(indexes, list)
        with open_home(home, SystemClock(), silent) as opened:
            entry, private = opened.entry(indexes[0]), opened.journal.secret(indexes[0], "private")

        assert isinstance(entry, Admin)
        assert (entry.action, entry.entry, len(entry.keys)) == ("legal.hold", 1, 1)
        assert "審査請求".encode() in (private or b"")

    def test_ended(self, home: Path) -> None:
        """Unanswered, back to the thirty days of its class; answered, it goes seven days later."""
        kept, other = messages(home)
        first, second = bodies(home)
        for message in (kept, other):
            put(home, message)
        hub("answer", "atena", other, "--home", str(home))
        for message in (kept, other):
            end(home, message)

        assert {first, second} <= swept(home, 6)[0]
        assert first in swept(home, 8)[0]
        assert second not in swept(home, 8)[0]
        assert first not in swept(home, 31)[0]

    def test_an_end_without_delivery_leaves_it(self, home: Path) -> None:
        """What expires, or is ended by a death, is shredded at once (S22, S39), but for what is held."""
        kept, _ = messages(home)
        first, second = bodies(home)
        put(home, kept)
        with open_home(home, SystemClock(), silent) as opened:
            pending = opened.journal.ready(["atena"], (), opened.clock.now(), 10)
            opened.intake.withdraw([(one, Refused(msg.EXPIRED)) for one in pending], shred=True)

            assert (len(pending), alive(opened) & {first, second}) == (2, {first})


class TestRefused:
    @pytest.mark.parametrize(
        ("words", "exit_", "code"),
        [
            (("--until", TODAY.isoformat()), 3, "HUB-HLD-013"),
            (("--until", "2999-01-01"), 3, "HUB-HLD-013"),
            (("--until", "soon"), 2, "HUB-CLI-002"),
            (("--person", OPERATOR), 3, "HUB-PER-002"),
            (("--reason", " "), 2, "HUB-HLD-005"),
        ],
    )
    def test_not_so(self, home: Path, words: tuple[str, ...], exit_: int, code: str) -> None:
        assert error(put(home, messages(home)[0], *words, code=exit_)) == code

    def test_a_statement_that_lay_about(self, home: Path) -> None:
        """Signed yesterday, or tomorrow: neither is done today."""
        kept, _ = messages(home)
        for ahead in (timedelta(days=1), -timedelta(days=1)):
            clock = Moved()
            clock.ahead = ahead
            with open_home(home, clock, silent) as opened:
                standing = opened.journal.standing(kept)[0]
                said = statement(opened.config, SystemClock(), Act.LEGAL_HOLD, standing, LATER, "x")
                approval = said.signed(personal_key(opened.paths, APPROVER))
                asked = {"op": "legal", "statement": said.encoded(), "approval": approval.encoded()}
                with pytest.raises(Refused, match="HUB-HLD-015"):
                    answer(opened, asked)

    def test_what_is_not_there_or_held_already(self, home: Path) -> None:
        kept, other = messages(home)
        put(home, kept)

        assert error(end(home, other, code=2)) == "HUB-HLD-014"
        assert error(put(home, "0195e7a0-5a10-7c3e-9d52-000000000009", code=2)) == "HUB-HLD-014"
        end(home, kept)
        put(home, kept)  # again, by another statement


class TestReleasedDue:
    @pytest.mark.parametrize(
        ("class_", "settled", "expires_at", "due"),
        [
            ("standard", True, None, date(2026, 6, 8)),
            ("standard", False, None, date(2026, 6, 1)),  # its thirty days have passed: now
            ("file3", True, None, date(2026, 6, 1)),
            ("standard", True, datetime(2026, 6, 3, tzinfo=UTC), date(2026, 6, 4)),
            ("standard", True, datetime(2026, 5, 3, tzinfo=UTC), date(2026, 6, 1)),
        ],
    )
    def test_a_day_of_its_own_class_and_never_before_today(
        self, class_: str, settled: bool, expires_at: datetime | None, due: date
    ) -> None:
        today, recorded = date(2026, 6, 1), date(2026, 4, 1)

        assert retention.released_due(class_, recorded, today, 7, expires_at, settled=settled) == due
