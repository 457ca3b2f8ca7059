"""hub.observe: what happened is told under stable names, counted, says nothing of persons, and changes nothing."""

from __future__ import annotations

import ast
import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from connectors.juki import subscriptions
from connectors.juki.messages import PlannedMessage, Planner
from connectors.juki.town import Town
from hub import envelope, xmlsig
from hub.app import endpoints, law
from hub.app.confirming import enrol
from hub.app.endpoints import Letter
from hub.app.evidence import open_archive
from hub.app.founding import Founding, found
from hub.app.opening import OpenHome, open_home
from hub.app.paths import HomePaths
from hub.codes import dup, msg
from hub.config import Config
from hub.dispatcher import Dispatcher
from hub.edges import resources
from hub.edges.clock import SimulatedClock
from hub.messages import Delivery, Level, Operator, Recorded, Returned, Submission
from hub.observe import EVENTS, Metrics, Observers, log_lines, silent
from hub.ports import Observer
from hub.statements import Role
from hub.xmlsig.precheck import parse

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)
OPERATOR = Operator("S-見本太郎", "戸籍住民課", "T-1", "TEST", "試験の理由", "password+token", bytes(32))
# What an event may say. A new name here is a decision: is it an id, a code, a count, or the name of a part of the house?
FACTS = frozenset(
    {
        *("message", "conversation", "index", "entry", "code", "state", "recipient", "endpoint"),
        *("size", "entries", "retention", "count", "action", "name", "exit", "place", "kind"),
        *("part", "failures", "found", "status", "verified_at", "stamped_at", "ahead"),
    }
)
Event = tuple[str, dict[str, str | int | float]]


@cache
def tax() -> PlannedMessage:
    """An 異動情報 for the tax system, of a synthetic day."""
    provisions = law.load_provisions()
    planner = Planner(provisions, subscriptions.load(subscriptions.read_own(), provisions))
    events = Town(5, 120, 160, date(2026, 4, 1)).events
    return next(one for event in events for one in planner.messages(event) if one.recipient == "zei")


@cache
def body() -> bytes:
    payload = tax().payload()
    assert payload is not None
    return etree.tostring(payload, encoding="UTF-8")


def signed(paths: HomePaths, **changes: object) -> Submission:
    """A message to the tax system that is permitted, unless a change of its letter says otherwise."""
    said: dict[str, object] = {
        "table": tax().basis.table,
        "item": tax().basis.item,
        "subject": endpoints.fresh_subject(),
    }
    letter = Letter("juki", "zei", "JK-CHG", 1, operator=OPERATOR, **(said | changes))  # type: ignore[arg-type]
    return endpoints.sign(paths, letter, body(), law.load_provisions(), NOW)[1]


def again(paths: HomePaths, first: Submission) -> Submission:
    """The same message under the same id, signed once more: other bytes."""
    root, pair = parse(first.raw), endpoints.identity(paths, "juki")
    document = envelope.build(envelope.parse_header(root), envelope.payload_of(root))
    return Submission(xmlsig.sign(document, pair.key, pair.certificate), first.operator, first.channel)


class Receiver:
    """Takes what it is offered, and gives back what it is told to."""

    def __init__(self) -> None:
        self.taken: list[Delivery] = []
        self.back: list[Returned] = []

    def capacity(self) -> int:
        return 10

    def offer(self, deliveries: Sequence[Delivery]) -> None:
        self.taken += deliveries

    def returned(self) -> list[Returned]:
        back, self.back = self.back, []
        return back


@pytest.fixture
def paths(tmp_path: Path) -> HomePaths:
    """A new development home."""
    return found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), NOW - timedelta(hours=1)))


def four(home: OpenHome) -> tuple[Recorded, ...]:
    """One accepted, one refused, one repeated and one conflicting message."""
    good = signed(home.paths)
    stale = signed(home.paths, expires_at=NOW - timedelta(seconds=1))
    return home.intake.take([good, stale, good, again(home.paths, good)]).recorded


def a_day(home: OpenHome) -> Iterator[str]:
    """The ways of a message through one home, each by its conversation."""
    receiver, dispatcher = Receiver(), Dispatcher(home.house, home.journal, home.intake, home.clock, home.observe, ())
    recorded = four(home)
    yield recorded[0].message_id
    dispatcher.round({"zei": receiver})
    endpoints.answer_delivery(home, "zei", receiver.taken[0], Level.PARTNER_CONFIRMED, "", OPERATOR)
    dispatcher.look()
    failing = home.intake.take([signed(home.paths)]).recorded[0]
    yield failing.message_id
    dispatcher.round({"zei": receiver})
    receiver.back = [Returned(failing.index, msg.SURPRISE.id)]
    dispatcher.round({"zei": receiver})
    ending = home.intake.take([signed(home.paths, expires_at=NOW + timedelta(hours=1))]).recorded[0]
    yield ending.message_id
    assert isinstance(home.clock, SimulatedClock)
    home.clock.advance_to(NOW + timedelta(hours=2))
    dispatcher.round({"zei": receiver})
    enrol(home, "見本 花子", Role.APPROVER, "S-7")


@pytest.fixture
def day(paths: HomePaths) -> tuple[list[Event], list[str]]:
    """The events of that day, and its conversations."""
    events: list[Event] = []
    with open_home(paths.root, SimulatedClock(NOW), lambda event, /, **facts: events.append((event, facts))) as home:
        return events, list(a_day(home))


