"""Holds and releases on a real home: what fails stops its own lane, two persons let it go on, and the log says so."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from lxml import etree
from typer.testing import CliRunner

from connectors.juki import subscriptions
from connectors.juki.messages import PlannedMessage, Planner
from connectors.juki.town import Town
from connectors.kit.partner import Effect
from connectors.zei import columns
from connectors.zei import connector as zei_connector
from hub import envelope
from hub.app import confirmations, endpoints, holding, law
from hub.app.asking import ask
from hub.app.confirmations import Confirmation
from hub.app.endpoints import Letter
from hub.app.evidence import open_archive
from hub.app.founding import Founding, found
from hub.app.opening import OpenHome, open_home
from hub.app.paths import HomePaths
from hub.app.register import add_person, personal_key
from hub.cli.app import root
from hub.codes import hld, kit, per
from hub.config import Config
from hub.edges import resources
from hub.edges.clock import SimulatedClock, SystemClock
from hub.errors import Misconfigured, Refused
from hub.exchangelog.entry import Hold, Release
from hub.masking import MASK
from hub.messages import Delivery, Level, Operator, Returned, Submission
from hub.observe import silent
from hub.statements import Act, Role, Statement
from hub.xmlsig.precheck import parse
from tests import samples
from tests.owning import owner

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)
ALICE, BOB = endpoints.fresh_subject(), endpoints.fresh_subject()
OPERATOR = Operator("S1", "戸籍住民課", "T-1", "TEST", "試験", "password+token", bytes(32))


class Desk:
    """A connector that takes everything and gives back what a test says."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.back: list[Returned] = []

    def capacity(self) -> int:
        return 10

    def offer(self, deliveries: Sequence[Delivery]) -> None:
        self.taken += [one.index for one in deliveries]

    def returned(self) -> Sequence[Returned]:
        back, self.back = self.back, []
        return back


@pytest.fixture(scope="module")
def tax() -> PlannedMessage:
    """An 異動情報 for the tax system, of a synthetic day."""
    provisions = law.load_provisions()
    planner = Planner(provisions, subscriptions.load(subscriptions.read_own(), provisions))
    events = Town(5, 120, 160, date(2026, 4, 1)).events
    return next(one for event in events for one in planner.messages(event) if one.recipient == "zei")


@pytest.fixture
def paths(tmp_path: Path) -> HomePaths:
    """A new development home with two approvers, an operator and an auditor; an approver who operates, one without a number."""
    made = found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), NOW - timedelta(hours=1)))
    for name, role in (("甲", Role.APPROVER), ("乙", Role.APPROVER), ("丙", Role.OPERATOR), ("丁", Role.AUDITOR)):
        add_person(made, name, role, f"S900{name}")
    add_person(made, "戊", Role.APPROVER, OPERATOR.staff)
    add_person(made, "己", Role.APPROVER)
    return made


@pytest.fixture
def home(paths: HomePaths) -> Iterator[OpenHome]:
    """That home, opened."""
    with open_home(paths.root, SimulatedClock(NOW), silent) as opened:
        yield opened


@pytest.fixture
def three(home: OpenHome, tax: PlannedMessage) -> list[int]:
    """Three deliveries: two about one person, one about another; by index."""
    return accepted(home, [signed(home.paths, tax, who, NOW) for who in (ALICE, ALICE, BOB)])


def signed(
    paths: HomePaths, tax: PlannedMessage, subject: str, at: datetime, corrects: str | None = None
) -> Submission:
    payload = tax.payload()
    if payload is None:
        raise ValueError("the tax system's message has a payload")
    way = ("juki", "zei", "JK-CHG", 1, tax.basis.table, tax.basis.item)
    letter = Letter(*way, subject, OPERATOR, corrects=corrects)
    return endpoints.sign(paths, letter, etree.tostring(payload, encoding="UTF-8"), law.load_provisions(), at)[1]


def accepted(home: OpenHome, messages: Sequence[Submission]) -> list[int]:
    recorded = home.intake.take(messages).recorded
    assert all(one.permit for one in recorded)
    return [one.index for one in recorded]


