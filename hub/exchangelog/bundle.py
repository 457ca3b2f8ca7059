"""A bundle (証拠の束): an ASiC-E container with CAdES (ETSI EN 319 162-1) of what the log says of one exchange or several.

docs/spec/exchange-log.md, section 12. Whoever has it needs no hub: the root's public key is enough.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from hub.exchangelog.text import base64_text

MEDIA: Final = "application/vnd.etsi.asic-e+zip"
MANIFEST: Final = "META-INF/ASiCManifest001.xml"
SIGNATURE: Final = "META-INF/signature001.p7s"
_MIMETYPE: Final = "mimetype"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # of ZIP: the same bundle has the same bytes
_FILE_MODE: Final = 0o600 << 16

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">\n'
    f'<asic:SigReference URI="{SIGNATURE}" MimeType="application/pkcs7-signature"/>\n'
)
_REFERENCE: Final = (
    '<asic:DataObjectReference URI="{name}" MimeType="{media}">'
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
    "<ds:DigestValue>{digest}</ds:DigestValue></asic:DataObjectReference>\n"
)
_TAIL: Final = "</asic:ASiCManifest>\n"


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the bundle. Names are ASCII, of letters, digits, `-`, `.` and `/`, and name nobody."""

    name: str
    media: str
    content: bytes


def numbered(folder: str, number: int, ending: str) -> str:
    """The name of a file about an entry or a size; names sort as numbers do."""
    return f"{folder}/{number:016}{ending}"


def manifest(members: Sequence[Member]) -> bytes:
    """What is signed: each file by its SHA-256, in the order of their names."""
    references = (
        _REFERENCE.format(name=one.name, media=one.media, digest=_digest(one.content))
        for one in sorted(members, key=lambda one: one.name)
    )
    return "".join([_HEAD, *references, _TAIL]).encode("ascii")


def container(members: Sequence[Member], sign: Callable[[bytes], bytes]) -> bytes:
    """The container's bytes; `sign` gives the detached CAdES signature over the manifest. Nothing in it is compressed."""
    listed = manifest(members)
    own = [Member(MANIFEST, "text/xml", listed), Member(SIGNATURE, "application/pkcs7-signature", sign(listed))]
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for one in (Member(_MIMETYPE, "", MEDIA.encode()), *own, *sorted(members, key=lambda one: one.name)):
            info = zipfile.ZipInfo(one.name, _EPOCH)
            info.external_attr = _FILE_MODE
            archive.writestr(info, one.content)
    return written.getvalue()


def _digest(content: bytes) -> str:
    return base64_text(hashlib.sha256(content).digest())
