"""Observations on a real home: who may observe what, what is refused under which code, and what then stands in the log."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from connectors.kit.compose import Draft, compose
from connectors.kit.identity import Identity, LogTrust
from connectors.kit.observing import observation_id
from connectors.kit.operators import Automaton
from hub import envelope
from hub.app import endpoints, law
from hub.app.endpoints import Letter
from hub.app.evidence import open_archive
from hub.app.founding import Founding, found
from hub.app.opening import OpenHome, open_home
from hub.app.paths import HomePaths
from hub.app.reading import read_file
from hub.codes import dup, msg
from hub.config import Config
from hub.edges import pki, resources
from hub.edges.clock import SimulatedClock
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Observation as Leaf
from hub.exchangelog.entry import Refuse
from hub.exchangelog.keylist import KeyList
from hub.exchangelog.note import VerifierKey
from hub.exchangelog.stamp import Claim, Stamp, Trust, acknowledge
from hub.ids import computed_id
from hub.messages import HUB, Basis, Observation, Operator, Recorded, Submission
from hub.observe import silent
from hub.stages.authorise import Law
from tests import samples

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)
NUMBERS = itertools.count()
EVIDENCE = hashlib.sha256(b"salt and exchange").hexdigest()
SEEN = Observation("E1", "eshin", NOW - timedelta(minutes=5), EVIDENCE)
NAME = "見本 太郎"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenHome]:
    """One home for all, for founding takes its time; each message has an id of its own."""
    place = tmp_path_factory.mktemp("observations") / "home"
    paths = found(Founding(place, CONFIG, resources.routing_file(), NOW - timedelta(hours=1)))
    with open_home(paths.root, SimulatedClock(NOW), silent) as opened:
        yield opened


def identity(paths: HomePaths, endpoint: str) -> Identity:
    own = paths.endpoint(endpoint)
    pair = pki.read_identity(own.key, own.certificate)
    log = LogTrust(CONFIG.origin, read_file(paths.root_verifier).decode().strip(), read_file(paths.key_list).decode())
    keys = read_file(own.subject_key), read_file(own.store_key)
    return Identity(endpoint, "kikan", CONFIG.tenant, "test", pair.certificate, pair.key, *keys, log)


def draft(seen: Observation = SEEN, **changes: object) -> Draft:
    """An observation of an exchange that was never observed."""
    id_ = observation_id("shinsei", computed_id(1_775_001_600_000, "exchange", str(next(NUMBERS))))
    made = Draft(
        flow=seen.flow,
        type="OB-SEEN",
        version=1,
        recipient=HUB,
        basis=None,
        subjects=(),
        payload=envelope.build_observation(seen),
        created_at=NOW,
        conversation_id=id_,
        message_id=id_,
        operator=Automaton("shinsei").acting("KANSOKU", "観測"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def signed(home: OpenHome, made: Draft, endpoint: str = "shinsei") -> Submission:
    return compose(made, identity(home.paths, endpoint))


def take(home: OpenHome, made: Draft, endpoint: str = "shinsei") -> Recorded:
    return home.intake.take([signed(home, made, endpoint)]).recorded[0]


def leaf(home: OpenHome, recorded: Recorded) -> entries.Entry:
    found_ = home.entry(recorded.index)
    assert found_ is not None
    return found_


def handed(home: OpenHome) -> tuple[str, str]:
    """A message of 住記 for shinsei, permitted: its id and its conversation."""
    operator = Operator("S1", "戸籍住民課", "T-1", "TEST", "試験", "password+token", bytes(32))
    row = ("statutes", "bangou-16-himoduke")
    letter = Letter("juki", "shinsei", "SN-LINK", 1, *row, endpoints.fresh_subject(), operator)
    body = samples.sample("SN-LINK")
    message, submission = endpoints.sign(home.paths, letter, body, law.load_provisions(), NOW)
    assert home.intake.take([submission]).recorded[0].permit
    return message, message


class TestAccepted:
    def test_becomes_a_leaf_that_says_who_saw_what(self, home: OpenHome) -> None:
        """Signed by the endpoint, under no row of law, with the digest that both ends keep, and with nobody's data."""
        submission = signed(home, draft())
        recorded = home.intake.take([submission]).recorded[0]
        entry = leaf(home, recorded)

        assert recorded.permit
        assert isinstance(entry, Leaf)
        assert (entry.sender, entry.recipient, entry.about, entry.counterpart) == ("shinsei", HUB, "flow:E1", "eshin")
        assert (entry.evidence, entry.at, entry.code, entry.count) == (EVIDENCE, "2026-04-01T02:55:00.000Z", "", 1)
        assert entry.digest == hashlib.sha256(submission.raw).hexdigest()
        assert (entry.legal, entry.channel, entry.config) == (None, "connector:shinsei", 0)

    def test_ends_at_the_hub(self, home: OpenHome) -> None:
        """Nobody is handed it, and nobody answers it."""
        made = draft()
        take(home, made)

        assert home.journal.standing(made.message_id) == ()
        assert HUB not in home.journal.tally()

    def test_a_rejection_at_the_other_end_is_no_refusal_of_ours(self, home: OpenHome) -> None:
        """The domain code stands in the leaf; the receipt says that the hub took it."""
        recorded = take(home, draft(replace(SEEN, code="HUB-DOM-001")))
        entry = leaf(home, recorded)

        assert (recorded.permit, recorded.code) == (True, "")
        assert isinstance(entry, Leaf)
        assert entry.code == "HUB-DOM-001"

    def test_its_receipt_holds(self, home: OpenHome) -> None:
        """As that of any message: proven up to a signed checkpoint, for exactly these bytes."""
        made = draft()
        submission = signed(home, made)
        recorded = home.intake.take([submission]).recorded[0]
        digest = hashlib.sha256(submission.raw).hexdigest()
        claim = Claim(made.message_id, digest, "OB-SEEN", 1, "shinsei", HUB, "131211", "test")
        root = VerifierKey.parse(read_file(home.paths.root_verifier).decode().strip())
        keys = KeyList.opened(read_file(home.paths.key_list).decode(), root)
        entry, _ = acknowledge(Stamp.parse(recorded.receipt), claim, Trust(keys, CONFIG.origin), None)

        assert isinstance(entry, Leaf)

    def test_the_log_verifies_offline(self, home: OpenHome) -> None:
        """`hub log verify` reads the kind, and an export holds it."""
        take(home, draft())
        paths = home.paths
        with open_archive(paths.root) as archive:
            assert archive.verify(()).ok
        export = paths.root.parent / "export"
        command = [sys.executable, "-m", "hub", "log", "export", "-o", str(export), "--home", str(paths.root)]
        done = subprocess.run(command, check=False, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()

        assert b'"kind":"observation"' in b"".join(_leaves(export))

    def test_stands_in_the_conversation_of_what_it_followed_from(self, home: OpenHome) -> None:
        """A message that this endpoint was handed."""
        cause, conversation = handed(home)

        assert take(home, draft(in_reply_to=cause, conversation_id=conversation)).permit

    def test_the_same_bytes_have_one_entry(self, home: OpenHome) -> None:
        """And the first receipt again."""
        submission, size = signed(home, draft()), home.intake.tree.size
        first, twin = home.intake.take([submission, submission]).recorded
        later = home.intake.take([submission]).recorded[0]

        assert {first.receipt, twin.receipt, later.receipt} == {first.receipt}
        assert home.intake.tree.size == size + 1


def _leaves(export: Path) -> Iterator[bytes]:
    for line in export.read_bytes().splitlines():
        if line.startswith(b"leaf "):
            yield base64.b64decode(line[5:])


class TestRefused:
    def refused(self, home: OpenHome, made: Draft, endpoint: str = "shinsei") -> str:
        recorded = take(home, made, endpoint)
        entry = leaf(home, recorded)
        assert not recorded.permit
        assert isinstance(entry, Refuse)
        assert (entry.sender, entry.code) == (endpoint, recorded.code)
        return recorded.code

    @pytest.mark.parametrize(
        ("flow", "counterpart"), [("A1-4", "to-sv"), ("D3", "j-center"), ("E4", "juki"), ("B4", "juki"), ("Z9", "juki")]
    )
    def test_a_flow_that_is_not_its_own(self, home: OpenHome, flow: str, counterpart: str) -> None:
        """Another endpoint's, one of the hub, one of persons, none at all."""
        assert self.refused(home, draft(replace(SEEN, flow=flow, counterpart=counterpart))) == msg.OBSERVER.id

    @pytest.mark.parametrize("endpoint", ["juki", "zei", "conbini", "介護保険課"])
    def test_an_endpoint_that_does_not_see_the_flow(self, home: OpenHome, endpoint: str) -> None:
        """Only the connector whose partner takes part."""
        assert self.refused(home, draft(), endpoint) == msg.OBSERVER.id

    def test_a_counterpart_who_takes_no_part(self, home: OpenHome) -> None:
        """Neither a system of another flow nor a name."""
        assert self.refused(home, draft(replace(SEEN, counterpart="to-sv"))) == msg.OBSERVED_STRANGER.id

    def test_a_cause_that_this_endpoint_was_not_handed(self, home: OpenHome) -> None:
        """Not even one that somebody else was handed, in its conversation."""
        cause, conversation = handed(home)
        other = computed_id(1_775_001_600_000, "other")
        made = draft(replace(SEEN, flow="D3", counterpart="j-center"), in_reply_to=cause, conversation_id=conversation)

        assert self.refused(home, draft(in_reply_to=other)) == msg.OBSERVED_CAUSE.id
        assert self.refused(home, made, "conbini") == msg.OBSERVED_CAUSE.id

    def test_another_conversation_than_that_of_its_cause(self, home: OpenHome) -> None:
        """Nothing can be put into a conversation that it does not belong to."""
        cause, _ = handed(home)

        assert self.refused(home, draft(in_reply_to=cause)) == msg.OBSERVED_CAUSE.id

    def test_what_will_only_happen(self, home: OpenHome) -> None:
        """Nothing was seen before it was."""
        later = replace(SEEN, seen_at=NOW + timedelta(milliseconds=1))

        assert self.refused(home, draft(later)) == msg.OBSERVED_TIME.id

    def test_another_recipient_than_the_hub(self, home: OpenHome) -> None:
        """An observation is handed to nobody; and the hub is the recipient of nothing else."""
        operator = Operator("S1", "戸籍住民課", "T-1", "TEST", "試験", "password+token", bytes(32))
        row = ("statutes", "bangou-16-himoduke")
        letter = Letter("juki", HUB, "SN-LINK", 1, *row, endpoints.fresh_subject(), operator)
        body = samples.sample("SN-LINK")
        other = endpoints.sign(home.paths, letter, body, law.load_provisions(), NOW)[1]

        assert self.refused(home, draft(recipient="juki")) == msg.OBSERVATION_TO.id
        assert home.intake.take([other]).recorded[0].code == msg.OBSERVATION_TO.id

    @pytest.mark.parametrize("place", ["more", "Evidence", "Counterpart", "Flow", "Code"])
    def test_a_payload_with_personal_data(self, home: OpenHome, place: str) -> None:
        """There is no element for it and no text that takes it; the entry does not say it either."""
        payload = envelope.build_observation(replace(SEEN, code="HUB-DOM-001"))
        space = "{urn:juki-hub:exchange:1}"
        if place == "more":
            etree.SubElement(payload, f"{space}氏名").text = NAME
        else:
            next(payload.iter(space + place)).text = NAME if place != "Evidence" else "123456789018"
        recorded = take(home, draft(payload=payload))

        assert recorded.code.startswith("HUB-XSD-")
        assert NAME not in json.dumps(entries.encode(leaf(home, recorded)).decode(), ensure_ascii=False)

    def test_a_person_in_the_header(self, home: OpenHome) -> None:
        """No Subject, and no row of law: nothing is provided to anybody."""
        basis = Basis("利用", "statutes", "bangou-16-himoduke", "申請者の確認", "番号紐付情報")
        made = draft(basis=basis, subjects=(endpoints.fresh_subject(),))

        assert self.refused(home, made) == msg.BASIS_PRESENCE.id

    def test_other_bytes_under_a_known_id(self, home: OpenHome) -> None:
        """An exchange that was observed is not observed otherwise."""
        made = draft()
        take(home, made)
        other = replace(made, payload=envelope.build_observation(replace(SEEN, code="HUB-DOM-001")))

        assert self.refused(home, other) == dup.OTHER_BYTES.id

    def test_without_a_list_nobody_observes(self, home: OpenHome) -> None:
        """Default deny: the closed list is empty unless it was read."""
        assert Law(home.house.law.routes, home.house.law.provisions).observers.seen == {}
