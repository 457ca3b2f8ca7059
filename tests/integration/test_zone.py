"""One home opened for real: what is recorded, what is refused, and what a restart remembers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from connectors.juki import subscriptions
from connectors.juki.messages import PlannedMessage, Planner
from connectors.juki.town import Town
from hub import envelope
from hub.app import endpoints, law
from hub.app.endpoints import Letter
from hub.app.evidence import open_archive
from hub.app.founding import Founding, found
from hub.app.opening import OpenHome, open_home
from hub.app.paths import HomePaths
from hub.codes import brk, cfg, crt, jnl, msg, opr, prv
from hub.config import Config
from hub.dispatcher import Dispatcher
from hub.edges import pki, resources
from hub.edges.clock import SimulatedClock
from hub.envelope import format_time
from hub.erasure import sweep
from hub.errors import Faults, HomeInUse, Misconfigured, Unavailable
from hub.exchangelog.entry import Admin, Erase, Refuse
from hub.exchangelog.entry import Config as Config_
from hub.ids import uuid7
from hub.intake import Intake
from hub.messages import Delivery, Level, Operator, Returned, Submission
from hub.observe import silent
from hub.provisions import load as provisions_load
from hub.provisions.lawbook import Provisions, compile_provisions
from hub.stages.record import Notice
from hub.xmlsig import fingerprint
from hub.xmlsig.precheck import parse

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
DAY = date(2026, 4, 1)
CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)


@pytest.fixture(scope="module")
def tax() -> PlannedMessage:
    """An 異動情報 for the tax system, of a synthetic day."""
    provisions = law.load_provisions()
    planner = Planner(provisions, subscriptions.load(subscriptions.read_own(), provisions))
    events = Town(5, 120, 160, DAY).events
    return next(one for event in events for one in planner.messages(event) if one.recipient == "zei")


@pytest.fixture
def paths(tmp_path: Path) -> HomePaths:
    """A new development home."""
    return found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), NOW - timedelta(hours=1)))


@pytest.fixture
def home(paths: HomePaths) -> Iterator[OpenHome]:
    """That home, opened."""
    with open_home(paths.root, SimulatedClock(NOW), silent) as opened:
        yield opened


def _signed(
    paths: HomePaths,
    tax: PlannedMessage,
    *,
    now: datetime = NOW,
    corrects: str | None = None,
    expires_at: datetime | None = None,
    subject: str = "",
) -> Submission:
    payload = tax.payload()
    if payload is None:
        raise ValueError("the tax system's message has a payload")
    operator = Operator("S1", "戸籍住民課", "T-1", "TEST", "試験", "password+token", bytes(32))
    letter = Letter("juki", "zei", "JK-CHG", 1, tax.basis.table, tax.basis.item, endpoints.fresh_subject(), operator)
    letter = replace(letter, corrects=corrects, expires_at=expires_at, subject=subject or letter.subject)
    return endpoints.sign(paths, letter, etree.tostring(payload, encoding="UTF-8"), law.load_provisions(), now)[1]


class TestOpening:
    def test_refuses_to_make_a_home_twice(self, paths: HomePaths) -> None:
        """An existing home is never made anew."""
        with pytest.raises(Misconfigured) as refused:
            found(Founding(paths.root, CONFIG, resources.routing_file(), NOW))

        assert cfg.HOME_EXISTS is refused.value.code

    def test_belongs_to_one_process(self, home: OpenHome) -> None:
        """A second opening is told that the home is in use."""
        with pytest.raises(HomeInUse) as refused, open_home(home.paths.root, SimulatedClock(NOW), silent):
            pytest.fail("opened twice")

        assert jnl.HOME_IN_USE is refused.value.code

    def test_writes_no_second_config_entry_for_the_same_configuration(self, paths: HomePaths) -> None:
        """Opening twice in a row leaves one config entry."""
        sizes = []
        for _ in range(2):
            with open_home(paths.root, SimulatedClock(NOW), silent) as opened:
                sizes.append(opened.intake.tree.size)

        assert sizes == [1, 1]

    def test_cites_the_newest_config_entry_from_behind_other_entries(
        self, paths: HomePaths, tax: PlannedMessage
    ) -> None:
        """Openings do not fill the log: behind messages and other entries the configuration that holds is found again."""
        sizes = []
        for _ in range(3):
            with open_home(paths.root, SimulatedClock(NOW), silent) as opened:
                opened.intake.take([_signed(paths, tax)])
                entry = Admin(**opened.intake.common(format_time(NOW)), action="test", about="place:a")
                opened.intake.note(Notice(entry))
                sizes.append((opened.intake.tree.size, opened.intake.desk.config))

        assert sizes == [(3, 0), (5, 0), (7, 0)]

    def test_writes_a_config_entry_when_what_decides_has_changed(self, paths: HomePaths, tax: PlannedMessage) -> None:
        """Another routing file is another configuration; going back to the first one is a change as well."""
        first = paths.routing.read_text("utf-8")
        cited = []
        for text in (first, first + "# another\n", first + "# another\n", first):
            paths.routing.write_text(text, "utf-8")
            with open_home(paths.root, SimulatedClock(NOW), silent) as opened:
                opened.intake.take([_signed(paths, tax)])
                cited.append((opened.intake.tree.size, opened.intake.desk.config))

        assert cited == [(2, 0), (4, 2), (5, 2), (7, 5)]


class TestIntake:
    def test_gives_the_first_receipt_again_for_the_same_bytes(self, home: OpenHome, tax: PlannedMessage) -> None:
        """The same bytes have one effect, in one group and in two."""
        message = _signed(home.paths, tax)

        first, twin = home.intake.take([message, message]).recorded
        later = home.intake.take([message]).recorded[0]

        assert (first.permit, first.repeated) == (True, False)
        assert {first.receipt} == {twin.receipt, later.receipt}
        assert (twin.repeated, later.repeated) == (True, True)

    def test_records_a_refusal_with_a_receipt(self, home: OpenHome, tax: PlannedMessage) -> None:
        """A stale message of a verified sender is refused, and the refusal is provable."""
        recorded = home.intake.take([_signed(home.paths, tax, now=NOW - timedelta(days=8))]).recorded[0]

        assert (False, msg.STALE.id) == (recorded.permit, recorded.code)
        assert recorded.receipt.startswith("c2sp.org/tlog-proof@v1")

    def test_gives_no_receipt_for_bytes_that_prove_nothing(self, home: OpenHome) -> None:
        """What no key signed gets an entry and no receipt."""
        recorded = home.intake.take([Submission(b"<a/>", b"", "local:test")]).recorded[0]

        assert (recorded.permit, recorded.receipt) == (False, "")
        assert home.intake.tree.size == 2


class TestCorrections:
    def test_corrects_what_the_same_sender_sent_to_the_same_recipient(
        self, home: OpenHome, tax: PlannedMessage
    ) -> None:
        """In a later group, and in the same one; anything else that claims to correct is refused."""
        first = home.intake.take([_signed(home.paths, tax)]).recorded[0]
        later = home.intake.take([_signed(home.paths, tax, corrects=first.message_id)]).recorded[0]
        nothing = home.intake.take([_signed(home.paths, tax, corrects=str(uuid7(1, bytes(10))))]).recorded[0]
        original = _signed(home.paths, tax)
        id_ = envelope.parse_header(parse(original.raw)).message_id
        together = home.intake.take([original, _signed(home.paths, tax, corrects=id_)]).recorded

        assert (first.permit, later.permit, [one.permit for one in together]) == (True, True, [True, True])
        assert (nothing.permit, nothing.code) == (False, msg.CORRECTS_NOTHING.id)

    def test_does_not_correct_what_was_refused(self, home: OpenHome, tax: PlannedMessage) -> None:
        """A refused message was never delivered: there is nothing to correct."""
        stale = home.intake.take([_signed(home.paths, tax, now=NOW - timedelta(days=8))]).recorded[0]
        later = home.intake.take([_signed(home.paths, tax, corrects=stale.message_id)]).recorded[0]

        assert (stale.permit, later.code) == (False, msg.CORRECTS_NOTHING.id)


class TestOperators:
    def test_a_terminal_that_is_not_listed_is_refused_and_recorded(self, paths: HomePaths, tax: PlannedMessage) -> None:
        """S28: the rule of the home counts from the next opening, and its digest is in the log."""
        paths.operators.write_text("format: 1\nendpoints:\n  juki: {terminals: [T-2*]}\n", "utf-8")
        with open_home(paths.root, SimulatedClock(NOW), silent) as opened:
            recorded = opened.intake.take([_signed(paths, tax)]).recorded[0]
            config = opened.entry(0)

        assert (recorded.permit, recorded.code) == (False, opr.TERMINAL.id)
        assert isinstance(config, Config_)
        assert "operators.yaml" in config.digests

    def test_no_home_is_made_with_rules_that_cannot_be_read(self, tmp_path: Path) -> None:
        """Rules for an endpoint of another zone: every fault is told, and nothing is left of the home."""
        acting = "format: 1\nendpoints:\n  cs: {staff: [S1]}\n"
        with pytest.raises(Faults) as caught:
            found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), NOW, acting))

        assert [one.code for one in caught.value.faults] == [opr.UNKNOWN_ENDPOINT]
        assert list(tmp_path.iterdir()) == []


class TestLawOfTheDay:
    def test_a_removed_department_gets_nothing(self, home: OpenHome, tax: PlannedMessage) -> None:
        """Without 課税課 and 納税課 in row 24, the alias zei stands for nobody: its deliveries are 0, under the party's code."""
        intake = _under(home, _without_tax_offices())

        recorded = intake.take([_signed(home.paths, tax)]).recorded[0]

        assert (False, prv.RECIPIENT_NOT_PARTY.id) == (recorded.permit, recorded.code)
        assert home.journal.tally() == {}

    def test_a_waiting_delivery_is_decided_again(self, home: OpenHome, tax: PlannedMessage) -> None:
        """What was permitted and waits is refused when the law has changed before it went out."""
        home.intake.take([_signed(home.paths, tax)])
        house = replace(home.house, law=replace(home.house.law, provisions=_without_tax_offices()))
        dispatcher = Dispatcher(house, home.journal, home.intake, home.clock, silent)
        receiver = _Receiver()

        dispatcher.round({"zei": receiver})

        assert receiver.taken == []
        assert home.journal.tally() == {"zei": {"refused": 1}}


