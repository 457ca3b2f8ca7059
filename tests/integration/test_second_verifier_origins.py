"""verifier/juki_verify.py against a log whose key changed, and changed again: epochs, `ended` lines, keys in doubt.

Built by hand from docs/spec/exchange-log.md; it knows nothing of the hub.
"""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.integration.test_second_verifier import (
    KEYS,
    LEAVES,
    ORIGIN,
    ROOT,
    SEED,
    Answer,
    anchors,
    b64,
    badly_signed,
    canonical,
    codes,
    edit,
    export_of,
    leaf_hashes,
    make_journal,
    outside_files,
    root_of,
    signed,
)
from tests.timestampauthority import OpensslAuthority, openssl
from verifier import juki_verify as jv

ORIGINS = [ORIGIN, f"{ORIGIN}/2", f"{ORIGIN}/3"]
SEEDS = [SEED, bytes(range(40, 72)), bytes(range(72, 104))]
TIMES = ["2026-04-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z", "2099-02-01T00:00:00.000Z"]
ENDS = [5, 9]
SIZES = [1, 5, 6, 9, 10, 12]
WITNESS = bytes(range(104, 136))
WITNESS_NAME = "kansa.example/witness"
PERMIT, ANSWER = LEAVES[1], LEAVES[20]


# --- Making a log of several origins ----------------------------------------------------------------------------------


def vkey_of(name: str, seed: bytes, kind: int = 1) -> str:
    blob = bytes([kind]) + Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    key_id = hashlib.sha256(f"{name}\n".encode() + blob).digest()[:4]
    return f"{name}+{key_id.hex()}+{b64(blob)}"


def epoch_of(index: int) -> int:
    return sum(index >= end for end in ENDS)


def owner_of(size: int) -> int:
    return sum(size > end for end in ENDS)


def root_at(leaves: list[bytes], size: int) -> str:
    return b64(root_of(leaf_hashes(leaves[:size])))


def checkpoint(leaves: list[bytes], size: int, number: int | None = None, seed: bytes | None = None) -> bytes:
    """The checkpoint of this size, of the origin to which it belongs or of another one."""
    which = owner_of(size) if number is None else number
    text = f"{ORIGINS[which]}\n{size}\n{root_at(leaves, size)}\n"
    return signed(text, ORIGINS[which], SEEDS[which] if seed is None else seed)


def follows(leaves: list[bytes], number: int) -> str:
    """What the first entry of epoch `number` says of the one before."""
    size = ENDS[number - 1]
    return hashlib.sha256(f"{ORIGINS[number - 1]}\n{size}\n{root_at(leaves, size)}\n".encode()).hexdigest()


def config_of(leaves: list[bytes], number: int) -> bytes:
    digests = {**json.loads(LEAVES[0])["digests"], "follows": follows(leaves, number)}
    size = ENDS[number - 1]
    return edit(LEAVES[0], origin=ORIGINS[number], time=TIMES[number], after=size, digests=digests)


def permit(number: int, after: int, config: int) -> bytes:
    return edit(PERMIT, origin=ORIGINS[number], time=TIMES[number], after=after, config=config)


def answer_seen(leaves: list[bytes], origin: str, size: int) -> bytes:
    seen = {"origin": origin, "root": root_at(leaves, size), "size": size}
    return edit(ANSWER, origin=ORIGINS[2], time=TIMES[2], after=10, config=9, seen=seen)


def grown() -> list[bytes]:
    """Twelve entries in three epochs: 0 to 4, 5 to 8, 9 to 11; the last is an answer that saw the end of the second."""
    leaves = LEAVES[:5]
    leaves.append(config_of(leaves, 1))
    leaves += [permit(1, 6, 5)] * 3
    leaves.append(config_of(leaves, 2))
    leaves.append(permit(2, 10, 9))
    return [*leaves, answer_seen(leaves, ORIGINS[1], 9)]


WHOLE = grown()
NOTES = [checkpoint(WHOLE, size) for size in SIZES]


@dataclass(frozen=True)
class ListOf:
    """A key list: `doubts` of the first origins, and so many `ended` lines."""

    doubts: tuple[str, ...] = ("-", "-")
    leaves: tuple[bytes, ...] = tuple(WHOLE)

    def lines(self) -> list[str]:
        ended = len(self.doubts)
        untils = [*TIMES[1 : 1 + ended], "-"]
        logs = [
            f"log {since} {until} {vkey_of(name, seed)}"
            for since, until, name, seed in zip(TIMES, untils, ORIGINS, SEEDS, strict=False)
        ]
        return logs + [
            f"ended {ENDS[n]} {root_at(list(self.leaves), ENDS[n])} {doubt} {ORIGINS[n]} {ORIGINS[n + 1]}"
            for n, doubt in enumerate(self.doubts)
        ]

    def text(self) -> str:
        return key_list(self.lines())


def key_list(lines: list[str]) -> str:
    text = "\n".join(["juki-hub/keylist@v1", "sequence 3", *lines]) + "\n"
    return signed(text, KEYS["root_name"], bytes.fromhex(KEYS["root_seed"])).decode()


TWO = ListOf(("-",))
THREE = ListOf()


def export(leaves: list[bytes], notes: list[bytes], number: int = 2) -> bytes:
    head, named = f"origin {ORIGIN}\n".encode(), f"origin {ORIGINS[number]}\n".encode()
    return export_of(leaves, notes).replace(head, named, 1)


def cosigned(note: bytes, time: datetime, seed: bytes = WITNESS, name: str = WITNESS_NAME) -> bytes:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    key_id = hashlib.sha256(f"{name}\n".encode() + b"\x04" + key.public_key().public_bytes_raw()).digest()[:4]
    seconds = int(time.timestamp())
    text = note.decode().rpartition("\n\n")[0] + "\n"
    signature = key.sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
    return note + f"— {name} {b64(key_id + seconds.to_bytes(8, 'big') + signature)}\n".encode()


WITNESS_KEY = vkey_of(WITNESS_NAME, WITNESS, 4)


# --- Asking -----------------------------------------------------------------------------------------------------------


def ask(
    tmp: Path, capsys: pytest.CaptureFixture[str], keys: ListOf | str, command: str, files: list[Path], *more: str
) -> Answer:
    text = keys if isinstance(keys, str) else keys.text()
    status = jv.main([command, *map(str, files), *anchors(tmp, text), *more])
    said = json.loads(capsys.readouterr().out)
    assert (status == jv.HOLDS) == said["holds"]
    return Answer(status, said)


def ask_export(
    tmp: Path,
    capsys: pytest.CaptureFixture[str],
    whole: bytes,
    outside: list[bytes] | None = None,
    *more: str,
    keys: ListOf | str = THREE,
) -> Answer:
    (tmp / "export").write_bytes(whole)
    return ask(tmp, capsys, keys, "export", [tmp / "export"], *outside_files(tmp, outside or []), *more)


