"""The format of telegrams, as a host of the 住基ネット world might speak them; `telegram` is the conversation.

The real formats of the CS are confidential: this one is ours, made from what such hosts have in common. A telegram is a
header of 128 bytes ASCII and a body of opaque bytes. A field of the header stands as `fields` writes it.

    at  width  field       kind    content
     0      8  電文長       number  bytes of the whole telegram, header included
     8      4  電文種別     code    0100 開局, 0200 配信要求, 0210 配信通知, 0900 障害通知; an effect's comes from the room
    12      4  通番         number  1 to 9999, then 1 again; counts the questions of one connection, an answer repeats it
    16     36  MessageId   code    of an effect and its answer; else blank
    52     64  ダイジェスト  code    SHA-256 of the signed bytes, hex, of an effect and its answer; else blank
   116      4  応答コード    code    blank in a question, see below in an answer
   120      8  検査値       code    CRC-32, hex, of the telegram with this field blank

A connection begins with 開局, which names format version and endpoint. Questions may be sent ahead, answers come in their
order; a host takes what has arrived together as one group, with one sync of its ledger. A 配信要求 is answered by one
配信通知 an event and then by its own answer with the new cursor. Whoever reads anything else closes the connection.

    0000       done; the body is the partner's own data, if the room has a layout for it
    1000-8999  rejected, as the room's table says which domain code
    9001       other content under this MessageId: a person must look
    9100-9199  not understood: the contract is broken
    9800-9899  closed (業務閉塞): ask again later
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from connectors.kit.languages.fields import ASCII, UCS2, Field, Kind, Layout
from hub.codes import catalogue

HEADER: Final = Layout(
    [
        Field("電文長", 8, Kind.NUMBER),
        Field("電文種別", 4, Kind.CODE),
        Field("通番", 4, Kind.NUMBER),
        Field("MessageId", 36, Kind.CODE),
        Field("ダイジェスト", 64, Kind.CODE),
        Field("応答コード", 4, Kind.CODE),
        Field("検査値", 8, Kind.CODE),
    ],
    ASCII,
)
OPENING: Final = Layout([Field("版", 4, Kind.CODE), Field("接続先", 40, Kind.TEXT)], UCS2)
WISH: Final = Layout(
    [Field("配信名", 32, Kind.CODE), Field("位置", 64, Kind.CODE), Field("件数", 4, Kind.NUMBER)], UCS2
)
PAGE: Final = Layout([Field("位置", 64, Kind.CODE), Field("終了", 1, Kind.CODE), Field("件数", 4, Kind.NUMBER)], UCS2)
VERSION: Final = "0001"

OPEN: Final = "0100"
ASK: Final = "0200"
NOTICE: Final = "0210"
TROUBLE: Final = "0900"

DONE: Final = "0000"
OTHER_CONTENT: Final = "9001"
MALFORMED: Final = "9101"
DAMAGED: Final = "9102"
OUT_OF_TURN: Final = "9103"
TOO_LONG: Final = "9104"
UNKNOWN: Final = "9105"
CLOSED: Final = "98"

MAX_TELEGRAM: Final = 16 << 20
_LAST_NUMBER: Final = 9999
# So short that the answers of a whole window fit the buffer of a socket: neither side waits for the other to read.
MAX_REPLY: Final = 2048


def _domain_codes() -> Mapping[str, str]:
    return {f"1{id_[-3:]}": id_ for id_ in catalogue() if id_.startswith("HUB-DOM-")}


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a room and its partner agree on beyond the format, the same for both halves.

    `kinds`: message type -> 電文種別 (4 characters, the first no 0). `rejections`: 応答コード -> domain code, by default 1nnn for
    HUB-DOM-nnn. `replies`: message type -> layout of what a confirmation gives back. `feeds`: feed -> layout of its events,
    which are UTF-8 JSON where it has none.
    """

    kinds: Mapping[str, str]
    rejections: Mapping[str, str] = field(default_factory=_domain_codes)
    replies: Mapping[str, Layout] = field(default_factory=lambda: MappingProxyType({}))
    feeds: Mapping[str, Layout] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        """Raises `ValueError` for tables that could be misread: two meanings of one code, or one outside its range."""
        for table in (self.kinds, self.rejections):
            if len(set(table.values())) != len(table):
                raise ValueError("two meanings of one code")
        if not all(
            len(kind) == 4 and kind.isascii() and kind.isalnum() and kind[0] != "0" for kind in self.kinds.values()
        ):
            raise ValueError("電文種別")
        if not all(len(code) == 4 and code.isdigit() and "1000" <= code <= "8999" for code in self.rejections):
            raise ValueError("応答コード")
        if any(layout.size > MAX_REPLY for layout in self.replies.values()):
            raise ValueError("a reply is short")


@dataclass(frozen=True, slots=True)
class Telegram:
    """One telegram without its length and checksum."""

    kind: str
    number: int
    message: str = ""
    sha256: str = ""
    code: str = ""
    body: bytes = field(default=b"", repr=False)


class Broken(Exception):
    """Bytes that are no telegram, by the 応答コード that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def encode(telegram: Telegram) -> bytes:
    """The telegram's bytes. Raises `Refused` for a header that does not hold its values."""
    values = {
        "電文長": str(HEADER.size + len(telegram.body)),
        "電文種別": telegram.kind,
        "通番": str(telegram.number),
        "MessageId": telegram.message,
        "ダイジェスト": telegram.sha256,
        "応答コード": telegram.code,
        "検査値": "",
    }
    blank = HEADER.encode(values)
    return blank[:-8] + _checksum(blank, telegram.body) + telegram.body


def read(receive: Callable[[int], bytes], limit: int = MAX_TELEGRAM) -> Telegram | None:
    """One telegram; None when the stream ended before one began. `receive(n)` gives up to n bytes, none at the end.

    Raises `Broken` for what is none, `ConnectionError` for one that is torn, and what `receive` raises.
    """
    head = _exactly(receive, HEADER.size)
    if not head:
        return None
    try:
        values = HEADER.decode(head) if len(head) == HEADER.size else None
    except ValueError:
        raise Broken(MALFORMED) from None
    if values is None:
        raise ConnectionError("torn")
    if not all((values["電文長"], values["電文種別"], values["通番"])) or int(values["電文長"]) < HEADER.size:
        raise Broken(MALFORMED)
    length = int(values["電文長"]) - HEADER.size
    if length + HEADER.size > limit:
        raise Broken(TOO_LONG)
    body = _exactly(receive, length)
    if len(body) < length:
        raise ConnectionError("torn")
    if _checksum(head[:-8] + b" " * 8, body) != head[-8:]:
        raise Broken(DAMAGED)
    number = int(values["通番"])
    return Telegram(values["電文種別"], number, values["MessageId"], values["ダイジェスト"], values["応答コード"], body)


def _checksum(blank: bytes, body: bytes) -> bytes:
    return b"%08X" % zlib.crc32(body, zlib.crc32(blank))


def _exactly(receive: Callable[[int], bytes], size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size and (part := receive(min(size - len(parts), 1 << 20))):
        parts += part
    return bytes(parts)


def following(number: int) -> int:
    """The 通番 after `number`."""
    return number % _LAST_NUMBER + 1