class TestExpiry:
    def test_what_expired_while_it_waited_is_not_handed_over(self, home: OpenHome, tax: PlannedMessage) -> None:
        """One whole round at its last moment: an entry with the code, tally `expired`; and its lane goes on in the next."""
        person, end = endpoints.fresh_subject(), NOW + timedelta(hours=1)
        late = home.intake.take([_signed(home.paths, tax, expires_at=end, subject=person)]).recorded[0]
        behind = home.intake.take([_signed(home.paths, tax, subject=person)]).recorded[0]
        dispatcher = Dispatcher(home.house, home.journal, home.intake, home.clock, silent)
        receiver = _Receiver()
        _advance(home, end)

        moved = [dispatcher.round({"zei": receiver}) for _ in range(3)]

        entry = home.entry(home.intake.tree.size - 1)
        assert isinstance(entry, Refuse)
        assert (entry.message, entry.code, entry.channel) == (late.message_id, msg.EXPIRED.id, "journal")
        assert home.journal.tally() == {"zei": {"expired": 1, "pending": 1}}
        assert ([one.index for one in receiver.taken], moved) == ([behind.index], [1, 1, 0])

    def test_what_has_a_moment_left_is_handed_over(self, home: OpenHome, tax: PlannedMessage) -> None:
        """The millisecond before, it goes as any other."""
        end = NOW + timedelta(hours=1)
        sent = home.intake.take([_signed(home.paths, tax, expires_at=end)]).recorded[0]
        receiver = _Receiver()
        _advance(home, end - timedelta(milliseconds=1))

        Dispatcher(home.house, home.journal, home.intake, home.clock, silent).round({"zei": receiver})

        assert [one.index for one in receiver.taken] == [sent.index]


