"""S22 on a real home: a 転出証明書情報 is not taken without its end, not delivered after it, and its body goes on that day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from hub import erasure
from hub.app import endpoints, law
from hub.app.endpoints import Letter
from hub.app.founding import Founding, found
from hub.app.opening import OpenHome, open_home
from hub.calendar import jst_day
from hub.codes import chk
from hub.config import Config
from hub.edges import resources
from hub.edges.clock import SimulatedClock
from hub.messages import Level, Operator, Recorded
from hub.observe import silent
from tests import samples

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="juki-net", origin="juki-hub/131211/juki-net", development=True
)
OPERATOR = Operator("S1", "戸籍住民課", "T-1", "TEST", "試験", "password+token", bytes(32))
PLANNED = "2026-03-10"
GOES = date(2026, 4, 10)  # 30 days after the planned day are over
END = datetime(2026, 4, 9, 15, 0, tzinfo=UTC)  # midnight in Japan


@pytest.fixture
def home(tmp_path: Path) -> Iterator[OpenHome]:
    """A new development home of the zone in which the CS stands."""
    made = found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), NOW - timedelta(hours=1)))
    with open_home(made.root, SimulatedClock(NOW), silent) as opened:
        yield opened


def sent(home: OpenHome, expires_at: datetime | None) -> Recorded:
    letter = Letter(
        *("cs", "juki", "TS-CERT", 1, "statutes", "juki-24-2", endpoints.fresh_subject(), OPERATOR),
        expires_at=expires_at,
    )
    body = etree.tostring(samples.tree("TS-CERT", {"転出予定年月日": PLANNED}), encoding="UTF-8")
    submission = endpoints.sign(home.paths, letter, body, law.load_provisions(), NOW)[1]
    return home.intake.take([submission]).recorded[0]


def at(home: OpenHome, moment: datetime) -> None:
    assert isinstance(home.clock, SimulatedClock)
    home.clock.advance_to(moment)


class TestIntake:
    @pytest.mark.parametrize("expires_at", [None, END + timedelta(milliseconds=1), END + timedelta(days=30)])
    def test_refuses_one_that_would_stay_too_long(self, home: OpenHome, expires_at: datetime | None) -> None:
        """Without an end, or with a later one; the refusal is recorded, and no body is kept."""
        recorded = sent(home, expires_at)

        assert (recorded.permit, recorded.code) == (False, chk.EXPIRY.id)
        assert home.journal.secret(recorded.index, "body") is None

    @pytest.mark.parametrize("expires_at", [END, END - timedelta(days=2)])
    def test_takes_one_that_ends_in_time(self, home: OpenHome, expires_at: datetime) -> None:
        """At the end of the thirtieth day, or before."""
        assert sent(home, expires_at).permit


class TestBody:
    def test_goes_on_its_day_though_nobody_took_it(self, home: OpenHome) -> None:
        """Thirty days after it was recorded would be three weeks too late."""
        index = sent(home, END).index
        at(home, END - timedelta(minutes=1))
        erasure.sweep(home.intake, home.journal, home.clock, jst_day(home.clock.now()), silent)
        assert home.journal.secret(index, "body") is not None
        at(home, END)
        erasure.sweep(home.intake, home.journal, home.clock, jst_day(home.clock.now()), silent)

        assert home.journal.secret(index, "body") is None
        assert jst_day(home.clock.now()) == GOES

    def test_a_confirmation_does_not_keep_it_longer(self, home: OpenHome) -> None:
        """Confirmed on the eve, it does not stay the seven days of other bodies."""
        index = sent(home, END).index
        at(home, END - timedelta(days=1))
        (one,) = endpoints.inbox(home, "juki")
        assert endpoints.answer_delivery(home, "juki", one, Level.PARTNER_CONFIRMED, "", OPERATOR).permit
        at(home, END)
        erasure.sweep(home.intake, home.journal, home.clock, jst_day(home.clock.now()), silent)

        assert home.journal.secret(index, "body") is None