def fail(home: OpenHome, desk: Desk, index: int, *, hold: bool = False) -> None:
    desk.back.append(Returned(index, kit.ROOM_SURPRISE.id, hold))
    home.dispatcher.round({"zei": desk})


def statement(home: OpenHome, act: Act, index: int, reason: str = "原因を取り除いた") -> Statement:
    ids = {one.index: one.message_id for one in home.journal.stopped()}
    ids |= {one.index: one.message_id for one in waiting(home)}
    message_id = ids[index]
    (standing,) = home.journal.standing(message_id)
    return holding.statement(home.config, home.clock, act, standing, reason)


def waiting(home: OpenHome, endpoint: str = "zei") -> Sequence[Delivery]:
    """What is ready, whether it was handed over or not."""
    return [one.delivery for one in home.journal.ready([endpoint], (), home.clock.now(), 10)]


def act(home: OpenHome, said: Statement, name: str) -> int | None:
    return holding.act(home, said, said.signed(personal_key(home.paths, name))).index


class TestFailure:
    def test_holds_its_own_lane_after_three_attempts(self, home: OpenHome, three: list[int]) -> None:
        """The first of a lane is offered three times and then held; what stands behind it waits, the other lane goes."""
        desk = Desk()
        home.dispatcher.round({"zei": desk})
        for _ in range(3):
            fail(home, desk, three[0])
        home.dispatcher.round({"zei": desk})

        assert desk.taken == [three[0], three[2], three[0], three[0]]
        assert home.journal.tally() == {"zei": {"failed": 1, "pending": 2}}
        (stopped,) = home.journal.stopped()
        assert (stopped.index, stopped.state, stopped.code, stopped.behind) == (
            three[0],
            "failed",
            kit.ROOM_SURPRISE.id,
            1,
        )
        entry = home.entry(stopped.hold or 0)
        assert isinstance(entry, Hold)
        assert (entry.entry, entry.code, entry.keys) == (three[0], kit.ROOM_SURPRISE.id, ())

    def test_pauses_between_attempts_on_a_running_clock(self, home: OpenHome, three: list[int]) -> None:
        """With real pauses the delivery is not offered again until its time."""
        clock = home.clock
        assert isinstance(clock, SimulatedClock)
        desk = Desk()
        dispatcher = type(home.dispatcher)(home.house, home.journal, home.intake, clock, silent)
        dispatcher.round({"zei": desk})
        desk.back.append(Returned(three[0], kit.ROOM_SURPRISE.id))
        dispatcher.round({"zei": desk})
        assert desk.taken == [three[0], three[2]]

        clock.advance_to(NOW + timedelta(seconds=2))
        dispatcher.round({"zei": desk})
        assert desk.taken == [three[0], three[2], three[0]]

    def test_holds_at_once_what_only_a_person_can_tell(self, home: OpenHome, three: list[int]) -> None:
        """A partner in doubt is not asked again by itself."""
        desk = Desk()
        home.dispatcher.round({"zei": desk})
        fail(home, desk, three[0], hold=True)

        assert home.journal.tally() == {"zei": {"held": 1, "pending": 2}}
        assert not home.dispatcher.in_hand(three[0])

    def test_a_late_answer_ends_it(self, home: OpenHome, three: list[int]) -> None:
        """What the recipient did is done: its answer is taken though the delivery is held, and the lane goes on."""
        desk = Desk()
        home.dispatcher.round({"zei": desk})
        (first,) = [one for one in waiting(home) if one.index == three[0]]
        fail(home, desk, three[0], hold=True)
        late = endpoints.answer_delivery(home, "zei", first, Level.PARTNER_CONFIRMED, "", OPERATOR)
        home.dispatcher.round({"zei": desk})

        assert late.permit
        assert home.journal.tally() == {"zei": {"acknowledged": 1, "pending": 2}}
        assert desk.taken[-1] == three[1]

    def test_what_a_stranger_gives_back_is_passed_over(self, home: OpenHome, three: list[int]) -> None:
        """Only who has a delivery in hand can fail it."""
        desk, other = Desk(), Desk()
        home.dispatcher.round({"zei": desk})
        other.back.append(Returned(three[0], kit.ROOM_SURPRISE.id, hold=True))
        home.dispatcher.round({"介護保険課": other})

        assert home.journal.stopped() == ()


