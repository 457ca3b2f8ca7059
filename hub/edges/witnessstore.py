"""A witness's home: its key, the logs that it watches, and for each the latest checkpoint that it cosigned.

What is asked and what is kept happen under one lock, and what is kept is on disk before anybody gets an answer.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.codes import cfg, wit
from hub.edges.home import atomic_write
from hub.edges.pki import make_person_key, read_person_key, write_key
from hub.errors import IntegrityError, Misconfigured
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.cosignature import Cosigner
from hub.exchangelog.note import Note, VerifierKey


@dataclass(frozen=True, slots=True)
class WitnessHome:
    """The files of one witness."""

    root: Path

    @property
    def key(self) -> Path:
        return self.root / "witness.key"

    @property
    def public(self) -> Path:
        """The witness's vkey: what verifiers pin."""
        return self.root / "witness.vkey"

    @property
    def logs(self) -> Path:
        """The vkeys of the logs that it watches, one a line."""
        return self.root / "logs.txt"

    def latest(self, origin: str) -> Path:
        """The latest cosigned checkpoint of a log, as a note; names of files tell no origin that a file system could not hold."""
        return self.root / "latest" / f"{hashlib.sha256(origin.encode()).hexdigest()}.note"

    def evidence(self, note: str) -> Path:
        """Where a checkpoint goes that proves a second history."""
        return self.root / "evidence" / f"{hashlib.sha256(note.encode()).hexdigest()}.note"


class WitnessStore:
    """An open witness's home."""

    def __init__(self, home: WitnessHome) -> None:
        """Raises `Misconfigured` HUB-WIT-007 when it is none, `IntegrityError`."""
        self._home = home
        if not home.public.is_file():
            raise Misconfigured(wit.NO_WITNESS, path=str(home.root))
        self.cosigner = Cosigner.parse(home.public.read_text("utf-8").strip())
        self.key: Ed25519PrivateKey = read_person_key(home.key)
        if Cosigner.of(self.cosigner.name, self.key) != self.cosigner:
            raise IntegrityError(wit.DAMAGED, file=home.public.name)

    def logs(self) -> Mapping[str, VerifierKey]:
        """The logs that it watches, by origin. Raises `IntegrityError`."""
        keys = (VerifierKey.parse(line) for line in self._home.logs.read_text("utf-8").split())
        return {key.name: key for key in keys}

    def watch(self, key: VerifierKey) -> None:
        """Adds a log. Raises `Misconfigured` HUB-WIT-011: one origin has one key for its life."""
        with self.locked():
            known = self.logs()
            if known.get(key.name, key) != key:
                raise Misconfigured(wit.OTHER_KEY, origin=key.name)
            lines = sorted(one.encode() for one in {**known, key.name: key}.values())
            atomic_write(self._home.logs, "".join(f"{line}\n" for line in lines).encode())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One request at a time, whichever process serves it."""
        descriptor = os.open(self._home.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def latest(self, origin: str) -> tuple[Checkpoint, str] | None:
        """The latest checkpoint that was cosigned, and its note; None when none was. Raises `IntegrityError` HUB-WIT-010."""
        file = self._home.latest(origin)
        if not file.exists():
            return None
        try:
            note = file.read_text("utf-8")
            self.cosigner.time(Note.parse(note))
            return Checkpoint.claimed(note), note
        except (IntegrityError, UnicodeDecodeError):
            raise IntegrityError(wit.DAMAGED, file=file.name) from None

    def keep(self, origin: str, note: str) -> None:
        """Durable when it returns."""
        file = self._home.latest(origin)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        atomic_write(file, note.encode())

    def keep_evidence(self, note: str) -> None:
        """Of two histories: the log's own signature under another root."""
        file = self._home.evidence(note)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        atomic_write(file, note.encode())


def create_witness(home: WitnessHome, name: str) -> Cosigner:
    """A new witness. Raises `Misconfigured` when the place is taken."""
    if home.root.exists():
        raise Misconfigured(cfg.HOME_EXISTS, path=str(home.root))
    home.root.mkdir(mode=0o700, parents=True)
    key = make_person_key()
    write_key(home.key, key)
    cosigner = Cosigner.of(name, key)
    atomic_write(home.logs, b"")
    atomic_write(home.public, f"{cosigner.encode()}\n".encode())
    return cosigner
