"""Two persons confirm a doubtful row in a real home: by the command line, and for a message that waits for it.

Everything is done by the commands, each of which opens the home anew, as persons do it. A release in which the row reads
otherwise is a copy of this one with one word changed, run as a process of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from typer.testing import CliRunner

from hub.app import confirmations
from hub.app.confirmations import Confirmation
from hub.app.evidence import open_archive
from hub.app.founding import Founding, found
from hub.app.opening import open_home
from hub.app.paths import HomePaths
from hub.app.register import add_person, personal_key
from hub.cli.app import root
from hub.codes import jnl, per, prv
from hub.config import Config
from hub.edges import resources
from hub.edges.clock import SystemClock
from hub.errors import IntegrityError, Unavailable
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Config as ConfigEntry
from hub.exchangelog.entry import Permit, Refuse, Statement
from hub.observe import silent
from hub.statements import Act, Role
from hub.statements import Statement as Spoken
from tests import samples

CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)
PERSONS = {"甲": Role.APPROVER, "乙": Role.APPROVER, "丙": Role.OPERATOR, "丁": Role.AUDITOR, "戊": Role.EXPORTER}
REQUESTERS = ("都道府県知事", "広島市長", "長崎市長")
ROW, NOBODYS_ROW = "row:kou2/128", "row:beppyo/9"
SCHOOL_ROW, SCHOOL_ITEMS = "row:statutes/kk-gakumu", "items:statutes/kk-gakumu/gakumu"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> HomePaths:
    """A new development home with two approvers and one person of every other role."""
    founded_at = SystemClock().now() - timedelta(hours=1)
    made = found(Founding(tmp_path_factory.mktemp("founded") / "home", CONFIG, resources.routing_file(), founded_at))
    for name, role in PERSONS.items():
        add_person(made, name, role)
    return made


@pytest.fixture
def paths(founded: HomePaths, tmp_path: Path) -> HomePaths:
    """A copy of it for each test: nothing was done in it yet."""
    return HomePaths(shutil.copytree(founded.root, tmp_path / "home"))


def run(paths: HomePaths, *arguments: str) -> tuple[int, Any]:
    done = CliRunner().invoke(root, [*arguments, "--json", "--home", str(paths.root)])
    return done.exit_code, json.loads(done.stdout)


def signing(about: str, person: str) -> tuple[str, ...]:
    return ("confirm", "sign", about, "--person", person, "--reason", "原典に当たった")


def confirm(paths: HomePaths, about: str, person: str) -> Any:
    """What `hub confirm sign` says."""
    return run(paths, *signing(about, person))[1]


def confirmed(paths: HomePaths, *abouts: str) -> None:
    """Both approvers sign each."""
    for about in abouts:
        assert [confirm(paths, about, name)["index"] is None for name in ("甲", "乙")] == [True, False]


def asked(item: str, recipient: str, table: str, information: str, channel: str) -> tuple[str, ...]:
    where = ("--table", table, "--item", item, "--recipient", recipient)
    return ("rules", "decide", *where, "--information", information, "--channel", channel)


def of_128(recipient: str = REQUESTERS[0]) -> tuple[str, ...]:
    return asked("128", recipient, "kou2", "住民票関係情報", "nws")


def decided(paths: HomePaths, question: tuple[str, ...]) -> tuple[int, str]:
    """Exit code and code of `hub rules decide`."""
    code, said = run(paths, *question)
    return code, said["code"]


DENIED = (3, prv.ROW_NOT_CONFIRMED.id)
PERMITTED = (0, "")


class TestThree:
    def test_a_third_may_sign_where_the_second_could_not_be_recorded(self, paths: HomePaths) -> None:
        """The disk was full when the release was to be recorded: whoever signs next completes it, and all are in the entry."""
        add_person(paths, "己", Role.APPROVER)
        said = said_of(Act.RELEASE)

        def full(_: tuple[str, ...]) -> int:
            raise Unavailable(jnl.UNAVAILABLE, place="journal", reason="SQLITE_FULL")

        def enter(keys: tuple[str, ...]) -> int:
            released = entries.Release(
                time="2026-11-29T00:00:00.000Z",
                origin=CONFIG.origin,
                tenant=CONFIG.tenant,
                environment=CONFIG.environment,
                message="0195e7a0-5a10-7c3e-9d52-000000000001",
                entry=1,
                statement=said.id,
                keys=keys,
            )
            assert entries.parse(entries.encode(released)) == released
            return len(keys)

        known = confirmations.approve(paths, Confirmation(said, ()), said.signed(personal_key(paths, "甲")), full)
        with pytest.raises(Unavailable):
            confirmations.approve(paths, known, said.signed(personal_key(paths, "乙")), full)
        kept = confirmations.begun(paths, said.act, said.about, said.digest)
        assert kept is not None
        done = confirmations.approve(paths, kept, said.signed(personal_key(paths, "己")), enter)

        assert (len(done.approvals), done.index) == (3, 3)


def said_of(act: Act) -> Spoken:
    return Spoken(act, "hold:7", "0" * 64, "確認した", CONFIG.origin, "2026-11-29T00:00:00.000Z")


class TestByTheCommandLine:
    def test_one_person_changes_nothing_and_two_permit(self, paths: HomePaths) -> None:
        """項128 denies everybody, also after the first signature; with the second person's its printed requesters may ask."""
        everybody = [of_128(name) for name in REQUESTERS]
        before = [decided(paths, question) for question in everybody]
        first = confirm(paths, ROW, "甲")
        between = [decided(paths, question) for question in everybody]
        second = confirm(paths, ROW, "乙")
        after = [decided(paths, question) for question in everybody]

        assert (first["approvals"], first["index"]) == (1, None)
        assert (second["approvals"], second["statement"]) == (2, first["statement"])
        assert second["index"] is not None
        assert before == between == [DENIED] * 3
        assert after == [PERMITTED] * 3
        assert decided(paths, of_128("厚生労働大臣")) == (3, prv.RECIPIENT_NOT_PARTY.id)

    def test_no_other_doubt_is_lifted(self, paths: HomePaths) -> None:
        """A confirmation of 128 says nothing of 152, 160, 163 or 別紙2 項9."""
        confirmed(paths, ROW)
        others = [asked(item, "都道府県知事", "kou2", "住民票関係情報", "nws") for item in ("152", "160", "163")]
        others.append(asked("9", "障がい福祉課", "beppyo", "住民基本台帳ファイル", "chonai"))

        assert [decided(paths, question) for question in others] == [DENIED] * 4

    def test_a_row_without_recipients_gives_to_nobody_even_then(self, paths: HomePaths) -> None:
        """別紙2 項9 prints no department: confirmed, it still has no party."""
        confirmed(paths, NOBODYS_ROW)

        for name in ("障がい福祉課", "足立福祉事務所", "保健予防課", "保健センター"):
            question = asked("9", name, "beppyo", "住民基本台帳ファイル", "chonai")
            assert decided(paths, question) == (3, prv.RECIPIENT_NOT_PARTY.id)

    def test_the_same_person_twice_does_not_count(self, paths: HomePaths) -> None:
        """By name or by key, they are one."""
        key = next(one["key"] for one in run(paths, "person", "list")[1]["persons"] if one["name"] == "甲")
        said = [confirm(paths, ROW, person) for person in ("甲", "甲", key)]

        assert [(one["approvals"], one["index"]) for one in said] == [(1, None)] * 3
        assert decided(paths, of_128()) == DENIED

    def test_other_roles_do_not_count(self, paths: HomePaths) -> None:
        """An operator, an auditor and an exporter are refused, before an approver signed and after."""
        tries = [run(paths, *signing(ROW, person)) for person in ("丙", "丁", "戊")]
        confirm(paths, ROW, "甲")
        tries += [run(paths, *signing(ROW, person)) for person in ("丙", "丁", "戊")]

        assert {(code, said["error"]["code"]) for code, said in tries} == {(3, per.WRONG_ROLE.id)}
        assert decided(paths, of_128()) == DENIED

    def test_the_same_key_under_another_role_does_not_count(self, paths: HomePaths) -> None:
        """Whoever was an approver when signing and is an operator now has not approved: the home does not open."""
        confirmed(paths, ROW)
        register = paths.persons / "register.json"
        value = json.loads(register.read_text("utf-8"))
        for one in value["persons"]:
            one["role"] = "operator" if one["name"] == "乙" else one["role"]
        register.write_text(json.dumps(value), "utf-8")
        code, said = run(paths, *of_128())

        assert (code, said["error"]["code"]) == (3, per.WRONG_ROLE.id)