class TestRelease:
    def test_takes_two_persons_and_stands_in_the_log(self, home: OpenHome, three: list[int]) -> None:
        """One signature changes nothing; the second lets it go on, and the entry names both keys and the statement."""
        desk = Desk()
        home.dispatcher.round({"zei": desk})
        fail(home, desk, three[0], hold=True)
        said = statement(home, Act.RELEASE, three[0])

        assert act(home, said, "甲") is None
        home.dispatcher.round({"zei": desk})
        assert desk.taken == [three[0], three[2]]
        index = act(home, said, "乙")
        home.dispatcher.round({"zei": desk})

        assert desk.taken == [three[0], three[2], three[0]]
        entry = home.entry(index or 0)
        assert isinstance(entry, Release)
        keys = sorted(said.signed(personal_key(home.paths, name)).key for name in ("甲", "乙"))
        assert (entry.entry, entry.statement, list(entry.keys)) == (three[0], said.id, keys)

    @pytest.mark.parametrize(
        ("name", "code"), [("丙", per.WRONG_ROLE), ("丁", per.WRONG_ROLE)], ids=["operator", "auditor"]
    )
    def test_needs_approvers(self, home: OpenHome, three: list[int], name: str, code: object) -> None:
        """Neither an operator nor an auditor releases."""
        desk = Desk()
        home.dispatcher.round({"zei": desk})
        fail(home, desk, three[0], hold=True)

        with pytest.raises(Refused) as refused:
            act(home, statement(home, Act.RELEASE, three[0]), name)
        assert refused.value.code is code

    def test_one_person_twice_is_one_person(self, home: OpenHome, three: list[int]) -> None:
        """The same key again changes nothing."""
        desk = Desk()
        home.dispatcher.round({"zei": desk})
        fail(home, desk, three[0], hold=True)
        said = statement(home, Act.RELEASE, three[0])

        assert [act(home, said, "甲"), act(home, said, "甲")] == [None, None]
        assert len(home.journal.stopped()) == 1

    def test_counts_for_one_hold_only(self, home: OpenHome, three: list[int]) -> None:
        """A delivery that fails again needs a new statement of two persons."""
        desk = Desk()
        home.dispatcher.round({"zei": desk})
        fail(home, desk, three[0], hold=True)
        said = statement(home, Act.RELEASE, three[0])
        assert [act(home, said, name) is None for name in ("甲", "乙")] == [True, False]
        home.dispatcher.round({"zei": desk})
        fail(home, desk, three[0], hold=True)

        with pytest.raises(Misconfigured) as refused:
            act(home, said, "甲")
        assert refused.value.code is hld.NOT_STOPPED
        assert len(home.journal.stopped()) == 1

    def test_speaks_of_one_message_only(self, home: OpenHome, three: list[int]) -> None:
        """Another digest, or another log's name, is no statement about this hold."""
        desk = Desk()
        home.dispatcher.round({"zei": desk})
        fail(home, desk, three[0], hold=True)
        said = statement(home, Act.RELEASE, three[0])
        others = (
            Statement(said.act, said.about, "0" * 64, said.reason, said.origin, said.made_at),
            Statement(said.act, said.about, said.digest, said.reason, "juki-hub/131211/other", said.made_at),
            Statement(Act.CONFIRM, said.about, said.digest, said.reason, said.origin, said.made_at),
        )

        for other in others:
            with pytest.raises(Refused) as refused:
                act(home, other, "甲")
            assert refused.value.code is hld.OTHER_STATEMENT


