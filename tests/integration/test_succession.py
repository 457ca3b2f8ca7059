"""`hub log key`: the log's key is changed, or came into doubt, and the log goes on; by whoever looks at it later."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.app.evidence import open_archive
from hub.app.opening import open_home
from hub.app.paths import HomePaths
from hub.edges.home import atomic_write, lock_home
from hub.edges.signer import load_log_key
from hub.edges.signermemory import SignerMemory
from hub.errors import IntegrityError, Unavailable
from hub.exchangelog import entry as entries
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.entry import Config
from hub.observe import silent
from tests.integration.test_selfcheck import Moved
from tests.integration.test_witness import NAME, hub, submit
from tests.timestampauthority import OpensslAuthority
from verifier import juki_verify

ORIGIN = "juki-hub/131211/kikan"
NEXT = f"{ORIGIN}/2"


@dataclass(frozen=True)
class Ward:
    """A home with exchanges in its log, of which one is settled and one waits, and a witness that has seen its end."""

    place: Path

    @property
    def home(self) -> Path:
        return self.place / "home"

    @property
    def paths(self) -> HomePaths:
        return HomePaths(self.home)

    @property
    def witness_key(self) -> str:
        return (self.place / "witness/witness.vkey").read_text("utf-8").strip()

    def run(self, *words: str, code: int = 0) -> dict[str, object]:
        return hub(*words, "--home", str(self.home), code=code)

    def failed(self, *words: str, code: int) -> object:
        """The code of the error."""
        error = self.run(*words, code=code)["error"]
        assert isinstance(error, dict)
        return error["code"]

    def submit(self) -> None:
        submit(self.home, self.place)

    def watch(self, vkey: str) -> None:
        hub("witness", "add", vkey, "--home", str(self.place / "witness"))

    def cosign(self) -> None:
        """By medium: how it goes over a network is test_witness.py's."""
        asked, answered = self.place / "asked", self.place / "answered"
        self.run("log", "cosign", "--witness", self.witness_key, "--request", str(asked))
        hub("witness", "answer", str(asked), "-o", str(answered), "--home", str(self.place / "witness"))
        way = ("--request", str(asked), "--response", str(answered))
        self.run("log", "cosign", "--witness", self.witness_key, *way)

    def keep(self, name: str) -> Path:
        """The newest checkpoint, kept elsewhere."""
        (self.place / name).write_text(str(self.run("log", "checkpoint")["note"]), "utf-8")
        return self.place / name

    def ask(self, *words: str) -> Path:
        self.run("log", "key", "next", "-o", str(self.place / "request.json"), *words)
        return self.place / "request.json"

    def sign(self, *words: str, code: int = 0) -> Path:
        """As where the root key is kept: nothing of the home but the key list."""
        listed, target = self.paths.key_list, self.place / "next-list.txt"
        key = ("--key", str(self.paths.offline / "root.key"), "--key-list", str(listed), "-o", str(target))
        said = hub("log", "key", "sign", str(self.place / "request.json"), *key, *words, code=code)
        assert code == 0 or isinstance(said["error"], dict)
        return target

    def take(self) -> dict[str, object]:
        return self.run("log", "key", "take", str(self.place / "next-list.txt"))

    def verified(self, *words: str, code: int = 0) -> dict[str, object]:
        return self.run("log", "verify", *words, code=code)

    def second(self, kind: str, *words: str, key_list: Path | None = None) -> int:
        """What the second verifier says."""
        listed = key_list or self.paths.key_list
        return juki_verify.main([kind, *words, "--root-key", f"@{self.paths.root_verifier}", "--key-list", str(listed)])

    def handed(self, name: str) -> list[tuple[Path, Path]]:
        """The messages that wait for their recipient, each with its stamp, as files."""
        self.run("inbox", "atena", "-o", str(self.place / name))
        return [(file, file.with_suffix(".stamp")) for file in sorted((self.place / name).glob("*.xml"))]

    def waiting(self) -> list[dict[str, object]]:
        found = self.run("inbox", "atena")["messages"]
        assert isinstance(found, list)
        return found


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Ward:
    ward = Ward(tmp_path_factory.mktemp("ward"))
    hub("init", "--development", "--home", str(ward.home))
    ward.submit()
    ward.run("answer", "atena", str(ward.waiting()[0]["message"]))
    hub("witness", "init", "--name", NAME, "--home", str(ward.place / "witness"))
    line = next(one for one in ward.paths.key_list.read_text("utf-8").splitlines() if one.startswith("log "))
    ward.watch(line.split(" ")[3])
    ward.cosign()
    ward.keep("cosigned-early.note")
    ward.submit()
    ward.keep("alone.note")  # nobody cosigned this one
    return ward