def ask_journal(
    tmp: Path,
    capsys: pytest.CaptureFixture[str],
    leaves: list[bytes],
    notes: list[bytes],
    *more: str,
    keys: ListOf | str = THREE,
) -> Answer:
    path = tmp / "journal.sqlite"
    path.unlink(missing_ok=True)
    make_journal(path, leaves, notes)
    return ask(tmp, capsys, keys, "journal", [path], *more)


def ask_both(
    tmp: Path, capsys: pytest.CaptureFixture[str], leaves: list[bytes], notes: list[bytes], keys: ListOf = THREE
) -> Answer:
    """As an export and as a journal, which must agree on everything that an export can show."""
    last = len(keys.doubts)
    one = ask_export(tmp, capsys, export(leaves, notes, last), keys=keys)
    two = ask_journal(tmp, capsys, leaves, notes, keys=keys)
    assert (one.status, one.first(), one.ids()) == (two.status, two.first(), two.ids() - {"head-differs"})
    return one


def resigned(leaves: list[bytes]) -> list[bytes]:
    return [checkpoint(leaves, size) for size in SIZES if size <= len(leaves)]


def replaced(index: int, leaf: bytes) -> list[bytes]:
    return [*WHOLE[:index], leaf, *WHOLE[index + 1 :]]


# --- Key list ---------------------------------------------------------------------------------------------------------


def test_the_example_of_the_specification_is_a_line_of_a_key_list() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs/spec/exchange-log.md").read_text("utf-8")
    example = next(line for line in text.split("\n") if line.startswith("ended 21 "))
    logs = [line for line in KEYS["next_keylist"].split("\n") if line.startswith("log ")]
    keys = jv.read_key_list(key_list([*logs, example]).encode(), ROOT)
    line = keys.line(ORIGIN)
    assert line is not None
    assert line == keys.line(f"{ORIGIN}/2")
    assert [(epoch.origin, epoch.begin) for epoch in line.epochs] == [(ORIGIN, 0), (f"{ORIGIN}/2", 21)]
    assert (keys.newest(), keys.line("other")) == ([f"{ORIGIN}/2"], None)


def test_epochs_of_entries_and_of_checkpoints() -> None:
    line = jv.read_key_list(THREE.text().encode(), ROOT).line(ORIGINS[1])
    assert line is not None
    for index in range(20):
        epoch = line.at(index)
        assert epoch is not None
        assert epoch.origin == ORIGINS[epoch_of(index)]
        belonging = [epoch.origin for epoch in line.epochs if epoch.belongs(index)]
        assert belonging == [ORIGINS[owner_of(index)]]


def _without(part: str) -> Callable[[list[str]], list[str]]:
    return lambda lines: [line for line in lines if part not in line]


def _changed(place: int, old: str, new: str) -> Callable[[list[str]], list[str]]:
    def change(lines: list[str]) -> list[str]:
        assert lines[place].count(old), old
        return [*lines[:place], lines[place].replace(old, new, 1), *lines[place + 1 :]]

    return change


ROOT_5, ROOT_9 = root_at(WHOLE, 5), root_at(WHOLE, 9)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda lines: [*lines[:3], lines[4], lines[3]], id="not ascending"),
        pytest.param(lambda lines: [*lines, lines[4]], id="twice"),
        pytest.param(lambda lines: [*lines[:2], lines[3], lines[2], lines[4]], id="before a log line"),
        pytest.param(lambda lines: [lines[3], *lines[:3], lines[4]], id="before all log lines"),
        pytest.param(lambda lines: lines[3:], id="no log line"),
        pytest.param(lambda lines: [*lines, ""], id="an empty line"),
        pytest.param(_without("/3+"), id="next is not listed"),
        pytest.param(lambda lines: lines[1:], id="origin is not listed"),
        pytest.param(_changed(0, TIMES[1], "-"), id="its key has no end"),
        pytest.param(_changed(1, f"log {TIMES[1]}", "log 2098-12-31T23:59:59.999Z"), id="next begins earlier"),
        pytest.param(_changed(3, "ended 5", "ended 0"), id="size 0"),
        pytest.param(_changed(3, "ended 5", "ended 05"), id="size in another spelling"),
        pytest.param(_changed(3, "ended 5", "ended -5"), id="negative size"),
        pytest.param(_changed(3, "ended 5", f"ended {2**53}"), id="size too large"),
        pytest.param(_changed(4, "ended 9", "ended 5"), id="an epoch of nothing"),
        pytest.param(_changed(4, "ended 9", "ended 4"), id="an epoch that ends before it begins"),
        pytest.param(_changed(3, ROOT_5, ROOT_5[:-1]), id="root without padding"),
        pytest.param(_changed(3, ROOT_5, b64(bytes(31))), id="root of 31 bytes"),
        pytest.param(_changed(3, " - ", " 2099-01-01T00:00:00.001Z "), id="doubt after the end"),
        pytest.param(_changed(3, " - ", " 2026-04-01T00:00:00Z "), id="doubt in another form"),
        pytest.param(_changed(3, " - ", "  "), id="doubt that is empty"),
        pytest.param(_changed(3, "ended ", "ended  "), id="two spaces"),
        pytest.param(_changed(3, f"{ORIGINS[0]} ", f"{ORIGINS[0]}\t"), id="a tab"),
        pytest.param(_changed(3, ORIGINS[1], f"{ORIGINS[1]} more"), id="more on the line"),
        pytest.param(_changed(3, f" {ORIGINS[1]}", ""), id="no next"),
        pytest.param(_changed(3, ORIGINS[1], ORIGINS[0]), id="followed by itself"),
        pytest.param(_changed(3, ORIGINS[1], ORIGINS[2]), id="two that one follows"),
        pytest.param(_changed(4, ORIGINS[2], ORIGINS[0]), id="in a circle"),
        pytest.param(_changed(3, "ended", "Ended"), id="another word"),
    ],
)
def test_ended_lines_that_are_none(change: Callable[[list[str]], list[str]]) -> None:
    jv.read_key_list(THREE.text().encode(), ROOT)
    with pytest.raises(jv.MalformedError):
        jv.read_key_list(key_list(change(THREE.lines())).encode(), ROOT)


def test_ended_lines_at_their_bounds() -> None:
    for change in (
        _changed(3, " - ", f" {TIMES[1]} "),
        _changed(3, " - ", " 2000-01-01T00:00:00.000Z "),
        _changed(3, "ended 5", "ended 1"),
        _changed(4, "ended 9", "ended 6"),
        _without("ended 9"),
    ):
        jv.read_key_list(key_list(change(THREE.lines())).encode(), ROOT)
    moved = [*THREE.lines()[:3], f"ended 9 {ROOT_9} - {ORIGINS[0]} {ORIGINS[2]}"]
    keys = jv.read_key_list(key_list(moved).encode(), ROOT)
    assert sorted(keys.newest()) == ORIGINS[1:]


# --- Whole logs: what holds -------------------------------------------------------------------------------------------