class TestPuttingOnHold:
    def test_one_person_stops_what_was_not_handed_over(self, home: OpenHome, three: list[int]) -> None:
        """An operator holds it, its lane waits, two approvers let it go; the reason is in the private part alone."""
        index = act(home, statement(home, Act.HOLD, three[0], "本人から申出"), "丙")
        desk = Desk()
        home.dispatcher.round({"zei": desk})

        assert desk.taken == [three[2]]
        assert index is not None
        private = home.journal.secret(index, "private") or b""
        assert "本人から申出" in private[32:].decode("utf-8")
        said = statement(home, Act.RELEASE, three[0])
        for name in ("甲", "乙"):
            act(home, said, name)
        home.dispatcher.round({"zei": desk})
        assert desk.taken == [three[2], three[0]]

    def test_not_what_its_recipient_has_in_hand(self, home: OpenHome, three: list[int]) -> None:
        """Who has it may have done it already."""
        said = statement(home, Act.HOLD, three[0])
        home.dispatcher.round({"zei": Desk()})

        with pytest.raises(Refused) as refused:
            act(home, said, "甲")
        assert refused.value.code is hld.NOT_WAITING

    def test_survives_a_restart_and_the_log_verifies(self, paths: HomePaths, tax: PlannedMessage) -> None:
        """A held delivery is still held in the next process, and its entries verify."""
        with open_home(paths.root, SimulatedClock(NOW), silent) as opened:
            indexes = accepted(opened, [signed(paths, tax, ALICE, NOW)])
            act(opened, statement(opened, Act.HOLD, indexes[0]), "甲")
        with open_home(paths.root, SimulatedClock(NOW), silent) as opened:
            opened.dispatcher.round({"zei": (desk := Desk())})
            assert desk.taken == []
            assert [one.index for one in opened.journal.stopped()] == indexes
        with open_archive(paths.root) as archive:
            assert archive.verify(()).ok


@contextmanager
def nobody(_home: Path) -> Iterator[None]:
    """No process owns the home: the command does it itself."""
    yield