class TestNames:
    def test_each_is_emitted_and_nothing_else_is(self) -> None:
        """Read from the code of hub and connectors: a name without an emitter promises what nobody hears."""
        assert {name for call in emissions() for name in names(call)} == EVENTS

    def test_facts_have_these_names_and_no_others(self) -> None:
        """A name of a member of a message (氏名, subject, staff …) is none of them."""
        said = {keyword.arg for call in emissions() for keyword in call[0].keywords if keyword.arg is not None}

        assert said | {"kind"} == FACTS  # `kind` comes by way of a worker's own `**facts`


class TestEvents:
    def test_a_delivery_is_found_by_its_conversation(self, day: tuple[list[Event], list[str]]) -> None:
        """Offered, settled, and ended undelivered: each names the conversation of the message, not that of its answer."""
        events, (first, failing, ending) = day
        of_first, of_failing, of_ending = (
            [name for name, facts in events if facts.get("conversation") == one] for one in (first, failing, ending)
        )

        assert of_first == [
            *("message.accepted", "message.conflict", "message.repeated", "delivery.offered", "delivery.settled")
        ]
        assert of_failing == ["message.accepted", "delivery.offered"]
        assert of_ending == ["message.accepted", "delivery.refused"]

    def test_says_nothing_of_persons(self, day: tuple[list[Event], list[str]]) -> None:
        """No word of the payload, of the operator, of a registered person, nor a Subject: as a fact, and as a line of the log."""
        stream = io.StringIO()
        hear = log_lines(stream, "kikan", "test")
        for name, facts in day[0]:
            hear(name, **facts)
        words = {text for text in etree.fromstring(body()).itertext() if len(text.strip()) > 2}
        words |= {OPERATOR.staff, OPERATOR.reason, OPERATOR.department, "見本", "S-7"}

        assert len(words) > 10
        assert [word for word in words if word in stream.getvalue()] == []
        assert {name for line in stream.getvalue().splitlines() for name in json.loads(line)} <= FACTS | {
            *("at", "event", "zone", "process")
        }


class TestMetrics:
    def test_count_each_outcome_once(self, paths: HomePaths) -> None:
        """One accepted, one refused, one repeated and one conflicting message, each under its outcome and code."""
        metrics = Metrics("kikan")
        with open_home(paths.root, SimulatedClock(NOW), metrics) as home:
            four(home)
            size = home.intake.tree.size
        said = {
            tuple(sample.labels.values()): sample.value
            for family in metrics.registry.collect()
            for sample in family.samples
            if sample.name == "juki_hub_messages_total"
        }

        assert said == {
            ("kikan", "accepted", ""): 1,
            ("kikan", "refused", msg.EXPIRED.id): 1,
            ("kikan", "repeated", ""): 1,
            ("kikan", "conflict", dup.OTHER_BYTES.id): 1,
        }
        assert metrics.registry.get_sample_value("juki_hub_log_size", {"zone": "kikan"}) == size == 4

    def test_count_deliveries_by_recipient_and_end(self, paths: HomePaths) -> None:
        """What was offered, confirmed, given up and expired."""
        metrics = Metrics("kikan")
        with open_home(paths.root, SimulatedClock(NOW), metrics) as home:
            list(a_day(home))
        said = {
            state: metrics.registry.get_sample_value(
                "juki_hub_deliveries_total", {"zone": "kikan", "recipient": "zei", "state": state}
            )
            for state in ("offered", "acknowledged", "held", "expired", "refused")
        }

        assert said == {"offered": 2, "acknowledged": 1, "held": 1, "expired": 1, "refused": None}


class TestObservers:
    def test_one_that_raises_changes_neither_receipt_nor_log(self, paths: HomePaths) -> None:
        """The same messages with and without it: the same outcomes, a log that verifies; each failure is counted."""

        def broken(event: str, /, **facts: object) -> None:
            raise RuntimeError(event)

        heard: list[str] = []
        observe = Observers([broken, lambda event, /, **_: heard.append(event)])
        outcomes = []
        for one in (observe, silent):
            with open_home(paths.root, SimulatedClock(NOW), one) as home:
                outcomes.append([(got.permit, got.code, got.repeated, bool(got.receipt)) for got in four(home)])
        with open_archive(paths.root) as archive:
            report = archive.verify(())

        assert (
            outcomes[0]
            == outcomes[1]
            == [
                *((True, "", False, True), (False, msg.EXPIRED.id, False, True), (True, "", True, True)),
                (False, dup.OTHER_BYTES.id, False, True),
            ]
        )
        assert (report.ok, report.size) == (True, 7)
        assert observe.failures == len(heard) > 4

    def test_silence_is_an_observer(self) -> None:
        """It hears, and does nothing."""
        hear: Observer = silent
        hear("message.accepted", index=1)


def emissions() -> Iterator[tuple[ast.Call, ast.AST]]:
    """Every call of an observer in hub and connectors that names an event, with the function that holds it."""
    for path in sorted(file for top in ("hub", "connectors") for file in (ROOT / top).rglob("*.py")):
        for holder in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(holder, ast.FunctionDef):
                for call in ast.walk(holder):
                    if isinstance(call, ast.Call) and _called(call.func) and call.args and names((call, holder)):
                        yield call, holder


def names(found: tuple[ast.Call, ast.AST]) -> frozenset[str]:
    """The events that a call can name: a word that stands there, or what its variable is given in the same function."""
    call, holder = found
    first = call.args[0]
    given: list[ast.AST] = [first]
    if isinstance(first, ast.Name):
        given = [
            node.value
            for node in ast.walk(holder)
            if isinstance(node, ast.Assign)
            and any(isinstance(one, ast.Name) and one.id == first.id for one in node.targets)
        ]
    branches = [part for one in given for part in ((one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,))]
    return frozenset(part.value for part in branches if isinstance(part, ast.Constant) and isinstance(part.value, str))


def _called(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in {"observe", "_observe", "observer", "_observer"}