def test_two_and_three_origins_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for keys, size in ((TWO, 9), (THREE, 12)):
        leaves, notes = WHOLE[:size], [note for note, at in zip(NOTES, SIZES, strict=True) if at <= size]
        answer = ask_both(tmp_path, capsys, leaves, notes, keys)
        assert (answer.status, answer.said["size"], answer.said["findings"]) == (jv.HOLDS, size, [])
        assert (answer.said["origin"], answer.said["left_out"]) == (ORIGINS[len(keys.doubts)], 0)
        kept = ask_export(tmp_path, capsys, export(leaves, notes, len(keys.doubts)), notes, keys=keys)
        assert kept.status == jv.HOLDS


def test_every_prefix_at_a_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the log of an origin before its end it holds; as that of the next one it must reach that end."""
    for count, size in enumerate(SIZES, 1):
        leaves, notes = WHOLE[:size], NOTES[:count]
        for number in range(3):
            answer = ask_export(tmp_path, capsys, export(leaves, notes, number))
            if number < owner_of(size):
                assert "leaf-beyond" in answer.ids()
                assert answer.first() == min(ENDS[number], max(at for at in SIZES if at <= ENDS[number]))
            elif number and size < ENDS[number - 1]:
                assert answer.ids() == {"outside-rolled-back"}
                assert answer.first() == size
            else:
                assert answer.status == jv.HOLDS, (size, number)


def test_nothing_inside_a_list_from_before_the_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = ListOf(())
    assert ask_export(tmp_path, capsys, export(WHOLE[:5], NOTES[:2], 0), keys=old).status == jv.HOLDS
    assert ask_export(tmp_path, capsys, export(WHOLE, NOTES), keys=old).ids() == {"origin-unlisted"}
    grown_on = ask_export(tmp_path, capsys, export(WHOLE, NOTES, 0), keys=old)
    assert {"checkpoint-form", "leaf-origin"} <= grown_on.ids()
    assert grown_on.first() == 5


def test_another_log_may_be_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = export(WHOLE, NOTES)
    for origin in ORIGINS:
        assert ask_export(tmp_path, capsys, whole, None, "--origin", origin).status == jv.HOLDS
    assert ask_export(tmp_path, capsys, whole, None, "--origin", "other").ids() == {"origin-unlisted"}
    shorter = ask_export(tmp_path, capsys, export(WHOLE[:5], NOTES[:2], 0), None, "--origin", ORIGINS[1])
    assert shorter.ids() == {"origin-unlisted"}


def test_a_journal_is_judged_as_the_newest_of_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask_journal(tmp_path, capsys, WHOLE, NOTES).said["origin"] == ORIGINS[2]
    chosen = ask_journal(tmp_path, capsys, WHOLE, NOTES, "--origin", ORIGINS[0])
    assert (chosen.said["origin"], chosen.first()) == (ORIGINS[0], 5)
    nothing = ask_journal(tmp_path, capsys, [], [])
    assert (nothing.said["origin"], nothing.ids(), nothing.first()) == (ORIGINS[2], {"outside-rolled-back"}, 0)
    other = [f"log {TIMES[0]} - {vkey_of('another', WITNESS)}", *THREE.lines()]
    both = ask_journal(tmp_path, capsys, WHOLE, NOTES, keys=key_list(other))
    assert (both.status, both.said["origin"]) == (jv.HOLDS, ORIGINS[2])


# --- Whole logs: what does not ----------------------------------------------------------------------------------------


def test_entries_of_an_origin_that_is_not_their_epochs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for index in range(12):
        for number in range(3):
            if number == epoch_of(index):
                continue
            leaves = replaced(index, edit(WHOLE[index], origin=ORIGINS[number]))
            answer = ask_export(tmp_path, capsys, export(leaves, NOTES))
            assert "leaf-origin" in answer.ids()
            assert answer.first() == index, "the cause of every root behind it"
    late = replaced(4, edit(WHOLE[4], time=TIMES[1]))
    assert "leaf-time" in ask_export(tmp_path, capsys, export(late, NOTES)).ids()
    early = replaced(6, edit(WHOLE[6], time="2098-12-31T23:59:59.999Z"))
    assert "leaf-time" in ask_export(tmp_path, capsys, export(early, NOTES)).ids()


def test_all_signed_anew_shows_by_the_ended_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever holds all log keys cannot move the root that the root key signed."""
    for index, first in ((0, 0), (2, 0), (4, 0), (5, 5), (7, 5)):
        leaves = [*WHOLE[:index], edit(WHOLE[index], commit="a" * 64)]
        for at in range(index + 1, 12):
            number = epoch_of(at)
            leaf = config_of(leaves, number) if number and at == ENDS[number - 1] else WHOLE[at]
            leaves.append(answer_seen(leaves, ORIGINS[1], 9) if at == 11 else leaf)
        answer = ask_both(tmp_path, capsys, leaves, resigned(leaves))
        # The first entries of the epochs say what they follow of the rewritten history.
        assert answer.ids() == {"outside-forked", "epoch-follows"}
        assert answer.first() == first, index
        assert {f["detail"] for f in answer.said["findings"] if f["id"] == "outside-forked"} == {"key list: ended"}
        moved = replace(THREE, leaves=tuple(leaves))
        assert ask_both(tmp_path, capsys, leaves, resigned(leaves), moved).status == jv.HOLDS
    behind = replaced(10, edit(WHOLE[10], commit="a" * 64))
    assert ask_both(tmp_path, capsys, behind, resigned(behind)).status == jv.HOLDS, "no ended line covers it"


def test_checkpoints_beyond_their_epoch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the old key behind the end, of the new one at it or before."""
    for size, number in ((5, 1), (6, 0), (9, 0), (9, 2), (10, 1), (12, 1), (12, 0), (1, 1), (1, 2)):
        at = SIZES.index(size)
        notes = [*NOTES[:at], checkpoint(WHOLE, size, number), *NOTES[at + 1 :]]
        answer = ask_export(tmp_path, capsys, export(WHOLE, notes))
        journal = ask_journal(tmp_path, capsys, WHOLE, notes)
        for one in (answer, journal):
            assert "checkpoint-epoch" in one.ids(), (size, number)
            assert one.first() == [0, *SIZES][at]
        assert answer.ids() - {"checkpoint-uncovered"} == {"checkpoint-epoch"}
        forged = [*NOTES[:at], checkpoint(WHOLE, size, number, SEEDS[owner_of(size)]), *NOTES[at + 1 :]]
        assert ask_export(tmp_path, capsys, export(WHOLE, forged)).ids() >= {"checkpoint-key"}


def test_an_old_key_that_signs_on_beside_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One more checkpoint, which no entry counts, is still none of the log's."""
    for size in (7, 8):
        notes = sorted([*NOTES, checkpoint(WHOLE, size, 0)], key=lambda note: int(note.split(b"\n")[1]))
        answer = ask_export(tmp_path, capsys, export(WHOLE, notes))
        assert (answer.ids(), answer.first()) == ({"checkpoint-epoch"}, 6)


