"""Exchange by files in folders: a message is a file named after its MessageId, its answer another, a feed a row of batches.

    <endpoint>/out/<MessageId>.<first 16 hex of its digest>.<ext>    E,<MessageId>,<type>,<SHA-256 of the signed bytes>CRLF
                                                                     … the content as the room made it …, and the trailer
    <endpoint>/ack/<MessageId>.ack                                   A,<MessageId>,<結果>,<code>,<SHA-256 performed>CRLF
                                                                     … the reply, a CSV row a pair (UTF-8) …, and the trailer
    <endpoint>/in/<feed>/<yyyymmdd>-<serial>.dat                     see `batches`

結果: 0 done, 1 rejected with a code, 2 other content was performed under this MessageId, 9 the file could not be read. The
trailer (see `whole`) counts 1 in out and the pairs in ack. Every file appears by rename. The partner takes a file out of
`out` and keeps it until its ack lasts; the connector removes an ack once it is read. What either does twice is asked again
and answered alike. Whoever may write into a folder is believed to be the partner; its rights are the protection.
"""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from connectors.kit.desk import Desk, Reply
from connectors.kit.languages import batches, folders, whole
from connectors.kit.languages.batches import Heading, Inbox
from connectors.kit.languages.records import RecordForm
from connectors.kit.languages.sweeping import Rounds, performed
from connectors.kit.languages.waiting import Patience
from connectors.kit.partner import CONFIRMED, CONFLICT, REJECTED, Effect, Events, Result
from hub.codes import kit
from hub.errors import Held, IntegrityError, Unavailable

MAX_CONTENT: Final = 16 << 20
MAX_ACK: Final = 1 << 20
_FRAME: Final = 4096  # bytes of header and trailer, generously
_MESSAGE: Final = "[0-9A-Za-z-]{1,64}"
_NAME: Final = re.compile(rf"({_MESSAGE})\.([0-9a-f]{{16}})\.[a-z0-9]{{1,8}}")
_EFFECT: Final = re.compile(rf"E,({_MESSAGE}),([!-+\--~]{{1,32}}),([0-9a-f]{{64}})\r\n".encode("ascii"))
_ACK: Final = re.compile(rf"A,({_MESSAGE}),([0129]),([!-+\--~]{{0,32}}),([0-9a-f]{{64}})\r\n".encode("ascii"))
_NO_DIGEST: Final = "0" * 64
_DONE, _REJECTED, _CONFLICT, _UNREADABLE = "0", "1", "2", "9"
_RESULTS: Final = {CONFIRMED: _DONE, REJECTED: _REJECTED, CONFLICT: _CONFLICT}
_HAND: Final = "taken"  # the partner's own folder for what it has taken out of `out`
_SWEEP: Final = 200  # files performed at once
_RECORDS: Final = 200  # records of one batch file
_JST: Final = timedelta(hours=9)