class TestCommands:
    @pytest.mark.parametrize("owned", [nobody, owner])
    def test_list_put_release(self, paths: HomePaths, tax: PlannedMessage, owned: Any) -> None:
        """The same answers whether a process owns the home or not."""
        now = SystemClock().now()
        with open_home(paths.root, SystemClock(), silent) as opened:
            accepted(opened, [signed(paths, tax, ALICE, now)])
            message = endpoints.inbox(opened, "zei")[0].message_id

        def run(*arguments: str) -> tuple[int, Any]:
            done = CliRunner().invoke(root, ["hold", *arguments, "--json", "--home", str(paths.root)])
            return done.exit_code, json.loads(done.stdout)

        with owned(paths.root):
            assert run("list") == (0, {"held": []})
            code, refused = run("put", message, "--person", "丙", "--reason", " ")
            assert (code, refused["error"]["code"]) == (2, hld.NO_REASON.id)
            code, refused = run("put", message, "--person", "丁", "--reason", "点検")
            assert (code, refused["error"]["code"]) == (3, per.WRONG_ROLE.id)
            assert run("put", message, "--person", "丙", "--reason", "点検")[0] == 0
            code, refused = run("put", message, "--person", "丙", "--reason", "点検")
            assert (code, refused["error"]["code"]) == (2, hld.NOT_WAITING.id)
            (held,) = run("list")[1]["held"]
            assert (held["message_id"], held["code"], held["approvals"]) == (message, hld.BY_PERSON.id, 0)
            code, refused = run("show", message, "--person", "丙", "--reason", "点検")
            assert (code, refused["error"]["code"]) == (3, per.WRONG_ROLE.id)
            shown = run("show", message, "--person", "丁", "--reason", "点検")[1]
            texts = {one["item"].rpartition("/")[2]: one["text"] for one in shown["items"]}
            assert texts["異動事由"]
            assert texts["個人番号"] == MASK
            assert run("release", message, "--person", "甲", "--reason", "済")[1]["index"] is None
            assert run("list")[1]["held"][0]["approvals"] == 1
            assert run("release", message, "--person", "乙")[1]["index"] is not None
            assert run("list") == (0, {"held": []})
            code, refused = run("release", message, "--person", "甲", "--reason", "済")
            assert (code, refused["error"]["code"]) == (2, hld.NOT_STOPPED.id)


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that says one line when it is ready and ends when its standard input closes."""
    command = [sys.executable, "-m", *arguments, "--watch-stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as made:
        assert made.stdout is not None
        assert made.stdout.readline().startswith("ready")
        yield made
        assert made.stdin is not None
        made.stdin.close()
        assert made.wait(60) == 0


class TestRunningZone:
    def test_a_partner_in_doubt_stops_one_lane_only(self, paths: HomePaths, tax: PlannedMessage) -> None:
        """The tax system did something else under the first MessageId: that message is held, the other person's arrives."""
        now = SystemClock().now()
        with open_home(paths.root, SystemClock(), silent) as opened:
            messages = [signed(paths, tax, who, now) for who in (ALICE, ALICE, BOB)]
            accepted(opened, messages)
            first, second, other = (envelope.parse_header(parse(one.raw)).message_id for one in messages)
        sockets = paths.root.parent / "partners"
        sockets.mkdir()
        zei = ("--ledger-dir", str(sockets / "effects"), "--socket", str(sockets / "zei.sock"), "--residents", "1")

        def states() -> dict[str, str]:
            found = [row for one in (first, second, other) for row in rows(paths, op="standing", message=one)]
            return {row["message_id"]: row["state"] for row in found}

        with process("connectors.zei.simulator", *zei):
            # The same record under this MessageId, but signed in other bytes: what was done, nobody can tell from here.
            content = columns.written(envelope.payload_of(parse(messages[0].raw)))
            other_bytes = hashlib.sha256(b"<other/>").hexdigest()
            zei_connector.partner(sockets / "zei.sock", "zei").perform([Effect(first, "JK-CHG", other_bytes, content)])
            with process("hub", "run", "--home", str(paths.root), "--partners", str(sockets)):
                wanted = {first: "held", second: "pending", other: "acknowledged"}
                waited(lambda: states() == wanted)
                (held,) = rows(paths, op="stopped")
                assert (held["code"], held["behind"]) == (kit.PARTNER_CONFLICT.id, 1)
                for name in ("甲", "乙"):
                    done = CliRunner().invoke(
                        root,
                        ["hold", "release", first, "--person", name, "--reason", "再試行", "--home", str(paths.root)],
                    )
                    assert done.exit_code == 0, done.output
                waited(lambda: held_by(paths) not in (None, held["hold"]))
                assert states() == wanted


def rows(paths: HomePaths, **request: str) -> list[dict[str, Any]]:
    """What the process that owns the home says of deliveries."""
    return cast(list[dict[str, Any]], ask(paths.root, request, holding.answer)["deliveries"])


def held_by(paths: HomePaths) -> int | None:
    """The entry that holds the only held delivery now."""
    found = rows(paths, op="stopped")
    return found[0]["hold"] if found else None


def waited(done: Callable[[], bool], patience: float = 60.0) -> None:
    """Until it is so; fails after `patience` seconds."""
    end = time.monotonic() + patience
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)


