"""Every text that would give a resident away, in every form in which it could lie in a file, and the search for all at once."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from urllib.parse import quote

from connectors.demo import attacks
from connectors.juki.generation import generated
from connectors.juki.resident import Resident
from connectors.juki.town import Town
from connectors.kit.payload import lists
from tests.e2e.demorun import Day

DAY = date(2026, 4, 1)
# Encrypted bytes are random: shorter texts would be found in them by chance. The shortest full name, two characters and a
# blank, has six bytes in UTF-16; a million such searches in ten megabytes find one by chance 4 times in a hundred.
SHORTEST = 6
OWN_NUMBER = 12  # digits of a 個人番号
_SLACK = 2  # bytes by which a place in base64 and that of what it stands for differ
_NEAR = 96  # bytes around a find in which a digest would show itself
_HEX, _BASE64 = re.compile(rb"[0-9a-f]{32,}"), re.compile(rb"[0-9A-Za-z+/_-]+")
_BLANK = "\u3000"
# Rooms whose partner speaks by files or tables: what lies below run/<room>.sock is on its premises, and tells the ward of persons.
# The others speak by sockets and keep nothing there; whatever lay below theirs would be searched.
PREMISES = frozenset({"departments", "gakkou", "inkan", "juki", "koseki", "moj", "systems", "zei"})
# Items of what others tell on a full day by which one person can be named: names, addresses with a number, numbers.
_NAMING = frozenset(
    {
        *("氏名", "氏名漢字", "漢字氏名", "氏名アルファベット", "氏名カタカナ", "通称", "変更後の氏名", "代替文字氏名"),
        *("氏名のフリガナ", "氏名かな", "ふりがな氏名", "清音化かな氏名", "世帯主の氏名", "筆頭者"),
        *("住所", "転入前住所", "転出先住所", "転出先住所予定", "本籍", "送付先住所漢字", "代替文字住所"),
        *("個人番号", "住民票コード", "宛名番号", "世帯番号", "団体内統合宛名番号", "基礎年金番号"),
        *("在留カードの番号", "署名用電子証明書シリアル番号"),
    }
)


def residents(day: Day) -> list[Resident]:
    """Everybody of the town that is played, before and after each event, and of the town that the attacks are about."""
    towns = Town(day.seed, day.residents, day.events, DAY), Town(day.seed + attacks._OTHER_TOWN, 120, 160, DAY)
    found: dict[Resident, None] = {}
    for town in towns:
        found.update(dict.fromkeys(town.population.residents))
        for event in town.events:
            found.update(dict.fromkeys(one for one in (event.before, event.after) if one is not None))
    return list(found)


def texts(one: Resident) -> Iterator[str]:
    """Names in all their forms, addresses with a number, and every number that names one person or household."""
    yield from (form for name in _names(one) for form in _spellings(name))
    yield from _addresses(one)
    yield from (one.kojin_bangou, one.juuminhyou_code, one.former_code, one.atena, one.household)
    if one.entitlements.nenkin:
        yield one.entitlements.nenkin.number
    if one.foreign:
        yield one.foreign.status.card


def told(day: Day) -> Iterator[str]:
    """What a full day adds: those whom only other bodies tell of, and the numbers that it gives to people."""
    town = Town(day.seed, day.residents, day.events, DAY, full=True)
    for one in town.told:
        said = lists(one.build())
        for name in _NAMING & said.keys():
            for text in said[name]:
                yield from _spellings(text)
        if one.type == "BN-REQ":
            yield generated(said["住民票コード"][0], said["生成要求事由"][0])
    yield from (town.integrated(atena) for atena in town.registered())


def _names(one: Resident) -> Iterator[str]:
    yield from (one.name, one.kana, one.head_name)
    if one.family_register:
        yield one.family_register[1]
    if one.foreign:
        yield from (one.foreign.alphabet, one.foreign.kanji, one.foreign.katakana)
        if one.foreign.alias:
            yield from (one.foreign.alias.text, one.foreign.alias.kana)


def _addresses(one: Resident) -> Iterator[str]:
    yield one.address.text
    yield one.address.text.partition(_BLANK)[0]  # without 方書
    if one.family_register:
        yield one.family_register[0]
    for elsewhere in (one.previous, one.removal.to if one.removal else None):
        if elsewhere and elsewhere.lg_code:  # 国外(country) names nobody
            yield elsewhere.text


def _spellings(name: str) -> Iterator[str]:
    """A name with its blank full-width, ordinary and left out."""
    yield from (name, name.replace(_BLANK, " "), name.replace(_BLANK, ""))


def forms(text: str) -> Iterator[bytes]:
    """The bytes as which a text could stand in a file or on a terminal."""
    plain = text.encode()
    yield plain
    yield from (text.encode("utf-16-le"), text.encode("utf-16-be"))
    with suppress(UnicodeEncodeError):  # 外字 that it does not have
        yield text.encode("cp932")
    for form in ("NFC", "NFD", "NFKD"):
        yield unicodedata.normalize(form, text).encode()
    for safe in (base64.b64encode, base64.urlsafe_b64encode):
        yield from (_inside(safe(b"\0" * shift + plain), shift, len(plain)) for shift in range(3))
    percent, escaped = quote(text, safe="").encode(), json.dumps(text)[1:-1].encode()
    yield from (percent, percent.lower(), escaped, escaped.upper().replace(b"\\U", b"\\u"))
    if text.isdecimal():
        yield "".join(chr(ord(digit) + 0xFEE0) for digit in text).encode()  # full-width digits


def _inside(encoded: bytes, shift: int, length: int) -> bytes:
    """The signs of a base64 text that depend on nothing but the `length` bytes that stand after `shift` others."""
    return encoded[-(-shift * 8 // 6) : (shift + length) * 8 // 6]


class Search:
    """Looks for all forms of all texts in one pass: a window of six bytes decides where to look closer."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self._by_start: dict[bytes, dict[bytes, str]] = {}
        for text in wanted:
            for form in forms(text):
                if len(form) >= SHORTEST:
                    self._by_start.setdefault(form[:SHORTEST], {}).setdefault(form, text)

    def __len__(self) -> int:
        return sum(map(len, self._by_start.values()))

    def found(self, data: bytes) -> set[str]:
        """The texts that stand in `data` in any form."""
        starts = self._by_start
        places = (at for at in range(len(data) - SHORTEST + 1) if data[at : at + SHORTEST] in starts)
        return {
            text
            for at in places
            for form, text in starts[data[at : at + SHORTEST]].items()
            if data.startswith(form, at) and not _in_a_digest(data, at, form, text)
        }

    def leaks(self, folder: Path) -> dict[str, int]:
        """How many texts each file below a folder gives away, in its content or its name; empty when none does.

        What lies in the premises of a partner is the partner's. The names of its files count.
        """
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not _partners(path, folder)]
        names = [str(path.relative_to(folder)) for path in sorted(folder.rglob("*"))]
        found = {str(path.relative_to(folder)): len(self.found(_content(path))) for path in files}
        found["names of files"] = len(self.found("\n".join(names).encode()))
        return {name: count for name, count in found.items() if count}