def test_the_first_entry_of_an_epoch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A `config` that says what it follows; the root of what stands behind it is not explained by that."""
    for index in ENDS:
        number = epoch_of(index)
        digests = json.loads(WHOLE[index])["digests"]
        others = [{**digests, "follows": "a" * 64}, {k: v for k, v in digests.items() if k != "follows"}]
        others.append({**digests, "follows": follows(WHOLE, 3 - number)})
        wrong = [edit(WHOLE[index], digests=other) for other in others]
        wrong.append(edit(permit(number, index, 0)))
        for leaf in wrong:
            leaves = replaced(index, leaf)
            answer = ask_export(tmp_path, capsys, export(leaves, NOTES))
            assert "epoch-follows" in answer.ids()
            assert answer.first() == index
            assert {"root-differs"} <= answer.ids()
    # Not asked of the other entries, nor of the first of all.
    assert "follows" not in json.loads(WHOLE[0])["digests"]


def test_a_first_entry_that_does_not_say_it_explains_no_root(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stretch of a root that differs is named as if the entry were an entry like any other."""
    digests = {**json.loads(WHOLE[9])["digests"], "follows": "a" * 64}
    leaves = replaced(9, edit(WHOLE[9], digests=digests))
    answer = ask_export(tmp_path, capsys, export(leaves, [*NOTES[:3], NOTES[5]]))
    found = {finding["id"]: (finding["index"], finding["before"]) for finding in answer.said["findings"]}
    assert found["root-differs"] == (6, 12)
    assert found["epoch-follows"] == (9, None)


def test_the_end_of_an_origin_is_a_checkpoint_of_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for at in (1, 3):
        dropped = NOTES[:at] + NOTES[at + 1 :]
        answer = ask_both(tmp_path, capsys, WHOLE, dropped)
        assert "checkpoint-missing" in answer.ids()
        assert answer.first() == SIZES[at - 1]
    # Signed anew by the new key alone, so that no entry counts it.
    leaves = [*WHOLE[:5], edit(WHOLE[5], after=1)]
    notes = [NOTES[0], checkpoint(leaves, 6)]
    answer = ask_both(tmp_path, capsys, leaves, notes, TWO)
    assert (answer.ids(), answer.first()) == ({"checkpoint-missing"}, 1)


def test_what_an_answer_has_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for size in (1, 5, 6, 9, 10):
        for number in range(3):
            leaves = replaced(11, answer_seen(WHOLE, ORIGINS[number], size))
            answer = ask_both(tmp_path, capsys, leaves, resigned(leaves))
            right = number == owner_of(size)
            assert answer.ids() == (set() if right else {"seen-citation"}), (size, number)
            assert answer.first() == (None if right else 11)
    leaves = replaced(11, answer_seen(WHOLE, "other", 9))
    assert ask_both(tmp_path, capsys, leaves, resigned(leaves)).status == jv.HOLDS
    for size in (4, 12):
        leaves = replaced(11, answer_seen(WHOLE, ORIGINS[owner_of(size)], size))
        assert ask_both(tmp_path, capsys, leaves, resigned(leaves)).ids() == {"seen-citation"}


def test_behind_the_end_of_the_last_origin_nothing_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaves = [*WHOLE[:5], edit(PERMIT, after=5), edit(PERMIT, after=5)]
    notes = [*NOTES[:2], checkpoint(leaves, 7, 0)]
    answer = ask_export(tmp_path, capsys, export(leaves, notes, 0), keys=TWO)
    assert {"leaf-beyond", "checkpoint-epoch"} <= answer.ids()
    assert answer.first() == 5
    other = [*WHOLE[:4], edit(WHOLE[4], commit="a" * 64)]
    ended = ask_export(tmp_path, capsys, export(other, resigned(other), 0), keys=TWO)
    assert (ended.ids(), ended.first()) == ({"outside-forked"}, 0)
    shorter = ask_export(tmp_path, capsys, export(WHOLE[:1], NOTES[:1], 0), keys=TWO)
    assert shorter.status == jv.HOLDS, "it has not reached that size"


def test_outside_checkpoints_of_every_origin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = export(WHOLE, NOTES)
    for note in NOTES:
        assert ask_export(tmp_path, capsys, whole, [note]).status == jv.HOLDS
    forked = [edit(leaf, commit="a" * 64) if index in (2, 10) else leaf for index, leaf in enumerate(WHOLE)]
    # From the largest smaller size that agrees: at an end itself the root's word agrees, and the other one differs.
    for size, first in ((5, 0), (6, 5), (9, 5), (10, 9), (12, 9)):
        answer = ask_export(tmp_path, capsys, whole, [checkpoint(forked, size)])
        assert (answer.ids(), answer.first()) == ({"outside-forked"}, first)
    for note, name in (
        (checkpoint(WHOLE, 6, 0), "outside-epoch"),
        (checkpoint(WHOLE, 5, 1), "outside-epoch"),
        (checkpoint(WHOLE, 5, 0, SEEDS[1]), "outside-key"),
        (badly_signed(NOTES[4]), "outside-signature"),
        (signed(f"other\n5\n{ROOT_5}\n", "other"), "outside-form"),
    ):
        answer = ask_export(tmp_path, capsys, whole, [note])
        assert (answer.status, answer.ids(), answer.first()) == (jv.BROKEN, {name}, None)
    before = ask_export(tmp_path, capsys, export(WHOLE[:5], NOTES[:2], 0), [NOTES[4]])
    assert (before.ids(), before.first()) == ({"outside-rolled-back"}, 5)


# --- Archives ---------------------------------------------------------------------------------------------------------


def edge_at(leaves: list[bytes], size: int) -> bytes:
    edge, start = b"", 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            edge += root_of(leaf_hashes(leaves[start : start + (1 << level)]))
            start += 1 << level
    return edge


def archives_of(leaves: list[bytes], notes: list[bytes], cuts: list[int], named: dict[int, str]) -> list[bytes]:
    """Cut behind these sizes; `named` is the origin of the archive with this end where it is not its own."""
    files: list[bytes] = []
    for start, end in zip([0, *cuts], cuts, strict=False):
        inside = [note for note in notes if max(start, 1) <= int(note.split(b"\n")[1]) <= end]
        lines = ["juki-hub/archive@v1", f"origin {named.get(end, ORIGINS[owner_of(end)])}"]
        lines.append(f"previous {hashlib.sha256(files[-1]).hexdigest() if files else '-'}")
        lines += [f"start {start}", f"edge {b64(edge_at(leaves, start)) or '-'}"]
        lines += [f"checkpoint {b64(note)}" for note in inside]
        lines += [f"leaf {b64(leaf)}" for leaf in leaves[start:end]]
        files.append(("\n".join([*lines, f"end {end}"]) + "\n").encode())
    return files


def ask_archives(
    tmp: Path, capsys: pytest.CaptureFixture[str], files: list[bytes], keys: ListOf = THREE, *more: str
) -> Answer:
    paths = [tmp / f"archive-{number}" for number in range(len(files))]
    for path, content in zip(paths, files, strict=True):
        path.write_bytes(content)
    return ask(tmp, capsys, keys, "archives", paths[::-1], *more)