class TestOutage:
    def test_is_told_twice_and_nobody_is_asked_without_a_pause(self, home: OpenHome, tax: PlannedMessage) -> None:
        """A way that fails moves nothing, so its owner may rest; whatever waits goes when it works again."""
        sent = home.intake.take([_signed(home.paths, tax) for _ in range(2)]).recorded
        told = list[tuple[str, str | int | float]]()

        def hear(event: str, /, **facts: str | int | float) -> None:
            told.append((event, facts["code"])) if event.startswith("outage") else None

        dispatcher = Dispatcher(home.house, home.journal, home.intake, home.clock, hear)
        receiver = _Receiver()
        receiver.away = True

        moved = [dispatcher.round({"zei": receiver}) for _ in range(3)]
        receiver.away = False
        moved += [dispatcher.round({"zei": receiver}) for _ in range(2)]

        assert moved == [0, 0, 0, 2, 0]
        assert [one.index for one in receiver.taken] == [one.index for one in sent]
        assert told == [("outage.began", brk.UNREACHABLE.id), ("outage.ended", brk.UNREACHABLE.id)]


class TestRecipientsCertificate:
    @pytest.mark.parametrize("taken", ["revoked", "unregistered"])
    def test_nothing_goes_to_an_endpoint_that_cannot_be_known(
        self, paths: HomePaths, tax: PlannedMessage, taken: str
    ) -> None:
        """Its only certificate is revoked, or gone from the register, after the decision: refused under its own code."""
        with open_home(paths.root, SimulatedClock(NOW), silent) as home:
            home.intake.take([_signed(paths, tax)])
        if taken == "revoked":
            _revoke(paths, "zei")
        else:
            paths.certificate("zei").unlink()
        receiver = _Receiver()
        with open_home(paths.root, SimulatedClock(NOW), silent) as home:
            Dispatcher(home.house, home.journal, home.intake, home.clock, silent).round({"zei": receiver})
            entry, tally = home.entry(home.intake.tree.size - 1), home.journal.tally()

        assert isinstance(entry, Refuse)
        assert (entry.code, entry.recipient, receiver.taken) == (crt.RECIPIENT_UNKNOWN.id, "zei", [])
        assert tally == {"zei": {"refused": 1}}

    def test_a_certificate_that_is_not_revoked_is_enough(self, paths: HomePaths, tax: PlannedMessage) -> None:
        """Rotation: the old one is revoked, the new one stands beside it, and nothing that waits is lost."""
        with open_home(paths.root, SimulatedClock(NOW), silent) as home:
            sent = home.intake.take([_signed(paths, tax)]).recorded[0]
        _revoke(paths, "zei")
        authority = pki.read_identity(paths.offline / "ca.key", paths.authority)
        validity = pki.Validity(NOW - timedelta(hours=1), NOW + timedelta(days=30))
        new = pki.make_endpoint(authority, ("131211", "kikan", "zei"), validity, development=True).certificate
        both = [*pki.read_certificates(paths.certificate("zei")), new]
        paths.certificate("zei").unlink()
        pki.write_certificates(paths.certificate("zei"), both)
        receiver = _Receiver()
        with open_home(paths.root, SimulatedClock(NOW), silent) as home:
            Dispatcher(home.house, home.journal, home.intake, home.clock, silent).round({"zei": receiver})

        assert [one.index for one in receiver.taken] == [sent.index]


