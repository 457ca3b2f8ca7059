"""A3-5a and A3-5b on a real home of the zone juki-net: one 異動 releases both, neither waits, and one that is missing is found (L620)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.kit.compose import Draft, compose
from connectors.kit.identity import Identity, LogTrust
from connectors.kit.ids import new_id
from connectors.kit.law import basis
from connectors.kit.operators import Automaton
from hub.app import endpoints, holding, law, pairs
from hub.app.founding import Founding, found
from hub.app.opening import OpenHome, open_home
from hub.app.paths import HomePaths
from hub.app.register import add_person, personal_key
from hub.cli.app import root
from hub.codes import dom, flw, kit
from hub.config import Config
from hub.edges import pki, resources
from hub.edges.clock import SimulatedClock
from hub.errors import Code
from hub.exchangelog import entry as entries
from hub.messages import Delivery, Level, Operator, Returned
from hub.observe import silent
from hub.statements import Act, Role
from tests import samples

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="juki-net", origin="juki-hub/131211/juki-net", development=True
)
OPERATOR = Operator("S1", "戸籍住民課", "T-1", "TEST", "試験", "password+token", bytes(32))
PERSON = endpoints.fresh_subject()
CONVERSATION = new_id(NOW, b"conversation")
ROWS = {"HK-UPD": ("A1-3", "juki-30-6"), "TN-NOTE": ("A3-5a", "juki-9-1")}


class Desk:
    """The CS's connector: it takes what it is offered, and gives back what a test says."""

    def __init__(self) -> None:
        self.taken: dict[str, Delivery] = {}
        self.back: list[Returned] = []

    def capacity(self) -> int:
        return 10

    def offer(self, deliveries: Sequence[Delivery]) -> None:
        self.taken |= {one.type: one for one in deliveries}

    def returned(self) -> Sequence[Returned]:
        back, self.back = self.back, []
        return back


class Zone:
    """A home with both messages of one 特例転入 recorded, the update before the notice."""

    def __init__(self, home: OpenHome) -> None:
        self.home = home
        self.desk = Desk()
        for type_ in ROWS:
            self.submit(type_, type_.encode())

    def submit(self, type_: str, name: bytes) -> None:
        (recorded,) = self.home.intake.take([compose(self.draft(type_, name), self.juki)]).recorded
        assert recorded.permit

    @property
    def juki(self) -> Identity:
        own = self.home.paths.endpoint("juki")
        pair = pki.read_identity(own.key, own.certificate)
        trust = LogTrust(
            CONFIG.origin, self.home.paths.root_verifier.read_text().strip(), self.home.paths.key_list.read_text()
        )
        keys = own.subject_key.read_bytes(), own.store_key.read_bytes()
        return Identity("juki", "juki-net", CONFIG.tenant, CONFIG.environment, pair.certificate, pair.key, *keys, trust)

    def draft(self, type_: str, name: bytes) -> Draft:
        flow, item = ROWS[type_]
        id_ = new_id(NOW, name * 2)
        return Draft(
            flow=flow,
            type=type_,
            version=1,
            recipient="cs",
            basis=basis(law.load_provisions(), "statutes", item),
            subjects=(PERSON,),
            payload=samples.tree(type_),
            created_at=NOW,
            conversation_id=CONVERSATION,
            message_id=id_,
            operator=Automaton("juki").acting("TENNYUU_TOKUREI", "転入届の特例"),
        )

    def round(self) -> None:
        self.home.dispatcher.round({"cs": self.desk})

    def hold_update(self) -> None:
        """The CS does not know what became of the update: a person must look, and it is held."""
        self.desk.back.append(Returned(self.desk.taken["HK-UPD"].index, kit.ROOM_SURPRISE.id, True))
        self.round()

    def answer(self, type_: str, code: str = "") -> None:
        level = Level.REJECTED if code else Level.PARTNER_CONFIRMED
        endpoints.answer_delivery(self.home, "cs", self.desk.taken[type_], level, code, OPERATOR)
        self.round()

    def found(self, before: datetime = NOW + timedelta(hours=1)) -> list[Code]:
        with self.home.journal.snapshot() as log:
            leaves = [(row.index, entries.parse(row.leaf)) for row in log.entries()]
        return [one.code for one in pairs.missing(leaves, before)]