def test_archives_over_several_origins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for cuts in ([12], [5, 12], [6, 12], [1, 5, 6, 9, 10, 12], [5, 9, 12], [6, 10, 12], [9, 12]):
        files = archives_of(WHOLE, NOTES, cuts, {})
        for begin in range(len(files)):
            for end in range(begin + 1, len(files) + 1):
                answer = ask_archives(tmp_path, capsys, files[begin:end])
                assert (answer.status, answer.said["size"]) == (jv.HOLDS, cuts[end - 1]), (cuts, begin, end)
                assert answer.said["origin"] == ORIGINS[owner_of(cuts[end - 1])]


def test_archives_in_which_an_epoch_begins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that begins with an epoch is asked what it follows; one that begins later is not."""
    leaves = replaced(5, edit(WHOLE[5], digests={"follows": "a" * 64}))
    seen = answer_seen(leaves, ORIGINS[1], 9)
    leaves = [*leaves[:11], seen]
    keys = replace(THREE, leaves=tuple(leaves))
    leaves[9] = config_of(leaves, 2)
    files = archives_of(leaves, resigned(leaves), [5, 6, 12], {})
    for begin, expected in ((0, 5), (1, 5), (2, None)):
        answer = ask_archives(tmp_path, capsys, files[begin:], keys)
        assert (answer.first(), answer.ids()) == (expected, {"epoch-follows"} if begin < 2 else set())


def test_a_run_before_whose_begin_an_origin_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What stands before `start` is not judged; an end at `start` or behind it is."""
    forked = [edit(leaf, commit="a" * 64) if index == 2 else leaf for index, leaf in enumerate(WHOLE)]
    keys = replace(THREE, leaves=tuple(forked))
    at_start = ask_archives(tmp_path, capsys, archives_of(WHOLE, NOTES, [5, 12], {})[1:], keys)
    assert {"outside-forked", "epoch-follows"} == at_start.ids()
    assert at_start.first() == 5
    behind = ask_archives(tmp_path, capsys, archives_of(WHOLE, NOTES, [10, 12], {})[1:], keys)
    assert behind.status == jv.HOLDS