_HEX_NUMBER = re.compile(r"[0-9A-Fa-f]+")


def _in_a_digest(data: bytes, at: int, form: bytes, text: str) -> bool:
    """Whether the digits of a short number, also one in hex, merely stand in a SHA-256, written in hex or in the base64 of such a text.

    The logs of the day of 2,000 residents hold some hundred million signs of hex: of its 15,000 forms of ten digits one or two are
    found there by chance (16 ** -10 at each place). With twelve digits, as a 個人番号 has, that does not happen.
    """
    if not _HEX_NUMBER.fullmatch(text) or len(text) >= OWN_NUMBER:
        return False
    start = max(0, at - _NEAR)
    near = data[start : at + len(form) + _NEAR]
    if form.lower() == text.encode().lower():
        return any(one.start() <= at - start and at - start + len(form) <= one.end() for one in _digests(near))
    run = next(one for one in _BASE64.finditer(near) if one.start() <= at - start < one.end())
    return any(_decoded_in_a_digest(run.group()[shift:], at - start - run.start() - shift, text) for shift in range(4))


def _decoded_in_a_digest(run: bytes, at: int, text: str) -> bool:
    """Whether a base64 text that begins with this sign has these digits about place `at`, and within a digest.

    The form that was found leaves the last digit open: its sign says something of what follows too.
    """
    piece = base64.b64decode(run[: len(run) // 4 * 4], altchars=b"-_")
    places = (
        one.start()
        for one in re.finditer(text[:-1].encode(), piece, re.IGNORECASE)
        if abs(one.start() - at * 3 // 4) <= _SLACK
    )
    return any(one.start() <= place < one.end() for place in places for one in _digests(piece))


def _digests(data: bytes) -> Iterator[re.Match[bytes]]:
    """Runs of hex that are no run of digits alone."""
    return (one for one in _HEX.finditer(data) if re.search(rb"[a-f]", one.group()))


def _partners(path: Path, home: Path) -> bool:
    """Whether a file lies in the premises of a partner of a demo that is being played; a finished one has none."""
    if (home / "report.json").exists():
        return False
    run, room, *_ = (*path.relative_to(home).parts, "", "")
    return run == "run" and room.removesuffix(".sock") in PREMISES


def _content(path: Path) -> bytes:
    """The bytes of a file; none when it is gone: a process that is ending takes its -shm and -wal files with it."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def search(day: Day, *, full: bool = False) -> Search:
    """The search for everybody of a day; of a full one, also for those who are only told of."""
    own = (text for one in residents(day) for text in texts(one))
    return Search(text for text in (*own, *(told(day) if full else ())) if text)