class TestInTheLog:
    def test_the_statement_has_an_entry_and_the_log_verifies(self, paths: HomePaths, tmp_path: Path) -> None:
        """The entry names statement and both keys and no person; the next opening cites other provisions; `hub log verify` ends 0."""
        with open_home(paths.root, SystemClock(), silent):
            pass  # the configuration before
        confirmed(paths, ROW)
        note = tmp_path / "outside.txt"
        note.write_text(CliRunner().invoke(root, ["log", "checkpoint", "--home", str(paths.root)]).stdout, "utf-8")
        with open_home(paths.root, SystemClock(), silent) as opened:
            entries = [opened.entry(index) for index in range(opened.journal.head().size)]
        said = next(iter(confirmations.read_all(paths)))
        (index,) = (at for at, one in enumerate(entries) if isinstance(one, Statement))
        entry = entries[index]
        configs = [one for one in entries if isinstance(one, ConfigEntry)]

        assert isinstance(entry, Statement)
        assert (index, entry.statement) == (said.index, said.statement.id)
        keys = sorted(said.statement.signed(personal_key(paths, name)).key for name in ("甲", "乙"))
        assert list(entry.keys) == keys
        assert "甲" not in str(entry)
        assert len({one.digests["provisions"] for one in configs}) == len(configs) == 2
        code, report = run(paths, "log", "verify", "--checkpoint", str(note))
        assert (code, report["verified"]) == (0, True)

    def test_a_confirmation_that_the_log_does_not_hold_keeps_the_home_shut(self, paths: HomePaths) -> None:
        """Two real signatures with an index that somebody wrote in by hand: HUB-PER-008, and no message passes."""
        confirm(paths, ROW, "甲")
        (begun,) = confirmations.read_all(paths)
        both = (*begun.approvals, begun.statement.signed(personal_key(paths, "乙")))
        confirmations.write(paths, confirmations.Confirmation(begun.statement, both, 0))
        code, said = run(paths, *signing(NOBODYS_ROW, "甲"))

        assert (code, said["error"]["code"]) == (IntegrityError.exit_code, per.FILE_CHANGED.id)


