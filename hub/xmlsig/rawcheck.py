"""What can be refused on the bytes alone, before the parser runs: size, encoding, DOCTYPE, comments, counts.

In the one form we accept (declaration + exclusive C14N) a raw `<` always begins a tag, so counting bytes is exact
enough and costs microseconds. lxml would accept a DOCTYPE and `encoding='UTF-7'` (security.md finding 9).
"""

from __future__ import annotations

import re

from hub.codes import sig
from hub.errors import Refused
from hub.xmlsig.limits import Limits

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_ENCODING = re.compile(rb"""^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"'>]*)["']""")
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def check_bytes(raw: bytes, limits: Limits) -> None:
    """Raise `Refused` unless `raw` is small, plain UTF-8 with the exact declaration, and free of forbidden markup."""
    if len(raw) > limits.bytes:
        raise Refused(sig.TOO_LARGE, size=len(raw), limit=limits.bytes)
    _check_encoding(raw)
    _check_markup(raw)
    if not raw.startswith(DECLARATION):
        raise Refused(sig.NOT_CANONICAL, place="declaration")
    _check_counts(raw, limits)


def _check_encoding(raw: bytes) -> None:
    if raw.startswith(_BYTE_ORDER_MARKS):
        raise Refused(sig.ENCODING, rule="byte order mark")
    if b"\0" in raw:
        raise Refused(sig.ENCODING, rule="NUL")
    if not raw.startswith(DECLARATION):
        declared = _ENCODING.match(raw[:256])
        if declared and declared[1].upper() != b"UTF-8":
            raise Refused(sig.ENCODING, rule="declaration")


def _check_markup(raw: bytes) -> None:
    # one-byte searches first: they run at memory speed, and neither sign is common in Japanese text
    if b"!" in raw and b"<!" in raw:
        if b"<!DOCTYPE" in raw:
            raise Refused(sig.DOCTYPE)
        raise Refused(sig.MARKUP, rule="CDATA" if b"<![CDATA[" in raw else "comment")
    if raw.count(b"?") > 2 and raw.find(b"<?", 2) != -1:
        raise Refused(sig.MARKUP, rule="processing instruction")


def _check_counts(raw: bytes, limits: Limits) -> None:
    # A canonical document has two tags an element; `<` is escaped everywhere else (Canonical XML 1.1 section 2.3).
    if raw.count(b"<") > 2 * limits.elements + 1:
        raise Refused(sig.LIMIT, what="elements", limit=limits.elements)
    if raw.count(b"xmlns") > limits.namespaces:
        raise Refused(sig.LIMIT, what="namespace declarations", limit=limits.namespaces)
    if len(raw) > limits.run and max(map(len, raw.split(b"<"))) > limits.run:
        raise Refused(sig.LIMIT, what="run of text or attributes", limit=limits.run)