@pytest.fixture
def ward(begun: Ward, tmp_path: Path) -> Ward:
    """A copy, so that each test has a log of its own."""
    shutil.copytree(begun.place, tmp_path / "ward")
    return Ward(tmp_path / "ward")


def changed(ward: Ward, *words: str) -> None:
    """The planned way: the end is cosigned, the root signs, the home takes."""
    ward.cosign()
    ward.ask(*words)
    ward.sign("--witness", ward.witness_key)
    ward.take()


class TestPlanned:
    def test_the_log_goes_on(self, ward: Ward) -> None:
        """Same tree, same indexes: what waited is delivered, new entries follow, and every checkpoint kept before still counts."""
        before = ward.keep("before.note")
        size = Checkpoint.claimed(before.read_text("utf-8")).size
        old_list = shutil.copy(ward.paths.key_list, ward.place / "old-list.txt")
        changed(ward)
        waited = ward.waiting()
        ward.run("answer", "atena", str(waited[0]["message"]))
        ward.submit()
        said = ward.verified("--checkpoint", str(before), "--checkpoint", str(ward.paths.anchors))
        ward.run("log", "export", "-o", str(ward.place / "export"))
        known = ("--root-key", f"{ward.paths.root_verifier.read_text('utf-8')}", "--key-list")
        newest = ward.run("log", "checkpoint")

        assert (said["verified"], said["origin"], said["left_out"], said["unproven"]) == (True, NEXT, 0, None)
        assert newest["origin"] == NEXT
        assert ward.verified("--export", str(ward.place / "export"))["verified"]
        assert ward.second("export", str(ward.place / "export"), "--checkpoint", str(before)) == 0
        assert ward.second("journal", str(ward.paths.journal / "journal.sqlite")) == 0
        with open_archive(ward.home) as archive, archive.journal.snapshot() as stored:
            first = entries.parse(next(stored.entries(size, size + 1)).leaf)
        assert isinstance(first, Config)
        assert (first.origin, "follows" in first.digests) == (NEXT, True)
        # whoever has only the old list can judge up to the change, and says that he does not know the rest
        error = ward.verified("--export", str(ward.place / "export"), *known, str(old_list), code=4)["error"]
        assert isinstance(error, dict)

    def test_an_old_stamp_still_holds(self, ward: Ward) -> None:
        """It was given under a sound key, and the tree is the same; a fresh one is had as well."""
        old = str(ward.run("log", "prove", "1")["stamp"])
        changed(ward)
        ward.submit()
        new = str(ward.run("log", "prove", "1")["stamp"])
        for name, text in (("old", old), ("new", new)):
            file = ward.place / f"{name}.stamp"
            file.write_text(text, "utf-8")
            words = ("--receipt", "--origin", ORIGIN)
            assert ward.second("stamp", str(file), *words) == 0, name
        assert f"\n{ORIGIN}\n" in old
        assert f"\n{NEXT}\n" in new

    def test_a_second_change(self, ward: Ward) -> None:
        """Three origins, one tree; the archives name each its own, and are the same whenever they are written."""
        early = ward.place / "early"
        ward.run("log", "archive", str(early), "--every", "1")
        changed(ward)
        ward.watch(str(Ward.take(ward)["key"]))  # taken twice: nothing changes
        ward.submit()
        ward.cosign()
        changed(ward)
        ward.submit()
        ward.run("log", "archive", str(early), "--every", "1")
        ward.run("log", "archive", str(ward.place / "late"), "--every", "1")
        written = {file.name: file.read_bytes() for file in (ward.place / "late").glob("archive-*.txt")}
        said = ward.verified("--archives", str(early), "--checkpoint", str(ward.paths.anchors))

        assert said["verified"]
        assert said["origin"] == f"{ORIGIN}/3"
        assert {file.name: file.read_bytes() for file in early.glob("archive-*.txt")} == written
        assert len({content.split(b"\n")[1] for content in written.values()}) == 3
        files = [str(ward.place / "late" / name) for name in sorted(written)]
        assert ward.second("archives", *files) == 0

    def test_an_entry_between_asking_and_taking(self, ward: Ward) -> None:
        """The end that the root signed is the end, or nothing is changed."""
        ward.ask()
        ward.sign("--unwitnessed")
        ward.submit()
        assert ward.failed("log", "key", "take", str(ward.place / "next-list.txt"), code=2) == "HUB-KEY-020"
        ward.submit()
        assert ward.verified()["origin"] == ORIGIN

    def test_an_end_that_nobody_saw(self, ward: Ward) -> None:
        """The root signs it only when told that there is nobody to ask."""
        ward.ask()
        ward.sign("--witness", ward.witness_key, code=2)
        assert not (ward.place / "next-list.txt").exists()
        ward.sign("--unwitnessed")
        assert ward.take()["changed"]

    def test_while_the_hub_runs(self, ward: Ward) -> None:
        """Nobody may record anything meanwhile."""
        with lock_home(ward.home):
            said = ward.failed("log", "key", "next", "-o", str(ward.place / "r"), code=6)
        assert said == "HUB-JNL-015"

    def test_asked_twice(self, ward: Ward) -> None:
        """The root signed the first request: its key is still here, and the other one goes."""
        ward.ask()
        ward.sign("--unwitnessed")
        ward.ask()
        assert len(ward.paths.next_files()) == 4
        assert ward.take()["changed"]
        assert ward.paths.next_files() == ()

    def test_a_list_for_another_home(self, ward: Ward) -> None:
        """With a key that this home did not make."""
        ward.ask()
        ward.sign("--unwitnessed")
        for file in ward.paths.next_files():
            file.unlink()
        assert ward.failed("log", "key", "take", str(ward.place / "next-list.txt"), code=2) == "HUB-KEY-020"

    @pytest.mark.parametrize("done", ["list", "memory"])
    def test_a_crash_in_the_middle(self, ward: Ward, done: str) -> None:
        """The home stands still, says what to do, and the same command finishes."""
        ward.ask()
        taken = ward.sign("--unwitnessed")
        atomic_write(ward.paths.key_list, taken.read_bytes())
        if done == "memory":
            next(ward.paths.keys.glob("next-*.memory")).replace(ward.paths.log_memory)
        stopped = ward.failed("inbox", "atena", code=2)
        ward.take()
        ward.submit()

        assert stopped == "HUB-KEY-016"
        assert ward.verified()["verified"]
        assert ward.paths.next_files() == ()

    def test_asked_again_in_the_middle_of_a_change(self, ward: Ward) -> None:
        """The key that the list names lies nowhere else: it is not thrown away."""
        ward.ask()
        atomic_write(ward.paths.key_list, ward.sign("--unwitnessed").read_bytes())
        said = ward.failed("log", "key", "next", "-o", str(ward.place / "again"), code=2)
        ward.take()
        ward.submit()

        assert said == "HUB-KEY-016"
        assert ward.verified()["origin"] == NEXT

    def test_a_journal_that_was_set_back_to_the_end(self, ward: Ward) -> None:
        """The signer remembers more: the change would have made it forget."""
        ward.ask()
        ward.sign("--unwitnessed")
        shutil.copytree(ward.paths.journal, ward.place / "old")
        ward.submit()
        shutil.rmtree(ward.paths.journal)
        shutil.copytree(ward.place / "old", ward.paths.journal)
        assert ward.failed("log", "key", "take", str(ward.place / "next-list.txt"), code=4) == "HUB-KEY-011"
        assert ward.failed("inbox", "atena", code=4) == "HUB-KEY-011"

    @pytest.mark.parametrize("name", ["区画二", "a b", ORIGIN, "x" * 256])
    def test_a_name_that_no_entry_can_bear(self, ward: Ward, name: str) -> None:
        """And what was asked for before stays."""
        ward.ask()
        asked = ward.paths.next_files()
        words = ("log", "key", "next", "--origin", name, "-o", str(ward.place / "r"))
        assert ward.failed(*words, code=2) == "HUB-KEY-019"
        assert ward.paths.next_files() == asked

    def test_a_list_that_is_held_already(self, ward: Ward) -> None:
        """What was asked for meanwhile stays."""
        ward.ask()
        ward.run("log", "key", "take", str(ward.paths.key_list))
        ward.sign("--unwitnessed")
        assert ward.take()["changed"]

    def test_a_run_before_the_change(self, ward: Ward) -> None:
        """Where a later origin ended says nothing of it."""
        changed(ward)
        ward.submit()
        assert ward.verified("--from", "0", "--to", "2")["verified"]
        assert ward.verified("--from", "2")["verified"]

    def test_the_clock_is_still_before_the_change(self, ward: Ward) -> None:
        """An entry of then would be refused by everybody."""
        changed(ward)
        before = Moved()
        before.at = datetime(2026, 1, 1, tzinfo=UTC)
        with pytest.raises(Unavailable, match="HUB-KEY-024"), open_home(ward.home, before, silent):
            pass

    def test_a_member_that_outlived_the_change(self, ward: Ward) -> None:
        """It still holds the old key and the old memory's file: at its next turn it stops."""
        memory = SignerMemory.open(ward.paths.log_memory, ORIGIN)
        changed(ward)
        with pytest.raises(IntegrityError, match="HUB-KEY-010"):
            memory.reload()
        memory.close()

    def test_at_an_endpoint(self, ward: Ward, tmp_path: Path) -> None:
        """Its home takes the list, and believes what goes on; an older list it refuses."""
        old = ward.paths.key_list.read_bytes()
        changed(ward)
        place = tmp_path / "endpoint"
        (place / "keys").mkdir(parents=True)
        for file in (ward.paths.config, ward.paths.root_verifier):
            shutil.copy(file, place / file.relative_to(ward.home))
        atomic_write(place / "keys" / "keylist.txt", old)
        said = hub("log", "key", "take", str(ward.paths.key_list), "--home", str(place))
        (tmp_path / "old").write_bytes(old)
        error = hub("log", "key", "take", str(tmp_path / "old"), "--home", str(place), code=4)["error"]

        assert (said["origin"], said["changed"]) == (NEXT, False)
        assert isinstance(error, dict)
        assert error["code"] == "HUB-LOG-022"