class TestByMessage:
    def test_waits_for_row_and_items_by_two_persons_each(self, paths: HomePaths, tmp_path: Path) -> None:
        """KK-CHG to 学務課 is refused until both the provision and the decision on items are confirmed; then it is delivered."""
        codes = [submitted(paths, tmp_path)["code"]]
        confirm(paths, SCHOOL_ROW, "甲")
        codes.append(submitted(paths, tmp_path)["code"])
        confirm(paths, SCHOOL_ROW, "乙")
        codes.append(submitted(paths, tmp_path)["code"])
        confirm(paths, SCHOOL_ITEMS, "乙")
        codes.append(submitted(paths, tmp_path)["code"])
        assert run(paths, "inbox", "gakumu")[1]["messages"] == []
        confirm(paths, SCHOOL_ITEMS, "甲")
        permit = submitted(paths, tmp_path)

        row, items = prv.ROW_NOT_CONFIRMED.id, prv.ITEMS_NOT_CONFIRMED.id
        assert codes == [row, row, items, items]
        assert permit["permit"]
        assert [one["index"] for one in run(paths, "inbox", "gakumu")[1]["messages"]] == [permit["index"]]
        with open_archive(paths.root) as archive:
            assert archive.verify(()).ok

    def test_the_permit_cites_the_provisions_with_the_confirmation(self, paths: HomePaths, tmp_path: Path) -> None:
        """Refusal and permit name the same row, and config entries that differ in the digest of the law alone."""
        refused = submitted(paths, tmp_path)["index"]
        confirmed(paths, SCHOOL_ROW, SCHOOL_ITEMS)
        permitted = submitted(paths, tmp_path)["index"]
        with open_home(paths.root, SystemClock(), silent) as opened:
            before, after = opened.entry(refused), opened.entry(permitted)
            assert isinstance(before, Refuse)
            assert isinstance(after, Permit)
            laws = [opened.entry(one.config) for one in (before, after)]

        assert after.legal is not None
        assert (after.legal.table, after.legal.item) == ("statutes", "kk-gakumu")
        first, second = (one.digests for one in laws if isinstance(one, ConfigEntry))
        assert {name for name in first if first[name] != second[name]} == {"provisions"}

    def test_what_is_confirmed_bounds_the_items_still(self, paths: HomePaths, tmp_path: Path) -> None:
        """個人番号 never goes to 学務課: no grant has it."""
        confirmed(paths, SCHOOL_ROW, SCHOOL_ITEMS)

        assert not submitted(paths, tmp_path, number=samples.NUMBER)["permit"]


