"""The demo's operators.yaml: what production asks for, open to its ordinary operators, and all that stands between its five attackers and the hub."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.demo import rules, run
from connectors.demo.attacks import Attack, Attacker
from connectors.demo.places import DAY, OPENING, ZONES, DemoHome, Settings
from connectors.juki.town import Town
from connectors.kit.operators import Automaton
from connectors.shinsei import office, terminals
from hub import operators
from hub.app import founding, law
from hub.app.founding import Founding
from hub.app.opening import open_home
from hub.app.paths import HomePaths
from hub.codes import opr
from hub.config import Config
from hub.edges import resources
from hub.edges.clock import SimulatedClock
from hub.errors import Refused
from hub.observe import silent
from hub.operators import Operators
from hub.routes import Routes

CODES = {opr.TERMINAL, opr.AUTHENTICATION, opr.LGWAN_TERMINAL, opr.SHARED_ID, opr.STAFF}


@pytest.fixture(scope="module")
def zones() -> dict[str, Routes]:
    return dict(law.read_routes(resources.routing_file(), "routing.yaml", law.load_provisions()))


def acting(routes: Routes) -> Operators:
    return operators.load(rules.operators_file(routes.zone), "operators.yaml", routes.endpoints)


def admits(checked: Operators, actor: str, endpoint: str) -> bool:
    """Whether the connector of `actor` may act for `endpoint`."""
    try:
        checked.check(Automaton(actor).acting("TEST", "試験"), endpoint, DAY)
    except Refused:
        return False
    return True


@pytest.mark.parametrize("zone", ZONES)
def test_it_is_what_production_asks_for(zone: str, zones: dict[str, Routes]) -> None:
    """Nothing is missing and nothing too open, as `hub check` sees it."""
    assert acting(zones[zone]).unmet(zones[zone], "operators.yaml") == ()


class TestOrdinary:
    @pytest.mark.parametrize("zone", ZONES)
    def test_every_connector_may_act(self, zone: str, zones: dict[str, Routes]) -> None:
        """For its own endpoint, and for none that has rules but its own."""
        checked = acting(zones[zone])
        for endpoint in zones[zone].endpoints:
            checked.check(Automaton(endpoint).acting("TEST", "試験"), endpoint, DAY)

        assert [code for code in checked.rules if admits(checked, "juki", code)] == []

    def test_the_clerks_of_the_day_may_act(self, zones: dict[str, Routes]) -> None:
        """Those of 住記, and those at the LGWAN terminals of 申請管理."""
        checked, clerk = acting(zones["kikan"]), Automaton("juki").acting("TEST", "試験")
        people = {(one.clerk.staff, one.clerk.terminal, "juki") for one in Town(7, 120, 160, DAY).events}
        people |= {(staff, terminal, "shinsei") for staff, terminal in office._CLERKS}
        for staff, terminal, endpoint in people:
            person = replace(clerk, staff=staff, terminal=terminal, authentication="password+token")
            checked.check(person, endpoint, DAY)

        assert {staff for staff, _ in office._CLERKS} == set(rules.LGWAN_CLERKS)
        assert terminals.load(terminals.read_own()) == set(rules.LGWAN_TERMINALS)


class TestAttackers:
    def test_nothing_but_the_rules_refuses_them(self, tmp_path: Path) -> None:
        """The same bytes in homes without rules are accepted: each attack is refused for who acts, and for nothing else."""
        home = DemoHome(tmp_path)
        for zone in ZONES:
            made(home, zone)
        tried = [one for one in attacks(home) if one.line.code in {code.id for code in CODES}]

        assert {one.line.code for one in tried} == {code.id for code in CODES}
        for zone in ZONES:
            with open_home(home.zone(zone), SimulatedClock(OPENING + timedelta(minutes=5)), silent) as opened:
                mine = [one.submission for one in tried if one.line.zone == zone]
                assert [one.code for one in opened.intake.take(mine).recorded if not one.permit] == []


def made(home: DemoHome, zone: str) -> HomePaths:
    config = Config(
        format=1,
        tenant=run.TENANT,
        environment="demo",
        zone=zone,
        origin=f"juki-hub/{run.TENANT}/{zone}",
        development=True,
    )
    home.zone(zone).parent.mkdir(parents=True, exist_ok=True)
    return founding.found(Founding(home.zone(zone), config, resources.routing_file(), OPENING))


def attacks(home: DemoHome) -> Iterator[Attack]:
    settings = Settings(residents=50, events=20, seed=7)
    return Attacker(settings, law.load_provisions(), run._identities(home), run._stranger(home)).attacks()