class TestNoAutomaticAnswer:
    @pytest.mark.parametrize(("flag", "state"), [("1", "held"), ("0", "pending")])
    def test_the_flag_holds_the_message_in_the_commit_that_permits_it(
        self, home: OpenHome, flag: str, state: str
    ) -> None:
        """C3: with 自動応答不可フラグ nothing goes out before two persons have looked; without it, everything as usual."""
        payload = samples.tree("CK-TKY", {"自動応答不可フラグ": flag})
        letter = Letter("chukan", "atena", "CK-TKY", 1, "statutes", "bangou-19-8-shounin", ALICE, OPERATOR)
        body = etree.tostring(payload, encoding="UTF-8")
        (index,) = accepted(home, [endpoints.sign(home.paths, letter, body, law.load_provisions(), NOW)[1]])
        home.dispatcher.round({"atena": (desk := Desk())})

        assert home.journal.tally() == {"atena": {state: 1}}
        assert desk.taken == ([] if flag == "1" else [index])
        if flag == "1":
            hold = home.entry(index + 1)
            assert isinstance(hold, Hold)
            assert (hold.entry, hold.code) == (index, hld.NO_AUTOMATIC_ANSWER.id)
            said = statement(home, Act.RELEASE, index)
            for name in ("甲", "乙"):
                with pytest.raises(Refused) as refused:
                    act(home, said, name)
                assert refused.value.code is hld.NOT_SEEN
                look(home, index, name)
                act(home, said, name)
            home.dispatcher.round({"atena": desk})
            assert desk.taken == [index]

    def test_another_persons_look_is_no_look(self, home: OpenHome) -> None:
        """C3: 甲 has looked at this hold; 乙, who has not, cannot sign its release, and a look at another hold does not count."""
        first, second = (self._held(home) for _ in range(2))
        look(home, first, "甲")
        look(home, second, "乙")

        with pytest.raises(Refused) as refused:
            act(home, statement(home, Act.RELEASE, first), "乙")
        assert refused.value.code is hld.NOT_SEEN

    def test_a_look_that_the_log_does_not_hold_is_no_look(self, home: OpenHome) -> None:
        """A file in confirmations/ that names an entry which says something else opens nothing."""
        index = self._held(home)
        said = statement(home, Act.REVEAL, index)
        forged = Confirmation(said, (said.signed(personal_key(home.paths, "甲")),), index)
        confirmations.write(home.paths, forged)

        with pytest.raises(Refused) as refused:
            act(home, statement(home, Act.RELEASE, index), "甲")
        assert refused.value.code is hld.NOT_SEEN

    def test_a_copied_statement_shows_nothing(self, home: OpenHome) -> None:
        """Who got hold of a signed look cannot look with it."""
        index = self._held(home)
        said = statement(home, Act.REVEAL, index)
        act(home, said, "甲")

        with pytest.raises(Refused) as refused:
            act(home, said, "甲")
        assert refused.value.code is hld.USED_STATEMENT

    def _held(self, home: OpenHome) -> int:
        payload = samples.tree("CK-TKY", {"自動応答不可フラグ": "1"})
        letter = Letter("chukan", "atena", "CK-TKY", 1, "statutes", "bangou-19-8-shounin", ALICE, OPERATOR)
        body = etree.tostring(payload, encoding="UTF-8")
        return accepted(home, [endpoints.sign(home.paths, letter, body, law.load_provisions(), NOW)[1]])[0]


