"""A refusal is explained to its submitter and to nobody else: which rule, where and what shape, never a value of the message."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from lxml import etree
from typer.testing import CliRunner

from hub import envelope, xmlsig
from hub.app import endpoints, law
from hub.app.endpoints import Letter, operator_file
from hub.app.founding import Founding, found
from hub.app.opening import OpenHome, open_home
from hub.app.paths import HomePaths
from hub.cli.app import root
from hub.codes import catalogue, msg, rte, sig, xsd
from hub.config import Config
from hub.edges import resources
from hub.edges.clock import SimulatedClock, SystemClock
from hub.edges.socket import Client
from hub.errors import Code, Refused
from hub.messages import ANSWER_TYPE, HUB, Answer, AnswerLine, Header, Level, Observation, Operator, Submission
from hub.observe import silent
from hub.routes import Routes
from hub.xmlsig.precheck import parse
from tests.owning import owner
from tests.samples import kojin_bangou

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)

OPERATOR = Operator("S1", "戸籍住民課", "T-1", "TEST", "試験", "password+token", bytes(32))
EXAMPLE = (Path(__file__).resolve().parents[2] / "docs" / "examples" / "atena-touroku.xml").read_bytes()
# A person, in each of the forms that some place of a message takes.
NAME, LATIN, CODE, NUMBER = "足立花子", "hanako", "HANAKO", kojin_bangou(97)
PERSON = (NAME, LATIN, CODE, NUMBER)
Change = Callable[[Header, etree._Element], tuple[Header, etree._Element]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenHome]:
    """One home for all; each message has an id of its own."""
    place = tmp_path_factory.mktemp("explanations") / "home"
    paths = found(Founding(place, CONFIG, resources.routing_file(), NOW - timedelta(hours=1)))
    with open_home(paths.root, SimulatedClock(NOW), silent) as opened:
        yield opened


def permitted(paths: HomePaths, now: datetime = NOW) -> Submission:
    way = ("juki", "atena", "AT-REG", 1, "statutes", "bangou-9-1")
    letter = Letter(*way, endpoints.fresh_subject(), OPERATOR)
    return endpoints.sign(paths, letter, EXAMPLE, law.load_provisions(), now)[1]


def changed(paths: HomePaths, change: Change, now: datetime = NOW) -> Submission:
    """A message that was permitted before `change`, signed after it."""
    first = permitted(paths, now)
    document, pair = parse(first.raw), endpoints.identity(paths, "juki")
    header, payload = change(envelope.parse_header(document), envelope.payload_of(document))
    return replace(first, raw=xmlsig.sign(envelope.build(header, payload), pair.key, pair.certificate))


def headed(header: Header, payload: etree._Element, **changes: object) -> tuple[Header, etree._Element]:
    return replace(header, **changes), payload  # type: ignore[arg-type]


def based(header: Header, payload: etree._Element, **changes: str) -> tuple[Header, etree._Element]:
    assert header.basis is not None
    return replace(header, basis=replace(header.basis, **changes)), payload


def surplus(header: Header, payload: etree._Element) -> tuple[Header, etree._Element]:
    etree.SubElement(payload, f"{{{etree.QName(payload).namespace}}}{NAME}").text = NUMBER
    return header, payload


def renamed(header: Header, payload: etree._Element) -> tuple[Header, etree._Element]:
    payload.tag = f"{{{etree.QName(payload).namespace}}}{NAME}"
    return header, payload


def with_attribute(header: Header, payload: etree._Element, name: str) -> tuple[Header, etree._Element]:
    payload[0].set(name, NUMBER)
    return header, payload


def written(header: Header, payload: etree._Element, text: str) -> tuple[Header, etree._Element]:
    payload[0].text = text
    return header, payload


def between(header: Header, payload: etree._Element) -> tuple[Header, etree._Element]:
    payload[0].tail = NAME
    return header, payload


def answering(header: Header, _: etree._Element) -> tuple[Header, etree._Element]:
    line = AnswerLine(header.message_id, "0" * 64, Level.PARTNER_CONFIRMED)
    payload = envelope.build_answer(Answer(CONFIG.origin, 0, base64.b64encode(bytes(32)).decode(), (line,)))
    return replace(header, type=ANSWER_TYPE, recipient=NAME, basis=None, subjects=()), payload


def observing(header: Header, _: etree._Element) -> tuple[Header, etree._Element]:
    payload = envelope.build_observation(Observation(CODE, LATIN, NOW, "0" * 64))
    return replace(header, type="OB-SEEN", recipient=HUB, basis=None, subjects=()), payload


PLACES: dict[str, tuple[Change, Code | None]] = {
    "recipient": (partial(headed, recipient=NAME), rte.UNKNOWN_ENDPOINT),
    "recipient of an answer": (answering, rte.NO_ROUTE),
    "type": (partial(headed, type=f"AA-{CODE}"), xsd.UNKNOWN_TYPE),
    "subject": (partial(headed, subjects=(f"{NUMBER}-{NUMBER}",)), msg.SUBJECT_IS_NUMBER),
    "no recipient at all": (partial(headed, recipient=f"{NAME}!"), xsd.BAD_VALUE),
    "table": (partial(based, table=LATIN), None),
    "item": (partial(based, item=NAME), None),
    "affair": (partial(based, affair=NAME), None),
    "information": (partial(based, information=NAME), None),
    "kind": (partial(based, kind=NAME), xsd.BAD_ATTRIBUTE),
    "flow of an observation": (observing, msg.OBSERVER),
    "name of an item": (surplus, xsd.UNEXPECTED_ELEMENT),
    "name of the payload": (renamed, xsd.WRONG_ROOT),
    "name of an attribute": (partial(with_attribute, name=NAME), xsd.BAD_ATTRIBUTE),
    "value": (partial(written, text=f"{NAME}{NUMBER}"), xsd.BAD_VALUE),
    "text between items": (between, xsd.STRAY_TEXT),
}


class TestFacts:
    @pytest.mark.parametrize("place", sorted(PLACES))
    def test_hold_nothing_of_a_person(self, home: OpenHome, place: str) -> None:
        """A name or a number, wherever a sender can write it, is in no fact; what is refused is explained in whole sentences."""
        change, code = PLACES[place]
        (recorded,) = home.intake.take([changed(home.paths, change)]).recorded
        known = catalogue()[recorded.code]

        assert not recorded.permit
        assert code is None or recorded.code == code.id
        assert not [one for one in PERSON if one in repr(dict(recorded.facts))]
        assert known.told(recorded.facts) == known.text(recorded.facts)

    @pytest.mark.parametrize("member", ["staff", NAME])
    def test_nor_of_an_operator(self, home: OpenHome, member: str) -> None:
        """The operator part, with a member that is empty, and with one that has a person's name."""
        first = permitted(home.paths)
        part = {**json.loads(first.operator), "reason": NAME, member: ""}
        sent = replace(
            first, operator=json.dumps(part, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        )
        (recorded,) = home.intake.take([sent]).recorded

        assert recorded.code == msg.OPERATOR_FORM.id
        assert not [one for one in PERSON if one in repr(dict(recorded.facts))]

    @pytest.mark.parametrize("old", [b"<MessageId>", b"<?xml", b"</Envelope>"])
    def test_nor_of_bytes_that_nobody_signed(self, home: OpenHome, old: bytes) -> None:
        """A name in front of anything, which breaks the form or the signature."""
        first = permitted(home.paths)
        (recorded,) = home.intake.take([replace(first, raw=first.raw.replace(old, NAME.encode() + old))]).recorded

        assert not recorded.permit
        assert not [one for one in PERSON if one in repr(dict(recorded.facts))]

    def test_nor_of_a_way_that_is_forbidden(self, home: OpenHome) -> None:
        """The ends of a forbidden connection show where this zone or the document knows them."""
        routes: Routes = home.house.law.routes
        with pytest.raises(Refused) as refused:
            routes.find("juki", NAME, "HK-UPD", 1)

        assert refused.value.facts["way"] == "juki → Header/Recipient HK-UPD"

    def test_a_version_that_is_not_there_names_its_type(self, home: OpenHome) -> None:
        """A type of the catalogue is no stranger's text."""
        (recorded,) = home.intake.take([changed(home.paths, partial(headed, version=9))]).recorded

        assert (recorded.code, dict(recorded.facts)) == (xsd.UNKNOWN_TYPE.id, {"type": "AT-REG", "version": 9})


class TestWhoIsTold:
    def test_the_submitter_alone(self, tmp_path: Path) -> None:
        """Neither the entry nor the receipt nor the journal nor a line of the log holds the explanation."""
        paths = found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), NOW - timedelta(hours=1)))
        lines: list[str] = []

        def noted(event: str, /, **facts: str | float) -> None:
            lines.append(f"{event} {facts}")

        with open_home(paths.root, SimulatedClock(NOW), noted) as opened:
            (recorded,) = opened.intake.take([changed(paths, partial(written, text=NAME))]).recorded
            entry = repr(opened.entry(recorded.index))
        stored = b"".join(file.read_bytes() for file in paths.journal.rglob("*") if file.is_file())

        assert set(recorded.facts) == {"path", "rule", "expected", "found"}
        for fact in (str(one) for name, one in recorded.facts.items() if name != "rule"):
            assert fact not in "".join((entry, recorded.receipt, repr(recorded), *lines))
            assert fact.encode() not in stored

    def test_again_where_it_is_judged_again(self, home: OpenHome) -> None:
        """The same bytes: the first receipt, and the same explanation; within one group too."""
        sent = changed(home.paths, surplus)
        first, twice = home.intake.take([sent, sent]).recorded
        (again,) = home.intake.take([sent]).recorded

        assert (first.facts["found"], first.repeated) == ("?", False)
        for one in (twice, again):
            assert (one.repeated, one.receipt, one.facts) == (True, first.receipt, first.facts)

    def test_not_where_it_would_be_refused_otherwise_today(self, home: OpenHome) -> None:
        """A message that has grown stale meanwhile keeps its first code, and that is not explained by other facts."""
        sent = changed(home.paths, surplus)
        (first,) = home.intake.take([sent]).recorded
        clock = home.clock
        assert isinstance(clock, SimulatedClock)
        clock.advance_to(NOW + timedelta(days=40))
        (again,) = home.intake.take([sent]).recorded

        assert (again.code, again.repeated, dict(again.facts)) == (first.code, True, {})
        assert "?" not in catalogue()[again.code].told(again.facts)