def test_archives_that_name_another_origin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each names that of its last checkpoint."""
    cuts = [5, 9, 12]
    for end, other in ((5, 1), (5, 2), (9, 0), (9, 2)):
        files = archives_of(WHOLE, NOTES, cuts, {end: ORIGINS[other]})
        answer = ask_archives(tmp_path, capsys, files)
        assert answer.status == jv.BROKEN
        assert "archive-origin" in answer.ids()
        assert answer.first() == [0, *cuts][cuts.index(end)]
    last = ask_archives(tmp_path, capsys, archives_of(WHOLE, NOTES, cuts, {12: ORIGINS[1]}))
    assert {"leaf-beyond", "checkpoint-form"} <= last.ids()
    ended = archives_of(WHOLE[:9], NOTES[:4], [5, 9], {9: ORIGINS[2]})
    answer = ask_archives(tmp_path, capsys, ended)
    assert (answer.ids(), answer.first()) == ({"archive-origin"}, 5)
    unlisted = ask_archives(tmp_path, capsys, archives_of(WHOLE, NOTES, cuts, {12: "other"}))
    assert unlisted.ids() == {"origin-unlisted"}
    for notes, name, first in (
        ([*NOTES[:3], NOTES[4], NOTES[3], NOTES[5]], "checkpoint-order", 6),
        ([*NOTES[:5], badly_signed(NOTES[5])], "checkpoint-signature", 10),
        ([*NOTES[:4], badly_signed(NOTES[4]), badly_signed(NOTES[5])], "checkpoint-signature", 9),
    ):
        answer = ask_archives(tmp_path, capsys, archives_of(WHOLE, notes, [1, 12], {}))
        assert (answer.ids() - {"checkpoint-uncovered"}, answer.first()) == ({name}, first)
    strange = ask_archives(tmp_path, capsys, archives_of(WHOLE, NOTES, cuts, {9: "other"}))
    assert (strange.ids(), strange.first()) == ({"archive-origin"}, 5)


# --- Stamps -----------------------------------------------------------------------------------------------------------


def path_of(hashes: list[bytes], index: int) -> list[bytes]:
    """RFC 6962 section 2.1.1."""
    if len(hashes) < 2:
        return []
    half = 1 << (len(hashes) - 1).bit_length() - 1
    if index < half:
        return [*path_of(hashes[:half], index), root_of(hashes[half:])]
    return [*path_of(hashes[half:], index - half), root_of(hashes[:half])]


def consistency(hashes: list[bytes], old: int, complete: bool = True) -> list[bytes]:
    """RFC 6962 section 2.1.2."""
    if old == len(hashes):
        return [] if complete else [root_of(hashes)]
    half = 1 << (len(hashes) - 1).bit_length() - 1
    if old <= half:
        return [*consistency(hashes[:half], old, complete), root_of(hashes[half:])]
    return [*consistency(hashes[half:], old - half, False), root_of(hashes[:half])]


def lines_of(path: list[bytes]) -> str:
    return "".join(f"{b64(step)}\n" for step in path)


def stamp(leaves: list[bytes], index: int, size: int, note: bytes | None = None) -> bytes:
    path = lines_of(path_of(leaf_hashes(leaves[:size]), index))
    head = f"c2sp.org/tlog-proof@v1\nextra {b64(leaves[index])}\nindex {index}\n{path}\n"
    return head.encode() + (checkpoint(leaves, size) if note is None else note)


def ask_stamp(
    tmp: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
    *more: str,
    origin: str = ORIGIN,
    keys: ListOf = THREE,
) -> Answer:
    (tmp / "stamp").write_bytes(content)
    return ask(tmp, capsys, keys, "stamp", [tmp / "stamp"], "--origin", origin, *more)


def test_stamps_whichever_origin_is_pinned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for origin in ORIGINS:
        for index in (1, 4, 6, 8, 10):
            for size in SIZES:
                if size > index:
                    answer = ask_stamp(tmp_path, capsys, stamp(WHOLE, index, size), origin=origin)
                    assert codes(answer) == [], (origin, index, size)
    assert codes(ask_stamp(tmp_path, capsys, stamp(WHOLE, 1, 5), origin="other")) == [(2, "HUB-LOG-010")]
    assert codes(ask_stamp(tmp_path, capsys, stamp(WHOLE, 6, 9), keys=ListOf(()))) == [(2, "HUB-LOG-010")]


def test_stamps_beyond_an_epoch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for size, number in ((6, 0), (12, 0), (12, 1), (5, 1), (9, 2), (1, 2)):
        content = stamp(WHOLE, 0, size, checkpoint(WHOLE, size, number))
        assert codes(ask_stamp(tmp_path, capsys, content, "--receipt")) == [(2, "HUB-LOG-072")]
    forged = stamp(WHOLE, 1, 6, checkpoint(WHOLE, 6, 1, SEEDS[0]))
    assert codes(ask_stamp(tmp_path, capsys, forged)) == [(2, "HUB-LOG-010")]
    assert codes(ask_stamp(tmp_path, capsys, stamp(WHOLE, 1, 6, badly_signed(NOTES[2])))) == [(2, "HUB-LOG-011")]


def test_stamps_of_entries_of_another_epochs_origin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for index, number in ((2, 1), (6, 0), (6, 2), (10, 1)):
        leaves = replaced(index, edit(WHOLE[index], origin=ORIGINS[number]))
        assert codes(ask_stamp(tmp_path, capsys, stamp(leaves, index, 12))) == [(4, "HUB-LOG-016")]
        leaves = replaced(index, edit(WHOLE[index], time=TIMES[number]))
        assert codes(ask_stamp(tmp_path, capsys, stamp(leaves, index, 12))) == [(4, "HUB-LOG-021")]


def test_a_last_checkpoint_of_another_origin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    last, proof = tmp_path / "last", tmp_path / "proof"
    hashes = leaf_hashes(WHOLE)
    for note, size in zip(NOTES, SIZES, strict=True):
        last.write_bytes(note)
        more = ["--last-checkpoint", str(last)]
        answer = ask_stamp(tmp_path, capsys, stamp(WHOLE, 1, 9), *more)
        assert codes(answer) == ([] if size == 9 else [(8, "HUB-LOG-014")])
        old, new = sorted((size, 9))
        proof.write_text(lines_of(consistency(hashes[:new], old)))
        assert codes(ask_stamp(tmp_path, capsys, stamp(WHOLE, 1, 9), *more, "--consistency", str(proof))) == []
    last.write_bytes(checkpoint(WHOLE, 6, 0))
    (tmp_path / "stamp").write_bytes(stamp(WHOLE, 1, 9))
    words = ["stamp", str(tmp_path / "stamp"), *anchors(tmp_path, THREE.text()), "--origin", ORIGIN]
    assert jv.main([*words, "--last-checkpoint", str(last)]) == jv.UNUSABLE
    capsys.readouterr()


# --- Keys in doubt ----------------------------------------------------------------------------------------------------

DOUBT = "2026-06-01T00:00:00.500Z"
DOUBTFUL = ListOf((DOUBT, "-"))
BEFORE, JUST, AFTER = (datetime(2026, 6, 1, 0, 0, second, tzinfo=UTC) for second in (0, 1, 2))


def test_stamps_of_a_key_in_doubt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for size in (1, 5):
        for note in (checkpoint(WHOLE, size), cosigned(checkpoint(WHOLE, size), BEFORE)):
            answer = ask_stamp(tmp_path, capsys, stamp(WHOLE, 0, size, note), "--receipt", keys=DOUBTFUL)
            assert codes(answer) == [(2, "HUB-LOG-073")]
    for size in (6, 9, 10, 12):  # the log proves it anew
        assert codes(ask_stamp(tmp_path, capsys, stamp(WHOLE, 1, size), keys=DOUBTFUL)) == []


FORKED = [edit(leaf, commit="a" * 64) if index == 2 else leaf for index, leaf in enumerate(WHOLE)]


@dataclass(frozen=True)
class KeptNote:
    """A checkpoint kept elsewhere, and whether it counts where this witness is pinned."""

    note: bytes
    counts: bool


KEPT = {
    "own word": KeptNote(checkpoint(FORKED, 5), False),
    "cosigned before": KeptNote(cosigned(checkpoint(FORKED, 5), BEFORE), True),
    "cosigned after": KeptNote(cosigned(checkpoint(FORKED, 5), JUST), False),
    "by a stranger": KeptNote(cosigned(checkpoint(FORKED, 5), BEFORE, SEEDS[2], "stranger.example/w"), False),
    "in the witness's name": KeptNote(cosigned(checkpoint(FORKED, 5), BEFORE, SEEDS[2]), False),
    "over another text": KeptNote(
        checkpoint(FORKED, 5) + cosigned(checkpoint(WHOLE, 1), BEFORE).split(b"\n")[-2] + b"\n", False
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_kept_checkpoints_of_a_key_in_doubt(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    kept, whole = KEPT[name], export(WHOLE, NOTES)
    sure = ask_export(tmp_path, capsys, whole, [kept.note])
    assert (sure.ids(), sure.said["left_out"]) == ({"outside-forked"}, 0), "as long as the key is not in doubt"
    for more in ([], ["--witness", WITNESS_KEY]):
        answer = ask_export(tmp_path, capsys, whole, [kept.note, NOTES[5]], *more, keys=DOUBTFUL)
        counts = kept.counts and bool(more)
        assert (answer.status, answer.said["left_out"]) == ((jv.BROKEN, 0) if counts else (jv.HOLDS, 1))
        assert answer.ids() == ({"outside-forked"} if counts else set())
    journal = ask_journal(
        tmp_path,
        capsys,
        WHOLE,
        NOTES,
        *outside_files(tmp_path, [kept.note]),
        *("--witness", vkey_of("x", SEED, 4), "--witness", WITNESS_KEY),
        keys=DOUBTFUL,
    )
    assert (journal.status, journal.said["left_out"]) == ((jv.BROKEN, 0) if kept.counts else (jv.HOLDS, 1))
    archives = ask_archives(
        tmp_path,
        capsys,
        archives_of(WHOLE, NOTES, [6, 12], {}),
        DOUBTFUL,
        *outside_files(tmp_path, [kept.note]),
        *("--witness", WITNESS_KEY),
    )
    assert (archives.status, archives.said["left_out"]) == ((jv.BROKEN, 0) if kept.counts else (jv.HOLDS, 1))


def test_which_checkpoints_of_a_key_in_doubt_count_anyhow(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = export(WHOLE, NOTES)
    ended = ask_export(tmp_path, capsys, whole, [NOTES[1]], keys=DOUBTFUL)
    assert (ended.status, ended.said["left_out"]) == (jv.HOLDS, 0), "the root signed it"
    older = ask_export(tmp_path, capsys, whole, [NOTES[0]], keys=DOUBTFUL)
    assert (older.status, older.said["left_out"]) == (jv.HOLDS, 1)
    beyond = ask_export(tmp_path, capsys, whole, [checkpoint(WHOLE, 7, 0)], keys=DOUBTFUL)
    assert (beyond.ids(), beyond.said["left_out"]) == ({"outside-epoch"}, 0)
    forged = ask_export(tmp_path, capsys, whole, [badly_signed(NOTES[0])], keys=DOUBTFUL)
    assert (forged.ids(), forged.said["left_out"]) == ({"outside-signature"}, 0)
    others = ListOf(("-", TIMES[1]))
    for at, left_out in enumerate([0, 0, 1, 0, 0, 0]):
        answer = ask_export(tmp_path, capsys, whole, [NOTES[at]], keys=others)
        assert (answer.status, answer.said["left_out"]) == (jv.HOLDS, left_out)


def test_left_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "export").write_bytes(export(WHOLE, NOTES))
    plain = [word for word in anchors(tmp_path, DOUBTFUL.text()) if word != "--json"]
    words = ["export", str(tmp_path / "export"), *plain, *outside_files(tmp_path, [KEPT["own word"].note, NOTES[0]])]
    assert jv.main(words) == jv.HOLDS
    said = capsys.readouterr().out
    assert "除いた外部のチェックポイント" in said
    assert ": 2\n" in said
    assert jv.main([*words, "--lang", "en"]) == jv.HOLDS
    assert "outside checkpoints left out (their key is in doubt, so they prove nothing): 2\n" in capsys.readouterr().out
    (tmp_path / "export").write_bytes(export(WHOLE[:1], NOTES[:1], 0))
    assert jv.main(["export", str(tmp_path / "export"), *plain, "--lang", "en"]) == jv.HOLDS
    assert f"in doubt since {DOUBT}" in capsys.readouterr().out
    for reached, doubt in ((export(WHOLE[:1], NOTES[:1], 0), DOUBT), (export(WHOLE[:5], NOTES[:2], 0), None)):
        assert ask_export(tmp_path, capsys, reached, keys=DOUBTFUL).said["doubt"] == doubt
    for wrong in (["--witness", vkey_of(WITNESS_NAME, WITNESS)], ["--tsa-ca", str(tmp_path / "export")]):
        assert jv.main([*words, *wrong]) == jv.UNUSABLE
    capsys.readouterr()


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> OpensslAuthority:
    return OpensslAuthority(tmp_path_factory.mktemp("tsa") / "authority")


def stamped(tsa: OpensslAuthority, note: Path) -> None:
    """The authority's response over a note, beside it."""
    query = openssl("ts", "-query", "-data", str(note), "-sha256", "-cert", "-no_nonce")
    note.with_suffix(".tsr").write_bytes(tsa.reply(query))


