"""No resident can be read in the home, its logs and metrics, temporary files or the terminal, in any usual form: all is encrypted."""

from __future__ import annotations

import base64
import unicodedata
from pathlib import Path
from urllib.parse import quote

import pytest

from tests import opensecrets
from tests.e2e import logfile, personal
from tests.e2e.demorun import ZONES, Run, call, hub


@pytest.fixture(scope="module")
def everybody(played: Run) -> personal.Search:
    """The search for all residents of the day, in all forms."""
    return personal.search(played.day)


@pytest.fixture(scope="module")
def everybody_told_of(full: Run) -> personal.Search:
    """The search for all of a day with every flow: its residents, and whom other bodies tell of."""
    return personal.search(full.day, full=True)


class TestSearch:
    """A search that finds nothing proves something only if it would find."""

    @pytest.mark.parametrize(
        "form",
        [
            lambda text: text.encode(),
            lambda text: text.encode("utf-16-le"),
            lambda text: text.encode("utf-16-be"),
            lambda text: text.encode("cp932"),
            lambda text: unicodedata.normalize("NFD", text).encode(),
            lambda text: base64.b64encode(text.encode()),
            lambda text: base64.b64encode(f"x{text}y".encode()),
            lambda text: base64.urlsafe_b64encode(f"xx{text}yy".encode()),
            lambda text: quote(text).encode(),
            lambda text: text.encode("unicode-escape"),
        ],
    )
    def test_finds_each_form_between_other_bytes(self, form: object, everybody: personal.Search, played: Run) -> None:
        """Names, 片仮名 and addresses of residents, at an odd place among bytes that mean nothing."""
        assert callable(form)
        for one in [one for one in personal.residents(played.day) if _encodable(one.name)][:3]:
            for text in (one.name, one.kana, one.address.text.partition("\u3000")[0], one.kojin_bangou):
                assert text in everybody.found(b"\xff\x00\x81" + form(text) + b"\xfe\x93")

    def test_finds_those_who_are_in_the_encrypted_bodies(self, everybody: personal.Search, played: Run) -> None:
        """With the keys the same journal gives them away: the search looks for the people who really were played."""
        bodies = b"\n".join(
            body for zone in ZONES for body in opensecrets.opened(played.home / "zones" / zone).values()
        )
        found = everybody.found(bodies)
        people = {event.name for event in personal.residents(played.day)}
        assert len(found & people) >= 20
        assert len({text for text in found if text.isdecimal() and len(text) == 12}) >= 20  # 個人番号

    def test_finds_those_of_whom_others_tell(self, everybody_told_of: personal.Search, full: Run) -> None:
        """The same of a full day: people, numbers and addresses that no resident of the morning has, in the bodies."""
        own = {text for one in personal.residents(full.day) for text in personal.texts(one)}
        bodies = (body for zone in ZONES for body in opensecrets.opened(full.home / "zones" / zone).values())
        found = everybody_told_of.found(b"\n".join(bodies))

        assert len((found & set(personal.told(full.day))) - own) >= 200

    def test_passes_over_hex_digits_of_a_digest_alone(self) -> None:
        """A serial number of eight hex digits, too: found by chance in the digest of a document, once in many days."""
        serial, digest = "815E1E7F", "05ca7f78cc11019cd85ef534c342f9e71acad5195ffd0e815e1e7fbd0800daa2"
        search = personal.Search([serial])

        assert search.found(f'"document":"{digest}"}}'.encode()) == set()
        assert search.found(base64.b64encode(digest.encode())) == set()
        for leak in (serial, serial.lower(), f'"serial":"{serial}"', f"{serial}-{digest}"):
            assert search.found(leak.encode()) == {serial}, leak

    def test_passes_over_digits_of_a_digest_alone(self) -> None:
        """A short number within a SHA-256 is chance on a large day; by itself, among digits or in other text it is a find."""
        number, digest = "2072380593", "f6facab9" + "2072380593" + "cd1a9fb664e2fa15e443a4dbec2af7da1fcba5f957d529"
        search = personal.Search([number])
        for chance in (digest, f'"digest":"{digest}","env'):
            for shift in range(3):
                assert search.found(base64.b64encode(b"x" * shift + chance.encode())) == set()
            assert search.found(chance.encode()) == set()
        for leak in (number, f"x{number}y", f"ab{number}cd", number * 4, f'"{number}",{digest}'):
            assert search.found(leak.encode()) == {number}
            assert search.found(base64.b64encode(leak.encode())) == {number}

    def test_never_passes_over_an_own_number(self) -> None:
        """Twelve digits are no chance, wherever they stand."""
        assert personal.Search(["123456789018"]).found(b"ab" * 20 + b"123456789018" + b"cd" * 20) == {"123456789018"}


class TestNowhere:
    def test_the_partners_have_left(self, played: Run, full: Run) -> None:
        """Their own files, by which some of them speak, are in clear: none is left when a day has ended."""
        assert [path for run in (played, full) for path in (run.home / "run").glob("*.sock")] == []

    def test_in_the_home(self, everybody: personal.Search, played: Run) -> None:
        """Journals, key stores, endpoint stores, logs, events, metrics, plan, ledgers, attacks, report, names of files."""
        assert everybody.leaks(played.home) == {}

    def test_in_temporary_files(self, everybody: personal.Search, played: Run) -> None:
        """Whatever any of the processes left where temporary files go."""
        assert everybody.leaks(played.temp) == {}

    def test_on_the_terminal(self, everybody: personal.Search, played: Run) -> None:
        """What the command wrote, on both outputs."""
        assert everybody.found(played.said) == set()

    def test_when_it_was_told_to_a_person(self, small: Run) -> None:
        """The same for another day, whose report was a table."""
        search = personal.search(small.day)
        assert search.found(small.said) == set()
        assert search.leaks(small.home) == {}

    def test_when_every_system_of_the_document_is_there(self, everybody_told_of: personal.Search, full: Run) -> None:
        """A full day: also the ledgers of peers and departments, what the CS keeps of certificates, the recorded steps."""
        written = {path.parent.name for path in (full.home / "effects").rglob("*") if path.is_file()}
        leaves = b"\n".join(leaf for zone in ZONES for leaf in logfile.leaves(full.home / "zones" / zone))

        assert written >= {"effects", "cs-certificates"}
        assert everybody_told_of.leaks(full.home) == {}
        assert everybody_told_of.leaks(full.temp) == {}
        assert everybody_told_of.found(full.said + leaves) == set()

    @pytest.mark.parametrize("zone", ZONES)
    def test_in_what_is_exported(self, zone: str, everybody: personal.Search, played: Run, tmp_path: Path) -> None:
        """Leaves and checkpoints as they are given to others, and the entries themselves behind their base64."""
        target = tmp_path / "export.txt"
        done = call([*hub("log export", played.home / "zones" / zone), "-o", str(target)], tmp_path / "temp")
        assert done.returncode == 0
        assert everybody.found(target.read_bytes()) == set()
        assert everybody.found(b"\n".join(logfile.leaves(played.home / "zones" / zone))) == set()


def _encodable(text: str) -> bool:
    try:
        text.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True
