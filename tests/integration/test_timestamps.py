"""RFC 3161 timestamps over checkpoints, by a real authority (`openssl ts`): made, kept, verified, missed, and the stop of intake."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.app.daily import Daily
from hub.app.opening import OpenHome, open_home
from hub.app.paths import HomePaths
from hub.codes import tsa
from hub.config import load
from hub.edges.clock import SystemClock
from hub.edges.timestamps import Authority, query
from hub.edges.timestampstore import TimestampStore
from hub.envelope import format_time
from hub.errors import Faults, IntegrityError, Misconfigured, Unavailable
from hub.exchangelog.entry import Admin
from hub.observe import silent
from hub.stages.record import Notice
from tests.integration.test_selfcheck import Told
from tests.integration.test_witness import hub, submit
from tests.timestampauthority import OpensslAuthority

HOUR = timedelta(hours=1)
EVERY, LIMIT = 60, 240  # minutes


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> OpensslAuthority:
    return OpensslAuthority(tmp_path_factory.mktemp("tsa") / "tsa")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> OpensslAuthority:
    return OpensslAuthority(tmp_path_factory.mktemp("other") / "tsa")


@pytest.fixture(scope="module")
def url(authority: OpensslAuthority) -> Iterator[str]:
    with authority.serving() as address:
        yield address


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, authority: OpensslAuthority) -> Path:
    """A hub's home with a message in its log, which pins the authority's CA."""
    home = tmp_path_factory.mktemp("made") / "home"
    hub("init", "--development", "--home", str(home))
    submit(home, home.parent)
    HomePaths(home).timestamp_authority.write_bytes(authority.ca.read_bytes())
    return home


@pytest.fixture
def home(tmp_path: Path, made: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path / "home"))


def stamp(home: Path, *words: str, code: int = 0) -> dict[str, object]:
    return hub("log", "timestamp", *words, "--home", str(home), code=code)


def listed(home: Path, *words: str, code: int = 0) -> dict[str, object]:
    return hub("log", "timestamps", *words, "--home", str(home), code=code)


def error(said: dict[str, object]) -> str:
    found = said["error"]
    assert isinstance(found, dict)
    return str(found["code"])


def configure(home: Path, **timestamps: object) -> None:
    path = HomePaths(home).config
    path.write_text(path.read_text("utf-8") + f"timestamps: {json.dumps(timestamps)}\n", "utf-8")


class TestAuthority:
    """What is believed of a response."""

    def test_no_other_note_no_other_authority_no_changed_byte(
        self, authority: OpensslAuthority, other: OpensslAuthority
    ) -> None:
        """Each signed byte counts: the time, the serial, the digest."""
        note = b"juki-hub/131211/kikan\n5\n...\n"
        response = authority.reply(query(note))
        known = Authority(authority.ca.read_bytes(), "tsa.pem")
        good = known.opened(note, response)

        assert abs(good.time - datetime.now(UTC)) < timedelta(minutes=1)
        with pytest.raises(IntegrityError, match="HUB-TSA-004"):
            known.opened(note + b"x", response)
        with pytest.raises(IntegrityError, match="HUB-TSA-004"):
            Authority(other.ca.read_bytes(), "tsa.pem").opened(note, response)
        at = response.index(f"{good.time:%Y%m%d%H%M%SZ}".encode())
        for place in (at + 3, at + 10, response.index(hashlib.sha256(note).digest()) + 7):
            changed = bytearray(response)
            changed[place] ^= 1
            with pytest.raises(IntegrityError, match="HUB-TSA-004"):
                known.opened(note, bytes(changed))

    @pytest.mark.parametrize("purpose", ["critical, serverAuth", "timeStamping"])
    def test_a_certificate_for_another_purpose_stamps_nothing(
        self, authority: OpensslAuthority, tmp_path: Path, purpose: str
    ) -> None:
        """RFC 3161 section 2.3: the pinned CA issued it, but timeStamping does not stand there, or is not critical."""
        good, bad = (authority.certificate(tmp_path, one) for one in ("critical, timeStamping", purpose))
        genuine = tmp_path / "genuine.tsr"
        genuine.write_bytes(authority.reply(query(b"note")))
        known = Authority(authority.ca.read_bytes(), "tsa.pem")

        known.opened(b"note", authority.resigned(genuine, *good))
        with pytest.raises(IntegrityError, match="HUB-TSA-004"):
            known.opened(b"note", authority.resigned(genuine, *bad))

    @pytest.mark.parametrize("response", [b"", b"0", b"nothing of the kind", b"\x30\x05\x30\x03\x02\x01\x02"])
    def test_what_is_no_response_or_a_refusal(self, authority: OpensslAuthority, response: bytes) -> None:
        with pytest.raises(IntegrityError, match="HUB-TSA-004"):
            Authority(authority.ca.read_bytes(), "tsa.pem").opened(b"note", response)

    def test_no_certificates(self) -> None:
        with pytest.raises(Misconfigured, match="HUB-TSA-001"):
            Authority(b"-----BEGIN", "tsa.pem")


class TestCommands:
    def test_asked_by_the_network(self, home: Path, tmp_path: Path, url: str, authority: OpensslAuthority) -> None:
        """What is kept, openssl verifies as it lies there; the log verifies against it; the first time for an entry is told."""
        first = stamp(home, "--url", url)
        submit(home, tmp_path)
        second = stamp(home, "--url", url)
        said = listed(home, "--entry", "0")
        kept = said["timestamps"]
        files = sorted(HomePaths(home).timestamps.glob("*.tsr"))

        assert isinstance(kept, list)
        assert [one["size"] for one in kept] == [first["size"], second["size"]]
        assert said["waiting_since"] is None
        assert said["entry"] == {"index": 0, **kept[0]}
        assert len(files) == 2
        assert all(authority.verify(file.with_suffix(".note"), file) for file in files)
        assert hub("log", "verify", "--checkpoint", str(HomePaths(home).timestamps), "--home", str(home))["verified"]

    def test_the_earliest_timestamp_of_a_checkpoint_stays(self, home: Path, url: str) -> None:
        stamp(home, "--url", url)
        before = [file.read_bytes() for file in HomePaths(home).timestamps.glob("*.tsr")]
        stamp(home, "--url", url)

        assert [file.read_bytes() for file in HomePaths(home).timestamps.glob("*.tsr")] == before

    def test_carried_on_a_medium(self, home: Path, tmp_path: Path, authority: OpensslAuthority) -> None:
        """Two files, without a word of a person; the log may have grown meanwhile."""
        request, response = tmp_path / "request.tsq", tmp_path / "response.tsr"
        stamp(home, "--request", str(request))
        submit(home, tmp_path)
        response.write_bytes(authority.reply(request.read_bytes()))
        taken = stamp(home, "--response", str(response))

        assert taken["size"] == listed(home)["timestamps"][0]["size"]  # type: ignore[index]
        assert error(stamp(home, "--response", str(response), code=2)) == tsa.NOT_ASKED.id
        assert listed(home)["waiting_since"] is not None

    def test_what_lies_damaged_among_the_requests_is_passed_over(self, home: Path, url: str) -> None:
        """The timestamp is kept, and said to be."""
        (HomePaths(home).timestamps / "asked").mkdir(parents=True)
        (HomePaths(home).timestamps / "asked" / "x.note").write_bytes(b"\xff no note")

        assert stamp(home, "--url", url)["size"] == 2

    def test_a_log_that_was_rewritten_is_not_the_one_that_was_stamped(
        self, home: Path, tmp_path: Path, url: str
    ) -> None:
        """And neither is a copy of yesterday: each ends in 4, and says which."""
        submit(home, tmp_path)
        stamp(home, "--url", url)
        another = tmp_path / "another"
        hub("init", "--development", "--home", str(another))
        submit(another, tmp_path)
        HomePaths(home).timestamps.rename(HomePaths(another).timestamps)
        HomePaths(another).timestamp_authority.write_bytes(HomePaths(home).timestamp_authority.read_bytes())
        found = listed(another, code=4)["timestamps"]

        assert isinstance(found, list)
        assert found == [{"size": found[0]["size"], "holds": False, "code": tsa.OTHER_LOG.id}]

    @pytest.mark.parametrize(
        ("words", "code", "name"),
        [
            ([], 2, "HUB-TSA-010"),
            (["--url", "http://127.0.0.1:1/", "--request", "x"], 2, "HUB-CLI-064"),
            (["--url", "https://127.0.0.1/"], 2, "HUB-TSA-005"),
            (["--url", "http://8.8.8.8/tsa"], 2, "HUB-TSA-005"),  # X5
            (["--url", "http://127.0.0.1:1/"], 5, "HUB-TSA-002"),
            (["--response", "absent"], 2, "HUB-CLI-008"),
        ],
    )
    def test_what_cannot_be_asked(self, home: Path, words: list[str], code: int, name: str) -> None:
        assert error(stamp(home, *words, code=code)) == name

    def test_an_authority_that_is_down_or_not_pinned(
        self, home: Path, url: str, authority: OpensslAuthority, other: OpensslAuthority
    ) -> None:
        authority.status = 503
        try:
            assert error(stamp(home, "--url", url, code=5)) == tsa.NO_ANSWER.id
        finally:
            authority.status = 200
        assert error(stamp(home, "--url", url, "--ca", str(other.ca), code=4)) == tsa.FORGED.id
        HomePaths(home).timestamp_authority.unlink()
        assert error(stamp(home, "--url", url, code=2)) == tsa.NO_AUTHORITY.id
        assert listed(home, "--ca", str(other.ca))["timestamps"] == []

    def test_an_entry_that_none_covers(self, home: Path) -> None:
        assert error(listed(home, "--entry", "0", code=2)) == tsa.NOT_COVERED.id


def one_more(opened: OpenHome) -> None:
    """An entry of the hub's own."""
    common = opened.intake.common(format_time(opened.clock.now()))
    opened.intake.note(Notice(Admin(**common, action="tried")))