def moment(hours: int) -> str:
    return f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%dT%H:%M:%S}.000Z"


def test_kept_checkpoints_that_an_authority_stamped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tsa: OpensslAuthority
) -> None:
    other = OpensslAuthority(tmp_path / "other")
    note = tmp_path / "kept.note"
    whole = export(WHOLE, NOTES)

    def asked(doubt: str, *more: str) -> tuple[int, int]:
        answer = ask_export(tmp_path, capsys, whole, [], "--checkpoint", str(note), *more, keys=ListOf((doubt, "-")))
        return answer.status, answer.said["left_out"]

    note.write_bytes(checkpoint(FORKED, 5))
    pinned = ("--tsa-ca", str(tsa.ca))
    assert asked(moment(1), *pinned) == (jv.HOLDS, 1), "nothing beside it"
    stamped(tsa, note)
    assert asked(moment(1), *pinned) == (jv.BROKEN, 0)
    assert asked(moment(-1), *pinned) == (jv.HOLDS, 1), "stamped after"
    assert asked(moment(1)) == (jv.HOLDS, 1), "by nobody who is pinned"
    assert asked(moment(1), "--tsa-ca", str(other.ca)) == (jv.HOLDS, 1)
    note.write_bytes(checkpoint(FORKED, 1))
    assert asked(moment(1), *pinned) == (jv.HOLDS, 1), "another note's"
    note.with_suffix(".tsr").write_bytes(b"no response")
    assert asked(moment(1), *pinned) == (jv.HOLDS, 1)


def test_a_timestamp_of_a_checkpoint_of_a_key_in_doubt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tsa: OpensslAuthority
) -> None:
    note = tmp_path / "kept.note"
    for size, number, doubt, expected in (
        (1, 0, moment(1), []),
        (1, 0, moment(-1), [(9, "HUB-LOG-073")]),
        (5, 0, moment(-1), []),
        (6, 1, moment(-1), []),
        (6, 0, moment(1), [(9, "HUB-LOG-072")]),
    ):
        note.write_bytes(checkpoint(WHOLE, size, number))
        stamped(tsa, note)
        more = ("--response", str(note.with_suffix(".tsr")), "--tsa-ca", str(tsa.ca))
        assert codes(ask(tmp_path, capsys, ListOf((doubt, "-")), "timestamp", [note], *more)) == expected


def der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return bytes([tag, len(content)]) + content


def test_fractions_of_a_second_count() -> None:
    """An authority that states them, at a time in doubt since a fraction of a second."""
    sha256 = bytes.fromhex("0609608648016503040201")
    line = jv.read_key_list(DOUBTFUL.text().encode(), ROOT).line(ORIGIN)
    assert line is not None
    for fraction, counts in (("", True), (".4999999", True), (".5", False), (".50000001", False), (".6", False)):
        time = der(0x18, f"20260601000000{fraction}Z".encode())
        imprint = der(0x30, der(0x30, sha256), der(4, bytes(32)))
        info = der(0x30, der(2, b"\x01"), der(6, b"\x2a\x03"), imprint, der(2, b"\x07"), time)
        found = jv.parse_tst_info(info)[0].time
        kept = jv.Checkpoint(1, bytes(32))
        assert line.epochs[0].counts(kept, [found]) == counts, fraction


# --- Bundles ----------------------------------------------------------------------------------------------------------


