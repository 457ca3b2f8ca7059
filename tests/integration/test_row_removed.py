"""A department's row is struck from the law: of a whole day its deliveries are 0, each refused, and all others are as before.

住記's messages of a synthetic day are signed once, and go through the intake of two copies of one home: under the law as it
stands, and under the tables without the row, read anew.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.juki import subscriptions
from connectors.juki.messages import PlannedMessage, Planner
from connectors.juki.town import Town
from connectors.kit.compose import Draft, compose
from connectors.kit.identity import Identity, LogTrust
from connectors.kit.operators import Automaton
from hub.app import law
from hub.app.founding import Founding, found
from hub.app.opening import open_home
from hub.app.paths import HomePaths
from hub.codes import prv
from hub.config import Config
from hub.dispatcher import Dispatcher
from hub.edges import pki, resources
from hub.edges.clock import SimulatedClock
from hub.intake import Intake
from hub.messages import Delivery, Returned, Submission
from hub.observe import silent
from hub.provisions.lawbook import Provisions
from hub.provisions.load import load
from hub.provisions.model import RowKey
from tests.lawfiles import without

DAY = date(2026, 4, 1)
OPENING, CLOSING = datetime(2026, 3, 31, 15, tzinfo=UTC), datetime(2026, 4, 1, 15, tzinfo=UTC)
CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)
GROUP = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the hub did with a day: by MessageId "" or the code of the refusal, and by recipient how many it can deliver."""

    codes: Mapping[str, str]
    deliveries: Counter[str]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> HomePaths:
    """A new development home. It is copied, never opened."""
    place = tmp_path_factory.mktemp("founded") / "home"
    return found(Founding(place, CONFIG, resources.routing_file(), OPENING))


@pytest.fixture(scope="module")
def messages() -> list[PlannedMessage]:
    """All that 住記 sends in the zone kikan that day."""
    provisions = law.load_provisions()
    planner = Planner(provisions, subscriptions.load(subscriptions.read_own(), provisions))
    planned = (one for event in Town(5, 120, 160, DAY).events for one in planner.messages(event))
    return [one for one in planned if one.sender == "juki" and one.recipient != "cs"]


@pytest.fixture(scope="module")
def submissions(paths: HomePaths, messages: list[PlannedMessage]) -> list[Submission]:
    """The same, signed."""
    juki = _juki(paths)
    return [compose(_draft(one, juki), juki) for one in messages]


@pytest.fixture(scope="module")
def whole(paths: HomePaths, submissions: list[Submission], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The day under the law as it stands."""
    return played(paths, submissions, law.load_provisions(), tmp_path_factory.mktemp("whole"))


class TestRowRemoved:
    @pytest.mark.parametrize(
        ("key", "department", "others"),
        [
            (("beppyo", "44"), "国民健康保険課", 0),  # its only row: nothing is left to it
            (("ku-jorei", "14"), "親子支援課", 8),  # it hears of others under beppyo 81, and goes on to
        ],
        ids=["its-only-row", "one-of-two"],
    )
    def test_its_deliveries_are_none_and_all_others_as_before(
        self,
        paths: HomePaths,
        messages: list[PlannedMessage],
        submissions: list[Submission],
        whole: Outcome,
        key: RowKey,
        department: str,
        others: int,
        tmp_path: Path,
    ) -> None:
        """Every message under the row is refused as an unknown item; every other code and every other queue is the same."""
        told = [one.message_id for one in messages if (one.basis.table, one.basis.item) == key]
        less = played(paths, submissions, load(without(key)), tmp_path)

        assert len(told) > 10
        assert set(whole.codes.values()) == {""}
        assert less.codes == {**whole.codes, **dict.fromkeys(told, prv.UNKNOWN_ITEM.id)}
        assert whole.deliveries[department] == len(told) + others
        assert less.deliveries == whole.deliveries - Counter({department: len(told)})
        assert less.deliveries[department] == others


class Desk:
    """A recipient that takes all that it is offered."""

    def __init__(self) -> None:
        self.taken: set[int] = set()

    def capacity(self) -> int:
        return 1000

    def offer(self, deliveries: Sequence[Delivery]) -> None:
        self.taken |= {one.index for one in deliveries}

    def returned(self) -> Sequence[Returned]:
        return ()


def played(paths: HomePaths, submissions: Sequence[Submission], provisions: Provisions, place: Path) -> Outcome:
    """The submissions through a copy of the home in which `provisions` are the law."""
    copied = HomePaths(shutil.copytree(paths.root, place / "home"))
    with open_home(copied.root, SimulatedClock(CLOSING), silent) as home:
        house = replace(home.house, law=replace(home.house.law, provisions=provisions))
        intake = Intake(house, home.intake.ports, replace(home.intake.desk, law_digest=house.law.digest))
        codes = {}
        for start in range(0, len(submissions), GROUP):
            for one in intake.take(submissions[start : start + GROUP]).recorded:
                codes[one.message_id] = "" if one.permit else one.code
        desks = {code: Desk() for code in house.law.routes.endpoints}
        Dispatcher(house, home.journal, intake, home.clock, silent).round(desks)
        waiting = Counter({name: sum(states.values()) for name, states in home.journal.tally().items()})
        offered = {name for name, desk in desks.items() if desk.taken}
    assert offered == {name for name, count in waiting.items() if count}
    return Outcome(codes, waiting)


def _juki(paths: HomePaths) -> Identity:
    own = paths.endpoint("juki")
    pair = pki.read_identity(own.key, own.certificate)
    trust = LogTrust(CONFIG.origin, paths.root_verifier.read_text().strip(), paths.key_list.read_text())
    keys = own.subject_key.read_bytes(), own.store_key.read_bytes()
    return Identity("juki", CONFIG.zone, CONFIG.tenant, CONFIG.environment, pair.certificate, pair.key, *keys, trust)


def _draft(message: PlannedMessage, juki: Identity) -> Draft:
    payload = message.payload()
    if payload is None:
        raise ValueError("a message of 住記 has a payload")
    return Draft(
        flow=message.flow,
        type=message.type,
        version=1,
        recipient=message.recipient,
        basis=message.basis,
        subjects=(juki.subject(message.recipient, message.person),),
        payload=payload,
        created_at=message.event.at,
        conversation_id=message.conversation_id,
        message_id=message.message_id,
        operator=Automaton("juki").acting("IDOU", "異動の届出"),
    )