class TestAnswers:
    def test_an_answer_ends_a_delivery_and_its_body_goes_on_its_day(self, home: OpenHome, tax: PlannedMessage) -> None:
        """Confirmed today, erased seven days later, with an entry that says so."""
        index = home.intake.take([_signed(home.paths, tax)]).recorded[0].index
        (waiting,) = endpoints.inbox(home, "zei")
        operator = Operator("S2", "課税課", "T-2", "TEST", "試験", "password+token", bytes(32))

        answered = endpoints.answer_delivery(home, "zei", waiting, Level.PARTNER_CONFIRMED, "", operator)
        early = sweep(home.intake, home.journal, home.clock, DAY + timedelta(days=6), silent)
        swept = sweep(home.intake, home.journal, home.clock, DAY + timedelta(days=7), silent)

        assert answered.permit
        assert home.journal.tally() == {"zei": {"acknowledged": 1}}
        assert early == ()
        assert [one.count for one in swept] == [1]
        assert isinstance(home.entry(swept[0].index), Erase)
        assert home.journal.secret(index, "body") is None

    def test_the_log_verifies_afterwards(self, paths: HomePaths, tax: PlannedMessage) -> None:
        """What was done by hand stands in a log that verifies."""
        with open_home(paths.root, SimulatedClock(NOW), silent) as opened:
            opened.intake.take([_signed(paths, tax), Submission(b"", b"", "local:test")])
        with open_archive(paths.root) as archive:
            report = archive.verify(())

        assert (report.ok, report.size) == (True, 3)


class _Receiver:
    """A connector that takes whatever it is offered, unless it is away."""

    def __init__(self) -> None:
        self.taken: list[Delivery] = []
        self.away = False

    def capacity(self) -> int:
        return 10

    def offer(self, deliveries: Sequence[Delivery]) -> None:
        if self.away:
            raise Unavailable(brk.UNREACHABLE, reason="test")
        self.taken += deliveries

    def returned(self) -> list[Returned]:
        return []


def _advance(home: OpenHome, moment: datetime) -> None:
    assert isinstance(home.clock, SimulatedClock)
    home.clock.advance_to(moment)


def _revoke(paths: HomePaths, endpoint: str) -> None:
    prints = [fingerprint(one) for one in pki.read_certificates(paths.certificate(endpoint))]
    paths.revoked.write_text(paths.revoked.read_text("utf-8") + "\n".join(prints) + "\n", "utf-8")


def _without_tax_offices() -> Provisions:
    """The tables as if row 24 of 別表 named another department instead of the two of tax."""
    tables = provisions_load.read_tables(resources.provision_files())
    row = tables.rows["beppyo", "24"]
    other = tuple(replace(party, recipient="介護保険課") for party in row.parties[:1])
    rows = {**tables.rows, row.key: replace(row, parties=other)}
    digests = {**tables.digests, "tables/beppyo.yaml": "0" * 64}  # as the changed file would have another
    return compile_provisions(replace(tables, rows=rows, digests=digests))


def _under(home: OpenHome, provisions: Provisions) -> Intake:
    house = replace(home.house, law=replace(home.house.law, provisions=provisions))
    return Intake(house, home.intake.ports, home.intake.desk)