@dataclass(frozen=True, slots=True)
class Ack:
    """What the partner did: 結果, a domain code, the digest it performed under this MessageId, its reply."""

    message: str
    result: str
    code: str
    sha256: str
    reply: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        pairs = io.StringIO(newline="")
        csv.writer(pairs, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(self.reply.items())
        head = f"A,{self.message},{self.result},{self.code},{self.sha256}\r\n"
        return whole.closed((head + pairs.getvalue()).encode("utf-8"), len(self.reply))

    @classmethod
    def decode(cls, data: bytes) -> Ack:
        """Raises `ValueError` for anything that `encode` does not write."""
        before, count = whole.opened(data)
        found = _ACK.match(before)
        if found is None:
            raise ValueError("header")
        try:
            rows = list(csv.reader(io.StringIO(before[found.end() :].decode("utf-8"), newline=""), strict=True))
        except (UnicodeDecodeError, csv.Error):
            raise ValueError("reply") from None
        if any(len(row) != 2 for row in rows) or len({row[0] for row in rows}) != len(rows) or len(rows) != count:
            raise ValueError("reply")
        message, result, code, sha256 = (part.decode("ascii") for part in found.groups())
        if (result == _REJECTED) != (code != ""):
            raise ValueError("code")
        return cls(message, result, code, sha256, dict(rows))


# --- the connector's half -----------------------------------------------------------------------------------------------


class FilePartner:
    """A partner behind folders. It keeps nothing in memory that it needs."""

    def __init__(
        self,
        place: Path,
        endpoint: str,
        feeds: Mapping[str, RecordForm] | None = None,
        extension: str = "dat",
        patience: float = 10.0,
        lateness: float = 3600.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`patience`: seconds without any new answer. `lateness`: seconds before a missing batch file is a finding."""
        self._endpoint = endpoint
        self._out = place / endpoint / "out"
        self._ack = place / endpoint / "ack"
        self._extension = extension
        self._patience = patience
        self._inboxes = {
            name: Inbox(place / endpoint / "in" / name, (endpoint, name), form, lateness, now)
            for name, form in (feeds or {}).items()
        }

    def perform(self, effects: Sequence[Effect]) -> Sequence[Result]:
        """Raises `Held` for content of more than `MAX_CONTENT` bytes: then nothing was asked."""
        files = {self._name(effect): self._file(effect) for effect in effects}
        return [result for some in _apart(effects) for result in self._perform(some, files)]

    def feed(self, name: str, after: str, limit: int) -> Events:
        inbox = self._inboxes.get(name)
        if inbox is None or limit < 1:
            raise IntegrityError(kit.PARTNER_SPEECH, endpoint=self._endpoint, rule="feed")
        return inbox.page(after, limit)

    def close(self) -> None:
        """Nothing is open."""

    def _perform(self, effects: Sequence[Effect], files: Mapping[str, bytes]) -> Sequence[Result]:
        try:
            results = self._before(effects)
            asked = [effect for effect in effects if effect.message not in results]
            folders.write(self._out, {self._name(effect): files[self._name(effect)] for effect in asked})
            self._await(asked, results)
            for effect in effects:
                self._path(effect).unlink(missing_ok=True)
        except OSError as error:
            raise Unavailable(kit.PARTNER_DOWN, endpoint=self._endpoint, kind=type(error).__name__) from error
        return [results[effect.message] for effect in effects]

    def _before(self, effects: Sequence[Effect]) -> dict[str, Result]:
        """What was answered earlier and not read. An answer that is none gives way to the next."""
        results: dict[str, Result] = {}
        present = folders.found(self._ack)
        for effect in effects:
            if f"{effect.message}.ack" not in present:
                continue
            ack = self._read(effect)
            if ack is not None and (ack.result == _UNREADABLE or self._other(ack, effect)):
                self._path(effect).unlink(missing_ok=True)
            elif ack is not None:
                results[effect.message] = self._result(ack, effect)
        return results

    def _await(self, asked: Sequence[Effect], results: dict[str, Result]) -> None:
        """Waits for the acks of `asked`; each one that comes renews the patience. Raises `Unavailable` when it ends."""
        patience = Patience(self._patience)
        waiting = list(asked)
        while waiting:
            present = folders.found(self._ack)
            read = [(effect, self._read(effect)) for effect in waiting if f"{effect.message}.ack" in present]
            came = {id(effect): ack for effect, ack in read if ack is not None and not self._other(ack, effect)}
            for effect in waiting:
                if id(effect) in came:
                    results[effect.message] = self._result(came[id(effect)], effect)
            waiting = [effect for effect in waiting if id(effect) not in came]
            if came:
                patience.renew()
            elif waiting and not patience.wait():
                raise Unavailable(kit.PARTNER_DOWN, endpoint=self._endpoint, kind="no answer")

    def _read(self, effect: Effect) -> Ack | None:
        """The ack of an effect; None when it has gone meanwhile: another connector of this endpoint read it."""
        try:
            ack = Ack.decode(folders.read(self._path(effect), MAX_ACK))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise self._damaged(effect, str(error)) from None
        if ack.message != effect.message:
            raise self._damaged(effect, "name")
        return ack

    @staticmethod
    def _other(ack: Ack, effect: Effect) -> bool:
        """The answer to another file under this MessageId: to other content, that ours was performed; or to a torn one."""
        ours = ack.sha256 == effect.sha256
        return ours if ack.result == _CONFLICT else ack.result == _UNREADABLE and not ours

    def _result(self, ack: Ack, effect: Effect) -> Result:
        if ack.result == _UNREADABLE:
            raise IntegrityError(kit.PARTNER_SPEECH, endpoint=self._endpoint, rule="it could not read the file")
        if ack.sha256 != effect.sha256:
            raise Held(kit.PARTNER_CONFLICT, endpoint=self._endpoint)
        return Result(ack.result == _DONE, ack.code, ack.reply)

    def _damaged(self, effect: Effect, rule: str) -> IntegrityError:
        return IntegrityError(kit.ACK_DAMAGED, endpoint=self._endpoint, file=self._path(effect).name, rule=rule)

    def _path(self, effect: Effect) -> Path:
        return self._ack / f"{effect.message}.ack"

    def _name(self, effect: Effect) -> str:
        return f"{effect.message}.{effect.sha256[:16]}.{self._extension}"

    def _file(self, effect: Effect) -> bytes:
        if len(effect.content) > MAX_CONTENT:
            raise Held(kit.PARTNER_LIMIT, endpoint=self._endpoint, size=MAX_CONTENT)
        head = f"E,{effect.message},{effect.type},{effect.sha256}\r\n".encode()
        if not _NAME.fullmatch(self._name(effect)) or not _EFFECT.fullmatch(head):
            raise IntegrityError(kit.PARTNER_SPEECH, endpoint=self._endpoint, rule="MessageId, type, digest")
        return whole.closed(head + effect.content, 1)


def _apart(effects: Sequence[Effect]) -> Iterator[Sequence[Effect]]:
    """Parts in which each MessageId stands once: the answer to its second content would lie where that to its first does."""
    part: dict[str, Effect] = {}
    for effect in effects:
        if effect.message in part:
            yield list(part.values())
            part = {}
        part[effect.message] = effect
    yield list(part.values())


# --- the simulator's half -----------------------------------------------------------------------------------------------


class FileService:
    """The partner's own process: takes files out of `out`, writes acks, and publishes the feeds of its desks."""

    def __init__(
        self,
        place: Path,
        desks: Mapping[str, Desk],
        feeds: Mapping[str, Mapping[str, RecordForm]] | None = None,
        today: Callable[[], str] | None = None,
    ) -> None:
        """`feeds`: endpoint -> feed -> form. `today`: the 作成日 of batch files, yyyymmdd."""
        counters = [_Counter(folders.make(place) / endpoint, desk, self.tell) for endpoint, desk in desks.items()]
        publishers = [
            _Publisher(place / endpoint / "in" / name, desks[endpoint], form, today or _today)
            for endpoint, forms in (feeds or {}).items()
            for name, form in forms.items()
        ]
        for publisher in publishers:
            publisher.publish()
        self._rounds = Rounds([*(one.sweep for one in counters), *(one.publish for one in publishers)])

    def serve(self) -> None:
        self._rounds.serve()

    def stop(self) -> None:
        self._rounds.stop()

    def close(self) -> None:
        """The folders stay: they are the partner's."""

    def tell(self, folder: Path, acks: Mapping[str, Ack]) -> None:
        """Answers files by name: the acks last before the files go."""
        folders.write(folder / "ack", {f"{ack.message}.ack": ack.encode() for ack in acks.values()})
        for name in acks:
            (folder / _HAND / name).unlink()


class _Counter:
    """Takes what lies in the `out` of one endpoint, in the order of the names (MessageIds begin with their time)."""

    def __init__(self, folder: Path, desk: Desk, tell: Callable[[Path, Mapping[str, Ack]], None]) -> None:
        self._folder = folder
        self._out, self._hand, _ = (folders.make(folder / name) for name in ("out", _HAND, "ack"))
        self._desk = desk
        self._tell = tell

    def sweep(self) -> bool:
        """Whether anything was there."""
        names = self._named(self._hand) or self._claimed()
        if not names:
            return False
        effects = {name: self._taken(name) for name in names}
        replies = performed(self._desk, [effect for effect in effects.values() if effect is not None])
        # What is torn first: an answer to a whole file under the same MessageId comes after it, and stays.
        names.sort(key=lambda name: effects[name] is not None)
        self._tell(self._folder, {name: _ack(name, effects[name], replies) for name in names})
        return True

    @staticmethod
    def _named(folder: Path) -> list[str]:
        return sorted(name for name in folders.found(folder) if _NAME.fullmatch(name))[:_SWEEP]

    def _claimed(self) -> list[str]:
        """Files of `out`, now in our hand: one that comes under the same name meanwhile is another."""
        names = self._named(self._out)
        for name in names:
            (self._out / name).rename(self._hand / name)
        return names

    def _taken(self, name: str) -> Effect | None:
        """None for a file that cannot be read or is not what its name says."""
        try:
            before, _ = whole.opened(folders.read(self._hand / name, MAX_CONTENT + _FRAME))
        except (ValueError, OSError):
            return None
        found = _EFFECT.match(before)
        if found is None:
            return None
        message, type_, sha256 = (part.decode("ascii") for part in found.groups())
        if not name.startswith(f"{message}.{sha256[:16]}."):
            return None
        return Effect(message, type_, sha256, before[found.end() :])


class _Publisher:
    """Writes one feed as batch files; how far it came, the files themselves say."""

    def __init__(self, folder: Path, desk: Desk, form: RecordForm, today: Callable[[], str]) -> None:
        self._folder = folders.make(folder)
        self._feed = folder.name
        self._desk = desk
        self._form = form
        self._today = today
        self._serial, self._cursor, self._ended = 0, "", False
        for name in sorted(folders.found(folder), key=lambda name: batches.serial_of(name) or 0):
            self._again(name)

    def publish(self) -> bool:
        """Writes the next file; whether there was anything to write."""
        if self._ended:
            return False
        page = self._desk.feed(self._feed, self._cursor, _RECORDS)
        if not page.events and not page.end:
            return False
        day = self._today()
        name = batches.name_of(day, self._serial + 1)
        heading = Heading(f"{self._feed}/{name}", day, len(page.events), page.end)
        folders.write(self._folder, {name: batches.written(heading, self._form, page.events)})
        self._serial, self._cursor, self._ended = self._serial + 1, page.cursor, page.end
        return True

    def _again(self, name: str) -> None:
        """Asks the desk again for as many events as a file holds: a feed is the same after a restart."""
        heading, _ = batches.heading_of(folders.read(self._folder / name, batches.LONGEST), self._form.mark)
        if heading.count:
            self._cursor = self._desk.feed(self._feed, self._cursor, heading.count).cursor
        self._serial += 1
        self._ended = heading.last


def _ack(name: str, effect: Effect | None, replies: Mapping[tuple[str, str], Reply]) -> Ack:
    reply = replies.get((effect.message, effect.sha256)) if effect is not None else None
    if effect is None or reply is None:
        return Ack(name.split(".", maxsplit=1)[0], _UNREADABLE, "", effect.sha256 if effect is not None else _NO_DIGEST)
    return Ack(effect.message, _RESULTS[reply.result], reply.code, reply.sha256 or effect.sha256, reply.reply)


def _today() -> str:
    return (datetime.now(UTC) + _JST).strftime("%Y%m%d")
