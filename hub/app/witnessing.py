"""Witnesses (c2sp.org/tlog-witness): an audit section cosigns what it has seen, and a hub asks it to.

A witness keeps one checkpoint a log and cosigns only what extends it: no history can be shown to it and another one to others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hub.app.evidence import Archive
from hub.app.paths import HomePaths
from hub.codes import wit
from hub.edges.home import atomic_write
from hub.edges.insidehttp import Response
from hub.edges.witnessstore import WitnessStore
from hub.errors import IntegrityError, Misconfigured, Unavailable
from hub.exchangelog import witness
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.cosignature import Cosigner, cosign
from hub.exchangelog.note import Note
from hub.exchangelog.text import decimal
from hub.exchangelog.tree import prove_consistency
from hub.exchangelog.witness import Request
from hub.ports import Clock, Observer


class Witness:
    """Answers requests. Threads and processes may share the store."""

    def __init__(self, store: WitnessStore, clock: Clock, observe: Observer) -> None:
        self._store, self._clock, self._observe = store, clock, observe

    def answer(self, body: bytes) -> Response:
        """What goes back: signature lines with 200, else a status of tlog-witness. Raises `IntegrityError` when its memory is damaged."""
        try:
            request = Request.parse(body)
        except ValueError:
            return _refused(witness.MALFORMED)
        with self._store.locked():
            return self._judged(request)

    def _judged(self, request: Request) -> Response:
        logs = self._store.logs()
        known = self._known(request)
        verdict = witness.judge(request, logs, known)
        if verdict.two_histories or verdict.status == witness.UNPROVEN:
            self._store.keep_evidence(request.note)
        if verdict.checkpoint is None:
            self._observe("witness.refused", status=verdict.status)
            return _refused(verdict.status, verdict.size)
        note = Note.parse(request.note)
        line = cosign(note.text, self._store.cosigner.name, self._store.key, int(self._clock.now().timestamp()))
        own = tuple(one for one in note.signatures if one.name == verdict.checkpoint.origin)
        self._store.keep(verdict.checkpoint.origin, replace(note, signatures=(*own, line)).encode())
        self._observe("witness.cosigned", size=verdict.checkpoint.size)
        return Response(witness.COSIGNED, "text/plain", line.encode().encode())

    def _known(self, request: Request) -> Checkpoint | None:
        try:
            kept = self._store.latest(witness.origin_of(request))
        except IntegrityError as error:
            if error.code is wit.DAMAGED:
                raise
            return None
        return None if kept is None else kept[0]


def _refused(status: int, size: int | None = None) -> Response:
    if size is None:
        return Response(status, "text/plain", b"")
    return Response(status, witness.SIZE_MEDIA, f"{size}\n".encode())


@dataclass(frozen=True, slots=True)
class Anchored:
    """A checkpoint that a witness cosigned: its size, when (POSIX seconds), and the note with both signatures."""

    size: int
    time: int
    note: str


class Cosigning:
    """One log and one witness: what to ask it, and what to make of its answer. The last cosigned note lies in the home."""

    def __init__(self, archive: Archive, cosigner: Cosigner, paths: HomePaths) -> None:
        self._archive, self._cosigner = archive, cosigner
        self._anchor = paths.anchor(cosigner.id.hex())

    def request(self, seen: int | None = None) -> Request:
        """For the newest checkpoint. `seen` is what the witness said it saw last; without it what it cosigned last is believed.

        Raises `IntegrityError` HUB-WIT-003 when it has seen more than there is.
        """
        newest, note = self._archive.newest()
        old = self._last() if seen is None else seen
        if old > newest.size:
            raise IntegrityError(wit.WITNESS_AHEAD, seen=old, size=newest.size)
        proof = prove_consistency(old, newest.size, self._archive.journal.nodes) if 0 < old < newest.size else ()
        return Request(old, tuple(proof), note)

    def take(self, request: Request, response: Response) -> Anchored | int:
        """The cosigned checkpoint, kept in the home; or the size that the witness saw last, from which it is to be asked anew.

        Raises `IntegrityError` HUB-WIT-001, -002 or -004, `Misconfigured` HUB-WIT-005, `Unavailable` HUB-WIT-006.
        """
        match response.status:
            case witness.COSIGNED:
                return self._kept(request, response.body)
            case witness.CONFLICT if response.media == witness.SIZE_MEDIA:
                return self._other_size(request, response.body)
            case witness.UNPROVEN | witness.CONFLICT:
                raise IntegrityError(wit.TWO_HISTORIES, seen=request.old)
            case witness.UNKNOWN | witness.FORBIDDEN:
                raise Misconfigured(wit.NOT_KNOWN_THERE, status=response.status)
            case status:
                raise Unavailable(wit.NO_ANSWER, reason=f"{status}")

    def _other_size(self, request: Request, body: bytes) -> int:
        """A larger one than was asked for is no fault yet: another asker may have been faster. `request` tells, by the log as it is."""
        try:
            seen = decimal(body.decode("ascii").removesuffix("\n"))
        except ValueError:
            raise Unavailable(wit.NO_ANSWER, reason="409") from None
        if seen == request.old:
            raise IntegrityError(wit.TWO_HISTORIES, seen=seen)
        return seen

    def _kept(self, request: Request, lines: bytes) -> Anchored:
        """Of the answer only this witness's own line is taken."""
        note = Note.parse(request.note)
        try:
            cosigned = Note.parse(request.note + lines.decode("utf-8"))
        except (IntegrityError, UnicodeDecodeError):
            raise Unavailable(wit.NO_ANSWER, reason="200") from None
        time = self._cosigner.time(cosigned)
        mine = (self._cosigner.name, self._cosigner.id)
        kept = (*note.signatures, *(one for one in cosigned.signatures if (one.name, one.id) == mine))
        text = replace(note, signatures=kept).encode()
        self._anchor.parent.mkdir(mode=0o700, exist_ok=True)
        atomic_write(self._anchor, text.encode())
        return Anchored(Checkpoint.claimed(text).size, time, text)

    def _last(self) -> int:
        """The size that the witness cosigned last, as far as is known here. What is no such note counts for nothing."""
        try:
            note = self._anchor.read_text("utf-8")
            self._cosigner.time(Note.parse(note))
            return Checkpoint.verified(note, self._archive.line.log_key.key).size
        except (OSError, ValueError, IntegrityError):
            return 0
