"""Attachments by hand: what `hub sign` declares, what `hub submit` sends before the message, what `hub inbox` saves (ADR 14).

Whoever owns the home is told and asked part by part, so neither side ever holds a whole file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import mimetypes
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from hub import envelope
from hub.app import endpoints
from hub.app.opening import OpenHome
from hub.attachments import MOST_BYTES, PART_BYTES, check_declared, count, digest
from hub.codes import cli, msg, zon
from hub.edges.home import atomic_stream
from hub.errors import IntegrityError, Misconfigured, Refused
from hub.framing import Message
from hub.messages import Attachment, Header, Part
from hub.xmlsig.precheck import parse

_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9.+\-]+")  # of xsd/exchange/1/envelope.xsd
_UNKNOWN: Final = "application/octet-stream"
_KNOWN: Final = mimetypes.MimeTypes()  # of Python alone: the same on every machine

Ask = Callable[[Message], Message]


# --- by whoever has the file ------------------------------------------------------------------------------------------


def given(text: str) -> tuple[Path, str]:
    """`FILE` or `FILE;type=MEDIA/TYPE` as on a command line; the type follows from the name where it is not given.

    Raises `Misconfigured` HUB-CLI-059 for what is no media type.
    """
    name, found, said = text.partition(";type=")
    type_ = said if found else (_KNOWN.guess_type(name)[0] or _UNKNOWN)
    if len(type_) > 100 or not _TYPE.fullmatch(type_):
        raise Misconfigured(cli.MEDIA_TYPE)
    return Path(name), type_


def declared(files: Sequence[tuple[Path, str]]) -> tuple[Attachment, ...]:
    """What a header says of these files. Raises `Refused` HUB-MSG-027 (before they are read) or -028, `Misconfigured` HUB-CLI-008."""
    total = sum(_size(path) for path, _ in files)
    if total > MOST_BYTES:
        raise Refused(msg.ATTACHMENTS_SIZE, size=total, limit=MOST_BYTES)
    made = tuple(Attachment(*digest(contents(path)), type_) for path, type_ in files)
    check_declared(made)
    return made


def send(ask: Ask, raw: bytes, files: Sequence[Path]) -> None:
    """Gives the owner the parts of what a message declares, before the message.

    Raises `Misconfigured` HUB-CLI-060 when the files are not exactly what it declares, for it could not be sent again with the
    right ones; a message that cannot be read is the hub's to refuse.
    """
    header = _header(raw)
    if header is None:
        return
    found = {digest(contents(path)): path for path in files}
    wanted = [(one.sha256, one.size) for one in header.attachments]
    if set(found) != set(wanted):
        raise Misconfigured(cli.OTHER_FILES, declared=len(wanted), given=len(files))
    message = hashlib.sha256(raw).hexdigest()
    for sha256, size in wanted:
        for position, content in enumerate(contents(found[sha256, size])):
            ask(_part(header.sender, Part(message, sha256, size, position, content)))


def save(ask: Ask, endpoint: str, row: Message, folder: Path) -> list[str]:
    """Writes the attachments of a row of an inbox, each whole or not at all; the names of the files.

    Raises `IntegrityError` HUB-CLI-061 when one is not what was signed.
    """
    attachments = row.get("attachments")
    names = []
    for number, one in enumerate(attachments if isinstance(attachments, list) else (), start=1):
        attachment = Attachment(str(one["sha256"]), int(one["size"]), str(one["type"]))
        names.append(f"{row['message']}.{number}{_KNOWN.guess_extension(attachment.type) or '.bin'}")
        atomic_stream(folder / names[-1], _fetched(ask, endpoint, row, attachment, number))
    return names


def contents(path: Path) -> Iterator[bytes]:
    """A file, part by part. Raises `Misconfigured` HUB-CLI-008 when it cannot be read."""
    try:
        with path.open("rb") as file:
            while part := file.read(PART_BYTES):
                yield part
    except OSError as error:
        raise Misconfigured(cli.FILE_UNREADABLE, path=path.name) from error


# --- by the owner of the home -----------------------------------------------------------------------------------------


def answer(home: OpenHome, request: Message) -> Message:
    """A `part` to be kept, or one of a delivery to be `handed` out. Raises `Refused` HUB-ZON-003, and as `Intake.deposit`."""
    match request:
        case {
            "op": "part",
            "sender": str(sender),
            "message": str(message),
            "sha256": str(sha256),
            "size": int(size),
            "position": int(position),
            "content": str(content),
        }:
            endpoints.check_known(home, sender)
            return {"kept": home.intake.deposit(sender, [Part(message, sha256, size, position, _bytes(content))])}
        case {
            "op": "handed",
            "endpoint": str(endpoint),
            "index": int(index),
            "sha256": str(sha256),
            "position": int(position),
        } if 0 <= position < count(MOST_BYTES) and 0 <= index < 1 << 53:
            endpoints.check_known(home, endpoint)
            return {"content": _text(home.journal.handed(index, endpoint, sha256, position) or b"")}
        case _:
            raise Refused(zon.REQUEST, what="op")


# --- inside -----------------------------------------------------------------------------------------------------------


def _part(sender: str, part: Part) -> Message:
    place = {"message": part.message, "sha256": part.sha256, "size": part.size, "position": part.position}
    return {"op": "part", "sender": sender, **place, "content": _text(part.content)}


def _fetched(ask: Ask, endpoint: str, row: Message, attachment: Attachment, number: int) -> Iterator[bytes]:
    hashed = hashlib.sha256()
    for position in range(count(attachment.size)):
        place = {"index": row["index"], "sha256": attachment.sha256, "position": position}
        content = _bytes(str(ask({"op": "handed", "endpoint": endpoint, **place})["content"]))
        hashed.update(content)
        yield content
    if hashed.hexdigest() != attachment.sha256:
        raise IntegrityError(cli.ATTACHMENT_BROKEN, number=number)


def _header(raw: bytes) -> Header | None:
    try:
        return envelope.parse_header(parse(raw))
    except (Refused, ValueError, IndexError):
        return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise Misconfigured(cli.FILE_UNREADABLE, path=path.name) from error


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Refused(zon.REQUEST, what="base64") from None