class Release:
    """Another release of the hub: this one with one word of a table changed, in a folder of its own."""

    def __init__(self, place: Path, table: str, printed: str, changed: str) -> None:
        self.place = place
        ignore = shutil.ignore_patterns("__pycache__")
        for name in ("hub", "xsd"):
            shutil.copytree(ROOT / name, place / name, ignore=ignore)
        shutil.copy(ROOT / "routing.yaml", place)
        file = place / "hub" / "provisions" / "tables" / f"{table}.yaml"
        text = file.read_text("utf-8")
        assert text.count(printed) == 1
        file.write_text(text.replace(printed, changed), "utf-8")

    def run(self, paths: HomePaths, *arguments: str) -> tuple[int, Any]:
        """One command of that release on a home."""
        done = subprocess.run(
            [sys.executable, "-m", "hub", *arguments, "--json", "--home", str(paths.root)],
            cwd=self.place,
            env={**os.environ, "PYTHONPATH": str(self.place)},
            capture_output=True,
            check=False,
            timeout=60,
        )
        return done.returncode, json.loads(done.stdout)


class TestChangedRow:
    def test_the_old_confirmation_lifts_nothing(self, paths: HomePaths, tmp_path: Path) -> None:
        """One word of 128 is another: it denies again, both persons have to sign anew, and the old entry stays in the log."""
        confirmed(paths, ROW)
        release = Release(tmp_path / "release", "kou2", "保健手当又は葬祭料の支給", "保健手当の支給")
        again = release.run(paths, *of_128())
        (shown,) = (one for one in release.run(paths, "confirm", "list")[1]["doubts"] if one["about"] == ROW)
        one, two = (release.run(paths, *signing(ROW, name))[1] for name in ("甲", "乙"))
        lifted = release.run(paths, *of_128())

        assert (again[0], again[1]["code"]) == DENIED
        assert shown["approvals"] == 0
        assert (one["approvals"], one["index"], two["approvals"]) == (1, None, 2)
        assert (lifted[0], lifted[1]["code"]) == PERMITTED
        assert decided(paths, of_128()) == PERMITTED  # under the wording that was confirmed, in the release that has it
        with open_archive(paths.root) as archive:
            assert archive.verify(()).ok

    def test_a_message_under_it_is_refused_again(self, paths: HomePaths, tmp_path: Path) -> None:
        """KK-CHG passes under the confirmed row; in a release with another affair it does not, however it is signed."""
        confirmed(paths, SCHOOL_ROW, SCHOOL_ITEMS)
        assert submitted(paths, tmp_path)["permit"]
        before = signed(paths, tmp_path)
        place = "    place: L296-306\n"
        release = Release(tmp_path / "release", "statutes", place, "    place: L296-307\n")
        after = signed(paths, tmp_path, release)
        found = [release.run(paths, "submit", str(file)) for file in (before, after)]

        assert [(code, said["code"]) for code, said in found] == [DENIED, DENIED]


def signed(paths: HomePaths, place: Path, release: Release | None = None, number: str | None = None) -> Path:
    """A signed KK-CHG to 学務課, by `hub sign`."""
    body, out = place / "body.xml", place / f"m{len(list(place.glob('m*.xml')))}.xml"
    payload = samples.tree("KK-CHG", {"個人番号": number})
    body.write_bytes(etree.tostring(payload, encoding="UTF-8"))
    way = ("--as", "juki", "--to", "gakumu", "--type", "KK-CHG", "--item", "kk-gakumu")
    arguments = ("sign", str(body), *way, "-o", str(out))
    code, said = release.run(paths, *arguments) if release else run(paths, *arguments)
    assert code == 0, said
    return out


def submitted(paths: HomePaths, place: Path, number: str | None = None) -> Any:
    """What `hub submit` says to a new one."""
    return run(paths, "submit", str(signed(paths, place, number=number)))[1]