class TestCorrection:
    """S33: a correction goes when somebody other than its operator has checked it."""

    @pytest.fixture
    def correction(self, home: OpenHome, tax: PlannedMessage) -> int:
        """The index of a correction; what it corrects was put in one group with it."""
        first = signed(home.paths, tax, ALICE, NOW)
        corrected = envelope.parse_header(parse(first.raw)).message_id
        return accepted(home, [first, signed(home.paths, tax, ALICE, NOW, corrected)])[1]

    def test_is_held_in_the_commit_that_permits_it(self, home: OpenHome, correction: int) -> None:
        """What it corrects goes out; the correction is held under its own code from the first moment on."""
        home.dispatcher.round({"zei": (desk := Desk())})
        (stopped,) = home.journal.stopped()

        assert desk.taken == [correction - 1]
        assert (stopped.index, stopped.state, stopped.code) == (correction, "held", hld.CORRECTION.id)

    def test_goes_with_one_approver_who_looked_and_is_not_its_operator(self, home: OpenHome, correction: int) -> None:
        """One signature is enough; the release is an entry that cites the statement and names the key alone."""
        look(home, correction, "甲")
        said = statement(home, Act.CORRECT, correction)
        index = act(home, said, "甲")
        home.dispatcher.round({"zei": (desk := Desk())})
        settle_all(home, "zei")
        home.dispatcher.round({"zei": desk})

        entry = home.entry(index or 0)
        assert isinstance(entry, Release)
        assert (entry.entry, entry.statement) == (correction, said.id)
        assert entry.keys == (said.signed(personal_key(home.paths, "甲")).key,)
        assert desk.taken == [correction - 1, correction]

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("戊", hld.OWN_CORRECTION),
            ("己", hld.NO_STAFF_NUMBER),
            ("丙", per.WRONG_ROLE),
            ("丁", per.WRONG_ROLE),
        ],
        ids=["its own operator", "who cannot be told from the operator", "operator's role", "auditor's role"],
    )
    def test_does_not_go_with(self, home: OpenHome, correction: int, name: str, code: object) -> None:
        """Nobody approves their own, though their key is an approver's and they have looked."""
        if name in "戊己丁":
            look(home, correction, name)

        with pytest.raises(Refused) as refused:
            act(home, statement(home, Act.CORRECT, correction), name)
        assert refused.value.code is code
        assert [one.index for one in home.journal.stopped()] == [correction]

    def test_does_not_go_unseen(self, home: OpenHome, correction: int) -> None:
        """To approve is to have checked."""
        with pytest.raises(Refused) as refused:
            act(home, statement(home, Act.CORRECT, correction), "甲")
        assert refused.value.code is hld.NOT_SEEN

    def test_its_operator_is_not_one_of_two_either(self, home: OpenHome, correction: int) -> None:
        """Released, stopped again and to be released by two: its operator still does not count."""
        look(home, correction, "甲")
        act(home, statement(home, Act.CORRECT, correction), "甲")
        settle_all(home, "zei")
        act(home, statement(home, Act.HOLD, correction), "丙")

        with pytest.raises(Refused) as refused:
            act(home, statement(home, Act.RELEASE, correction), "戊")
        assert refused.value.code is hld.OWN_CORRECTION

    def test_other_acts_do_not_release_it_nor_it_them(
        self, home: OpenHome, correction: int, tax: PlannedMessage
    ) -> None:
        """A release of two is no approval of a correction, and an approval of a correction releases nothing else."""
        look(home, correction, "甲")
        (other,) = accepted(home, [signed(home.paths, tax, BOB, NOW)])
        act(home, statement(home, Act.HOLD, other), "丙")

        for index, kind in ((correction, Act.RELEASE), (other, Act.CORRECT)):
            with pytest.raises(Refused) as refused:
                act(home, statement(home, kind, index), "甲")
            assert refused.value.code is hld.OTHER_STATEMENT

    def test_by_command(self, paths: HomePaths, tax: PlannedMessage) -> None:
        """`hub hold show`, then one `hub hold release`."""
        now = SystemClock().now()
        with open_home(paths.root, SystemClock(), silent) as opened:
            first = signed(paths, tax, ALICE, now)
            message = envelope.parse_header(parse(first.raw)).message_id
            accepted(opened, [first, signed(paths, tax, ALICE, now, message)])

        def run(*arguments: str) -> tuple[int, Any]:
            done = CliRunner().invoke(root, ["hold", *arguments, "--json", "--home", str(paths.root)])
            return done.exit_code, json.loads(done.stdout)

        (held,) = run("list")[1]["held"]
        why = ("--reason", "届書と照合した")
        code, refused = run("release", held["message_id"], "--person", "甲", *why)
        assert (code, refused["error"]["code"]) == (3, hld.NOT_SEEN.id)
        assert run("show", held["message_id"], "--person", "甲", *why)[0] == 0
        assert run("release", held["message_id"], "--person", "甲", *why)[1]["index"] is not None
        assert run("list") == (0, {"held": []})
        with open_archive(paths.root) as archive:
            assert archive.verify(()).ok


def look(home: OpenHome, index: int, name: str) -> None:
    """`hub hold show` of that person."""
    act(home, statement(home, Act.REVEAL, index, f"{name}による内容の確認"), name)


def settle_all(home: OpenHome, endpoint: str) -> None:
    """The endpoint confirms everything that is ready for it, until nothing is."""
    for one in waiting(home, endpoint):
        assert endpoints.answer_delivery(home, endpoint, one, Level.PARTNER_CONFIRMED, "", OPERATOR).permit
