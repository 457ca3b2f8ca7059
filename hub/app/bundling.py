"""What goes into a bundle: every entry of the chosen exchanges with its proof, what of their records was revealed, the key list,
and what outsiders said of the log meanwhile (docs/spec/exchange-log.md, section 12).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from hub import envelope
from hub.app.evidence import Archive
from hub.app.paths import HomePaths
from hub.app.reading import read_file
from hub.app.revealing import Record
from hub.attachments import count
from hub.edges.timestampstore import TimestampStore
from hub.errors import IntegrityError
from hub.exchangelog.bundle import Member, numbered
from hub.exchangelog.text import base64_text
from hub.exchangelog.tree import prove_consistency
from hub.xmlsig.precheck import parse

_TEXT = "text/plain"
_WITNESS = re.compile(r"[0-9a-f]{8}")
_BYTES = "application/octet-stream"
_FOLDERS: Mapping[str, tuple[str, str, str]] = {
    "body": ("messages", ".xml", "application/xml"),
    "private": ("openings", ".bin", _BYTES),
}


def members(
    archive: Archive,
    paths: HomePaths,
    story: Sequence[int],
    revealed: Mapping[Record, bytes],
    revelations: Sequence[int] = (),
) -> list[Member]:
    """All files but the signed list of them: the entries of the story, and those that say who revealed.

    Raises `IntegrityError` where an entry cannot be proven.
    """
    at = archive.newest()
    indexes = sorted({*story, *revelations})
    proofs = [
        Member(numbered("entries", index, ".proof"), _TEXT, archive.prove(index, at).encode().encode())
        for index in indexes
    ]
    records = [_record(index, slot, content) for (index, slot), content in revealed.items()]
    last = max(story)
    outside = [*_timestamp(archive, paths, last, at[0].size), *_witnessed(archive, paths, last, at[0].size)]
    return [Member("keylist.txt", _TEXT, read_file(paths.key_list)), *proofs, *records, *outside]


def _record(index: int, slot: str, content: bytes) -> Member:
    if slot not in _FOLDERS:  # an attachment, whole, by its digest
        return Member(f"{numbered('attachments', index, '')}-{slot}.bin", _BYTES, content)
    folder, ending, media = _FOLDERS[slot]
    return Member(numbered(folder, index, ending), media, content)


def attached(revealed: Mapping[Record, bytes]) -> dict[Record, list[Record]]:
    """The attachments that the revealed messages name, by entry and digest, each with the records of its parts."""
    found = {}
    for (index, slot), content in revealed.items():
        for one in envelope.parse_header(parse(content)).attachments if slot == "body" else ():
            found[index, one.sha256] = [(index, f"part:{one.sha256}:{place}") for place in range(count(one.size))]
    return found


def _timestamp(archive: Archive, paths: HomePaths, last: int, size: int) -> Iterator[Member]:
    """The first timestamp that covers all of the selection."""
    for stored in TimestampStore(paths.timestamps).read():
        if last < stored.size <= size and _of(archive, stored.note) == stored.size:
            yield Member(numbered("timestamps", stored.size, ".note"), _TEXT, stored.note)
            yield Member(numbered("timestamps", stored.size, ".tsr"), "application/timestamp-reply", stored.response)
            yield Member(numbered("timestamps", stored.size, ".path"), _TEXT, _path(archive, stored.size, size))
            return


def _witnessed(archive: Archive, paths: HomePaths, last: int, size: int) -> Iterator[Member]:
    """The newest cosigned checkpoint of each witness, where it covers all of the selection."""
    for file in sorted(paths.anchors.glob("*.note")):
        note = read_file(file)
        seen = _of(archive, note)
        if _WITNESS.fullmatch(file.stem) and last < seen <= size:
            yield Member(f"witnesses/{file.stem}.note", _TEXT, note)
            yield Member(f"witnesses/{file.stem}.path", _TEXT, _path(archive, seen, size))


def _of(archive: Archive, note: bytes) -> int:
    """The size of a checkpoint that the log's key signed; -1 of anything else, which is left out."""
    try:
        return archive.line.checkpoint(note.decode("utf-8")).size
    except (IntegrityError, UnicodeDecodeError):
        return -1


def _path(archive: Archive, old: int, new: int) -> bytes:
    """The consistency proof between two checkpoints, a base64 hash a line; empty between equal ones."""
    proof: Iterable[bytes] = prove_consistency(old, new, archive.journal.nodes) if old < new else ()
    return "".join(f"{base64_text(one)}\n" for one in proof).encode("ascii")