class TestDoubt:
    """The key may be in other hands."""

    def doubted(self, ward: Ward, since: str = "2099-01-01T00:00:00Z") -> None:
        ward.ask("--doubt", since)
        ward.sign()
        ward.take()
        ward.submit()

    def test_what_others_saw_counts(self, ward: Ward) -> None:
        """A cosigned checkpoint does, one that only the key signed is left out, and the rest is said to rest on the house."""
        ward.submit()
        end = Checkpoint.claimed(ward.keep("end.note").read_text("utf-8")).size
        cosigned = ward.paths.anchors
        self.doubted(ward)
        seen = next(iter(cosigned.glob("*.note")))
        size = Checkpoint.claimed(seen.read_text("utf-8")).size
        kept = [
            str(ward.place / name) for name in ("alone.note", "end.note")
        ]  # the end itself counts: the root signed it
        words = ("--checkpoint", str(cosigned), *(word for one in kept for word in ("--checkpoint", one)))
        trusting = ward.verified(*words, "--witness", ward.witness_key)
        alone = ward.verified(*words)

        assert (trusting["verified"], trusting["left_out"], trusting["unproven"]) == (True, 1, [size, end])
        assert (alone["verified"], alone["left_out"], alone["unproven"]) == (True, 2, [0, end])
        ward.run("log", "export", "-o", str(ward.place / "export"))
        files = ("--checkpoint", *map(str, sorted(cosigned.glob("*.note"))), str(ward.place / "alone.note"))
        assert ward.second("export", str(ward.place / "export"), *files, "--witness", ward.witness_key) == 0

    def test_what_they_saw_too_late_does_not(self, ward: Ward) -> None:
        """A thief can have his own checkpoints cosigned, too."""
        self.doubted(ward, "2026-01-01T00:00:00Z")
        said = ward.verified("--checkpoint", str(ward.paths.anchors), "--witness", ward.witness_key)
        assert (said["verified"], said["left_out"]) == (True, 1)

    def test_a_timestamp_counts(self, ward: Ward) -> None:
        """By the pinned authority, beside the note that it is over."""
        tsa = OpensslAuthority(ward.place / "tsa")
        ward.paths.timestamp_authority.write_bytes(tsa.ca.read_bytes())
        with tsa.serving() as url:
            ward.run("log", "timestamp", "--url", url)
        ward.submit()
        self.doubted(ward)
        folder = ("--checkpoint", str(ward.paths.timestamps))
        counted, alone = ward.verified(*folder, "--ca", str(tsa.ca)), ward.verified(*folder)

        assert (counted["left_out"], alone["left_out"]) == (0, 1)
        assert counted["unproven"] != alone["unproven"]

    def test_the_thiefs_history_is_not_the_logs(self, ward: Ward) -> None:
        """A checkpoint of another tree, signed with the stolen key: it accuses the house, and is not judged by."""
        stolen = shutil.copy(ward.paths.log_key, ward.place / "stolen.key")
        self.doubted(ward)
        forged = Checkpoint(ORIGIN, 3, b"\1" * 32).sign(load_log_key(Path(stolen).read_bytes()))
        (ward.place / "forged.note").write_text(forged, "utf-8")
        said = ward.verified("--checkpoint", str(ward.place / "forged.note"))
        assert (said["verified"], said["left_out"]) == (True, 1)
        ward.run("log", "export", "-o", str(ward.place / "export"))
        assert ward.second("export", str(ward.place / "export"), "--checkpoint", str(ward.place / "forged.note")) == 0

    def test_and_cannot_go_on_behind_the_end(self, ward: Ward) -> None:
        """What the stolen key signs beyond the end is none of the log's, doubt or not."""
        stolen = shutil.copy(ward.paths.log_key, ward.place / "stolen.key")
        self.doubted(ward)
        longer = Checkpoint(ORIGIN, 1000, b"\1" * 32).sign(load_log_key(Path(stolen).read_bytes()))
        (ward.place / "longer.note").write_text(longer, "utf-8")
        error = ward.verified("--checkpoint", str(ward.place / "longer.note"), code=4)["error"]
        assert isinstance(error, dict)
        assert error["code"] == "HUB-LOG-072"

    def test_a_key_that_was_replaced_comes_into_doubt(self, ward: Ward) -> None:
        """Later, and then since earlier still; never less."""
        ward.submit()
        changed(ward)
        ward.submit()
        root = ("--key", str(ward.paths.offline / "root.key"), "--key-list", str(ward.paths.key_list))
        for since, code in (("2026-06-01T00:00:00Z", 0), ("2026-05-01T00:00:00Z", 0), ("2026-06-01T00:00:00Z", 2)):
            target = ward.place / "next-list.txt"
            hub("log", "key", "doubt", ORIGIN, "--since", since, *root, "-o", str(target), code=code)
            if not code:
                ward.take()
        said = ward.verified("--checkpoint", str(ward.place / "alone.note"))

        assert (said["verified"], said["left_out"]) == (True, 1)
        assert "2026-05-01T00:00:00.000Z" in ward.paths.key_list.read_text("utf-8")

    def test_before_the_first_start_nothing_is_proven(self, ward: Ward) -> None:
        """The newest checkpoint is still one of the key in doubt."""
        ward.ask("--doubt", "2026-01-01T00:00:00Z")
        ward.sign()
        ward.take()
        assert ward.failed("log", "prove", "1", code=4) == "HUB-LOG-073"
        ward.submit()
        assert ward.run("log", "prove", "1")["stamp"]

    def test_old_stamps_are_refused_and_renewed(self, ward: Ward) -> None:
        """What waited is handed out with a proof under the new key; a repeated message gets a receipt under it, too."""
        sent = shutil.copy(ward.place / "m.xml", ward.place / "sent.xml")
        shutil.copy(ward.place / "m.xml.operator", ward.place / "sent.xml.operator")
        (old,) = ward.handed("before")
        self.doubted(ward)
        again = ward.run("submit", str(sent))
        (new, _) = ward.handed("after")
        refused = ward.failed("verify", str(old[0]), "--stamp", str(old[1]), "--as", "atena", code=4)
        held = ward.run(
            "verify",
            str(new[0]),
            "--stamp",
            str(new[1]),
            "--as",
            "atena",
            "--checkpoint",
            str(ward.place / "alone.note"),
        )

        assert refused == "HUB-LOG-073"
        assert new[0].read_bytes() == old[0].read_bytes()
        assert held["verified"]
        assert f"\n{NEXT}\n" in str(again["receipt"])
        assert ward.second("stamp", str(old[1]), "--origin", ORIGIN) != 0
        assert ward.second("stamp", str(new[1]), "--origin", ORIGIN) == 0