@contextmanager
def nobody(_home: Path) -> Iterator[None]:
    yield


class TestCommand:
    @pytest.mark.parametrize("owned", [nobody, owner])
    def test_says_what_is_wrong(self, tmp_path: Path, owned: Callable[[Path], object]) -> None:
        """`hub submit` names path, place, and what is expected, whether a process owns the home or not; JSON has the facts."""
        now = SystemClock().now()
        paths = found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), now - timedelta(hours=1)))
        sent, file = changed(paths, surplus, now), tmp_path / "m.xml"
        file.write_bytes(sent.raw)
        operator_file(file).write_bytes(sent.operator)
        broken = tmp_path / "n.xml"
        broken.write_bytes(permitted(paths, now).raw.replace(b"<MessageId>", b"<MessageId >"))

        def run(*words: str) -> tuple[int, str]:
            done = CliRunner().invoke(root, [*words, "--home", str(paths.root)])
            return done.exit_code, done.stdout

        with owned(paths.root):  # type: ignore[attr-defined]
            code, out = run("submit", str(file))
            said = json.loads(run("submit", str(file), "--json")[1])
            unsigned = json.loads(run("submit", str(broken), "--json")[1])

        facts = said["facts"]
        assert (code, facts["path"], facts["found"]) == (3, "/宛名登録", "?")
        assert said["text"] == xsd.UNEXPECTED_ELEMENT.text(facts)
        assert said["text"] in out
        assert (unsigned["code"], unsigned["facts"]) == (sig.NOT_CANONICAL.id, {"place": "document"})
        assert unsigned["text"] == "電文が正規形ではありません(document)"

    def test_a_code_alone_is_a_whole_sentence(self, tmp_path: Path) -> None:
        """What the owner finds in its log long after has no facts: the sentence leaves their places out."""
        now = SystemClock().now()
        paths = found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), now - timedelta(hours=1)))
        sent = changed(paths, surplus, now)
        with owner(paths.root):
            client = Client(paths.socket)
            encoded = {"xml": base64.b64encode(sent.raw).decode(), "operator": base64.b64encode(sent.operator).decode()}
            told = client.call({"op": "submit", **encoded})
            found_ = client.call({"op": "find", "digest": hashlib.sha256(sent.raw).hexdigest()})
            client.close()

        assert (told["code"], found_["code"]) == (xsd.UNEXPECTED_ELEMENT.id, xsd.UNEXPECTED_ELEMENT.id)
        assert (bool(told["facts"]), found_["facts"]) == (True, {})
        assert xsd.UNEXPECTED_ELEMENT.told({}) == "置けない要素があります"