@pytest.fixture
def paths(tmp_path: Path) -> HomePaths:
    made = found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), NOW - timedelta(hours=1)))
    for name in ("甲", "乙"):
        add_person(made, name, Role.APPROVER)
    return made


@pytest.fixture
def zone(paths: HomePaths) -> Iterator[Zone]:
    with open_home(paths.root, SimulatedClock(NOW), silent) as opened:
        yield Zone(opened)


class TestNeitherWaits:
    def test_the_notice_arrives_while_the_update_of_the_same_person_is_held(self, zone: Zone) -> None:
        """The update was first, of the same person, to the same recipient; it is held, its lane waits, and the 転入通知 is answered."""
        zone.round()
        zone.hold_update()
        zone.submit("HK-UPD", b"another")
        zone.round()
        zone.answer("TN-NOTE")

        assert zone.home.journal.tally() == {"cs": {"held": 1, "pending": 1, "acknowledged": 1}}

    def test_both_go_out_at_once(self, zone: Zone) -> None:
        """In one round, before either is answered: the notice has no lane, so nothing stands before it."""
        zone.round()

        assert set(zone.desk.taken) == {"HK-UPD", "TN-NOTE"}

    def test_the_update_goes_on_when_it_is_released(self, zone: Zone) -> None:
        """Two persons release it; then nothing is missing any more."""
        zone.round()
        zone.hold_update()
        zone.answer("TN-NOTE")
        (standing,) = zone.home.journal.standing(zone.desk.taken["HK-UPD"].message_id)
        said = holding.statement(zone.home.config, zone.home.clock, Act.RELEASE, standing, "確かめた")
        for name in ("甲", "乙"):
            holding.act(zone.home, said, said.signed(personal_key(zone.home.paths, name)))
        zone.round()
        zone.answer("HK-UPD")

        assert zone.home.journal.tally() == {"cs": {"acknowledged": 2}}
        assert zone.found() == []


class TestFinding:
    def test_an_update_that_is_held_beyond_its_time_is_found(self, zone: Zone) -> None:
        """A3-5a is done, A3-5b is missing."""
        zone.round()
        zone.hold_update()
        zone.answer("TN-NOTE")

        assert zone.found() == [flw.UPDATE_MISSING]

    def test_within_its_time_nothing_is_missing(self, zone: Zone) -> None:
        """Before the time is over, silence is no finding."""
        zone.round()
        zone.answer("TN-NOTE")

        assert zone.found(before=NOW) == []

    def test_a_notice_that_is_not_answered_is_found(self, zone: Zone) -> None:
        """The other way round."""
        zone.round()
        zone.answer("HK-UPD")

        assert zone.found() == [flw.NOTICE_MISSING]

    def test_a_rejected_update_is_missing_too(self, zone: Zone) -> None:
        """The CS said no: the prefecture hears nothing of it."""
        zone.round()
        zone.answer("TN-NOTE")
        zone.answer("HK-UPD", dom.UNKNOWN_PERSON.id)

        assert zone.found() == [flw.UPDATE_MISSING]

    def test_silence_about_both_is_two_findings(self, zone: Zone) -> None:
        """Each is missing by itself."""
        assert zone.found() == [flw.UPDATE_MISSING, flw.NOTICE_MISSING]

    def test_the_command_tells_it_and_ends_with_three(self, paths: HomePaths) -> None:
        """`hub flows --missing` reads the log of the zone's home with public keys alone; a person must look."""
        with open_home(paths.root, SimulatedClock(NOW), silent) as opened:
            zone = Zone(opened)
            zone.round()
            zone.answer("TN-NOTE")
        done = CliRunner().invoke(root, ["flows", "--missing", "--home", str(paths.root), "--json"])

        (told,) = json.loads(done.stdout)["missing"]
        assert done.exit_code == 3
        assert (told["code"], told["conversation"]) == (flw.UPDATE_MISSING.id, CONVERSATION)