def bundle(files: dict[str, bytes]) -> bytes:
    """An unsigned one: its signature is a check of its own."""
    inside = dict(sorted(files.items()))
    whole = {
        "mimetype": b"application/vnd.etsi.asic-e+zip",
        "META-INF/ASiCManifest001.xml": jv.write_manifest(inside),
        "META-INF/signature001.p7s": b"",
        **inside,
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in whole.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()


def bundled(size: int, indexes: list[int], keys: ListOf, leaves: list[bytes] | None = None) -> dict[str, bytes]:
    whole = WHOLE if leaves is None else leaves
    proofs = {f"entries/{index:016}.proof": stamp(whole, index, size) for index in indexes}
    return {**proofs, "keylist.txt": keys.text().encode()}


def led(name: str, note: bytes, old: int, new: int) -> dict[str, bytes]:
    path = lines_of(consistency(leaf_hashes(WHOLE[:new]), old))
    return {f"{name}.note": note, f"{name}.path": path.encode()}


def witnessed(size: int, new: int, time: datetime) -> dict[str, bytes]:
    name = f"witnesses/{WITNESS_KEY.split('+')[1]}"
    return led(name, cosigned(checkpoint(WHOLE, size), time), size, new)


def ask_bundle(
    tmp: Path, capsys: pytest.CaptureFixture[str], files: dict[str, bytes], *more: str
) -> tuple[int, dict[int, str], dict[str, Any]]:
    (tmp / "bundle.asice").write_bytes(bundle(files))
    words = ["bundle", str(tmp / "bundle.asice"), "--root-key", KEYS["root_vkey"], "--json", *more]
    status = jv.main(words)
    said = json.loads(capsys.readouterr().out)
    return status, {one["check"]: one["status"] for one in said["checks"]}, said


def test_bundles_of_entries_of_several_origins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    witness = ("--witness", WITNESS_KEY)
    for size in (5, 6, 9, 12):
        indexes = [index for index in (1, 4, 5, 8, 9, 11) if index < size]
        files = bundled(size, indexes, THREE)
        status, checks, said = ask_bundle(tmp_path, capsys, files)
        assert (status, checks[13], said["origin"]) == (jv.HOLDS, "holds", ORIGINS[owner_of(size)])
        assert 17 not in checks
    files = bundled(12, [1, 4], THREE) | witnessed(6, 12, AFTER)
    assert ask_bundle(tmp_path, capsys, files, *witness)[:2][1][16] == "holds", "a witness of an origin before"
    for index, number in ((4, 1), (8, 0), (11, 1)):
        leaves = replaced(index, edit(WHOLE[index], origin=ORIGINS[number]))
        status, checks, _ = ask_bundle(tmp_path, capsys, bundled(12, [index], THREE, leaves))
        assert (status, checks[13]) == (jv.BROKEN, "fails")
    beyond = bundled(12, [1], THREE)
    beyond["entries/0000000000000001.proof"] = stamp(WHOLE, 1, 12, checkpoint(WHOLE, 12, 1))
    assert ask_bundle(tmp_path, capsys, beyond)[1][13] == "fails"
    elsewhere = bundled(12, [1], THREE) | led("witnesses/00000000", checkpoint(WHOLE, 6, 0), 6, 12)
    assert ask_bundle(tmp_path, capsys, elsewhere)[1][14] == "fails"


def test_a_bundle_of_a_key_in_doubt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It holds by the word of a witness from before that time, which covers every entry."""
    witness = ("--witness", WITNESS_KEY)
    plain = bundled(5, [1, 3], DOUBTFUL)
    for more, files, holds in (
        (witness, witnessed(5, 5, BEFORE), True),
        ((), witnessed(5, 5, BEFORE), False),
        (witness, {}, False),
        (witness, witnessed(5, 5, JUST), False),
        (witness, witnessed(5, 5, AFTER), False),
        (("--witness", vkey_of("x", SEED, 4)), witnessed(5, 5, BEFORE), False),
    ):
        status, checks, said = ask_bundle(tmp_path, capsys, plain | files, *more)
        assert (status, checks[17]) == ((jv.HOLDS, "holds") if holds else (jv.BROKEN, "fails"))
        code = next(one["code"] for one in said["checks"] if one["check"] == 17)
        assert code == ("" if holds else "HUB-LOG-073")
    status, checks, _ = ask_bundle(tmp_path, capsys, plain | witnessed(1, 5, BEFORE), *witness)
    assert (status, checks[17]) == (jv.BROKEN, "fails"), "it does not cover them"
    newer = bundled(9, [1, 3], DOUBTFUL)
    assert ask_bundle(tmp_path, capsys, newer)[0] == jv.HOLDS, "proven anew"


def test_a_bundle_whose_witness_saw_an_origin_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both keys are in doubt, the older one since earlier: what vouches for it must be from before that, too."""
    keys = ListOf((DOUBT, "2098-01-01T00:00:00.000Z"))
    for size, time, holds in ((5, AFTER, True), (9, AFTER, True), (9, datetime(2098, 1, 2, tzinfo=UTC), False)):
        files = bundled(9, [1], keys) | witnessed(size, 9, time)
        assert (ask_bundle(tmp_path, capsys, files, "--witness", WITNESS_KEY)[0] == jv.HOLDS) == holds
    files = bundled(9, [0], keys)
    for time, holds in ((AFTER, False), (BEFORE, True)):
        seen = files | witnessed(1, 9, time)
        assert (ask_bundle(tmp_path, capsys, seen, "--witness", WITNESS_KEY)[0] == jv.HOLDS) == holds


def test_a_bundle_of_a_key_in_doubt_with_a_timestamp(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tsa: OpensslAuthority
) -> None:
    note = tmp_path / "kept.note"
    note.write_bytes(checkpoint(WHOLE, 5))
    stamped(tsa, note)
    seen = led("timestamps/0000000000000005", note.read_bytes(), 5, 5)
    seen["timestamps/0000000000000005.tsr"] = note.with_suffix(".tsr").read_bytes()
    for doubt, more, holds in (
        (moment(1), ("--tsa-ca", str(tsa.ca)), True),
        (moment(-1), ("--tsa-ca", str(tsa.ca)), False),
        (moment(1), (), False),
    ):
        files = bundled(5, [1, 3], ListOf((doubt, "-"))) | seen
        status, checks, _ = ask_bundle(tmp_path, capsys, files, *more)
        assert (status, checks[17]) == ((jv.HOLDS, "holds") if holds else (jv.BROKEN, "fails"))


def test_a_bundle_and_kept_checkpoints_of_a_key_in_doubt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = bundled(12, [1], DOUBTFUL) | led("witnesses/00000000", checkpoint(WHOLE, 5), 5, 12)
    for kept in KEPT.values():
        outside = outside_files(tmp_path, [kept.note])
        status, checks, said = ask_bundle(tmp_path, capsys, files, *outside)
        assert (status, checks[16], said["left_out"]) == (jv.HOLDS, "not-made", 1)
        more = ("--witness", WITNESS_KEY)
        status, checks, said = ask_bundle(tmp_path, capsys, files, *outside, *more)
        assert (status, checks[16]) == ((jv.BROKEN, "fails") if kept.counts else (jv.HOLDS, "not-made"))
    outside = outside_files(tmp_path, [checkpoint(WHOLE, 5), checkpoint(WHOLE, 12)])
    status, checks, said = ask_bundle(tmp_path, capsys, files, *outside)
    assert (status, checks[16], said["left_out"]) == (jv.HOLDS, "holds", 0)


# --- Noise ------------------------------------------------------------------------------------------------------------


def test_no_byte_of_such_a_key_list_may_change() -> None:
    whole = DOUBTFUL.text().encode()
    for at in range(len(whole)):
        with pytest.raises((jv.MalformedError, jv.UnsignedError)):
            jv.read_key_list(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], ROOT)


def test_each_member_of_each_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As in a log of one origin: whatever is changed is found, at the entry or at the stretch that its checkpoint closes."""
    others: dict[str, object] = {"commit": "c" * 64, "tenant": "131229", "environment": "test", "after": 3}
    for index, leaf in enumerate(WHOLE):
        for name, value in others.items():
            leaves = replaced(index, edit(leaf, **{name: value}))
            answer = ask_export(tmp_path, capsys, export(leaves, NOTES))
            assert answer.status == jv.BROKEN
            assert answer.first() == max(size for size in [0, *SIZES] if size <= index), (index, name)
        answer = ask_export(tmp_path, capsys, export(replaced(index, canonical({})), NOTES))
        assert answer.first() == index


def test_a_journal_without_a_row_at_the_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rows.sqlite"
    for index in (4, 5, 8, 9):
        path.unlink(missing_ok=True)
        make_journal(path, WHOLE, NOTES)
        with closing(sqlite3.connect(path)) as db:
            db.execute("DELETE FROM log_entries WHERE idx = ?", (index,))
            db.commit()
        answer = ask(tmp_path, capsys, THREE, "journal", [path])
        assert (answer.ids(), answer.first()) == ({"row-missing"}, index)