class Moved:
    """A clock that a test moves, from now on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return SystemClock().now() + self.ahead


class TestZone:
    """What a zone does by itself (`timestamps` in hub.yaml)."""

    def test_an_outage_is_told_twice_stops_intake_at_its_limit_and_ends_by_itself(
        self, home: Path, url: str, authority: OpensslAuthority
    ) -> None:
        """Traffic goes on until the limit; then nothing is taken; with the next timestamp it is again."""
        configure(home, url=url, every_minutes=EVERY, stop_after_minutes=LIMIT)
        clock, told = Moved(), Told()
        with open_home(home, clock, told) as opened:
            daily = Daily(opened)

            def names() -> list[str]:
                return [name for name, _ in told.events if name in ("log.timestamped", "outage.began", "outage.ended")]

            self._until(daily, lambda: names() == ["log.timestamped"])
            opened.intake.take([])
            told.events.clear()

            authority.status = 503
            one_more(opened)  # an entry that waits
            try:
                clock.ahead += HOUR + timedelta(minutes=1)
                self._until(daily, lambda: names() == ["outage.began"])
                opened.intake.take([])
                clock.ahead += timedelta(minutes=LIMIT - 60)
                self._until(daily, lambda: names() == ["outage.began", "outage.began"])
                with pytest.raises(Unavailable, match="HUB-TSA-006"):
                    opened.intake.take([])
            finally:
                authority.status = 200
            clock.ahead += timedelta(minutes=2)
            self._until(daily, lambda: names().count("outage.ended") == 2)
            opened.intake.take([])
            daily.stop()
        began = [facts for name, facts in told.events if name == "outage.began"]

        assert [(one["part"], one["code"]) for one in began] == [
            ("timestamps", "HUB-TSA-002"),
            ("timestamp-limit", "HUB-TSA-006"),
        ]
        assert told.gauge("juki_hub_log_timestamped_timestamp_seconds") > time.time() - 600

    def test_a_log_that_rests_stops_nothing(self, home: Path, url: str) -> None:
        """After a month in which nothing was accepted everything is still covered."""
        stamp(home, "--url", url)
        configure(home, stop_after_minutes=2)
        clock = Moved()
        with open_home(home, clock, silent) as opened:
            clock.ahead += timedelta(days=30)
            opened.intake.take([])
            one_more(opened)
            opened.intake.take([])
            clock.ahead += timedelta(minutes=3)
            with pytest.raises(Unavailable, match="HUB-TSA-006"):
                opened.intake.take([])

    def test_by_medium_alone(self, home: Path) -> None:
        """Without an address nobody is asked, and age alone is watched."""
        configure(home, stop_after_minutes=1000)
        with open_home(home, Moved(), silent) as opened:
            daily = Daily(opened)
            daily.look()
            opened.intake.take([])
            daily.stop()

        assert not HomePaths(home).timestamp_said.exists()

    @staticmethod
    def _until(daily: Daily, done: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not done() and time.monotonic() < end:
            daily.look()
            time.sleep(0.02)
        assert done()


class TestStore:
    def test_the_newest_is_found_without_its_file(self, tmp_path: Path) -> None:
        store = TimestampStore(tmp_path / "timestamps")
        assert store.newest() == 0
        store.keep(7, b"note", b"response")
        store.keep(3, b"note", b"response")
        assert store.newest() == 7
        (tmp_path / "timestamps" / "newest").write_text("no number")
        assert store.newest() == 7
        (tmp_path / "timestamps" / "newest").unlink()

        assert (store.newest(), store.sizes()) == (7, [3, 7])


class TestConfig:
    @pytest.mark.parametrize(
        "said",
        [
            "{url: 'https://tsa.example/'}",
            "{url: 'http://tsa.example/', every_minutes: 300}",
            "{stop_after_minutes: 1}",
            "{often: 3}",
        ],
    )
    def test_what_is_no_configuration(self, said: str) -> None:
        text = "format: 1\ntenant: '131211'\nenvironment: test\nzone: kikan\norigin: a/b\n"
        assert load(f"{text}timestamps: {{}}\n").timestamps is not None
        with pytest.raises(Faults):
            load(f"{text}timestamps: {said}\n")
