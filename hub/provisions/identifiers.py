"""Where 個人番号, 住民票コード, 符号 and 団体内統合宛名番号 may travel, and the scan for numbers in free text (design promise 8).

In code and not in a table: no configuration can add an edge. What is not listed here is refused. 番号法 9, 19, 20条; 住基法 30条の38;
the 評価書 L437 (A1-3), L511-519 (A7-1), L618-620 (A3: 特定個人情報を含まない), L213 (B11), L1033 (C0), L1034 (戸籍), L1126 (符号).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import Enum
from types import MappingProxyType

from hub.checkdigits import is_juuminhyou_code, is_kojin_bangou
from hub.codes import idn, rte
from hub.errors import Refused


class Identifier(Enum):
    """A number that by itself points at one person."""

    KOJIN_BANGOU = "個人番号"
    JUUMINHYOU_CODE = "住民票コード"
    FUGOU = "情報提供用個人識別符号"
    TOUGOU_ATENA = "団体内統合宛名番号"


Edge = tuple[str, str, str]  # message type, sender, recipient: endpoint codes

# X6: the link to 戸籍 carries no number of any kind (L1034), whatever an edge or a grant below says.
NUMBERLESS = frozenset({"koseki"})
# C6: the systems that L100-101 names as partners of the 共通機能.
_ASKING = ("zei", "kaigo", "fukushi", "hoken", "kokuho", "kashitsuke", "seiho")

_EDGES: Mapping[Identifier, frozenset[Edge]] = MappingProxyType(
    {
        Identifier.KOJIN_BANGOU: frozenset(
            {
                ("HK-UPD", "juki", "cs"),  # A1-3
                ("TS-CERT", "cs", "juki"),  # A3-2
                ("SF-SEND", "juki", "cs"),  # A7-1
                ("BN-RES", "cs", "juki"),  # B11: the number that 機構 generated
                ("AT-REG", "juki", "atena"),  # C0: it stops there
                ("SN-FILE", "shinsei", "juki"),  # E4
            }
        ),
        Identifier.JUUMINHYOU_CODE: frozenset(
            {
                ("HK-UPD", "juki", "cs"),  # A1-3
                ("TS-CERT", "cs", "juki"),  # A3-2
                ("SF-SEND", "juki", "cs"),  # A7-1
                ("BN-REQ", "juki", "cs"),  # B11
                ("BN-RES", "cs", "juki"),  # B11
                ("CK-FGC", "juki", "cs"),  # C2b: the leg of the 共通機能 (C2a) goes without it
                ("SG-CHK", "juki", "cs"),  # S23
                ("SG-RES", "cs", "juki"),  # S23
            }
        ),
        # 符号 is between 中間サーバー and 情報提供ネットワークシステム; no edge of a hub sees one.
        Identifier.FUGOU: frozenset(),
        Identifier.TOUGOU_ATENA: frozenset(
            {
                ("CK-DBM", "atena", "chukan"),  # C1 behind the 共通機能 only; the leg before it goes by 宛名番号
                ("CK-FGU", "atena", "juki"),  # C2a
                ("CK-4J", "chukan", "atena"),  # C4
                ("CK-4J", "atena", "juki"),
                ("CK-4R", "juki", "atena"),
                ("CK-4R", "atena", "chukan"),
                *(("CK-SKI", system, "atena") for system in _ASKING),  # C6
                ("CK-SKI", "atena", "chukan"),
                ("CK-SKR", "chukan", "atena"),
                *(("CK-SKR", "atena", system) for system in _ASKING),
                ("CK-EXP", "chukan", "atena"),  # C7: the leg behind it goes by 宛名番号
            }
        ),
    }
)
# B7-1: to whichever department items.yaml grants it, and to no other; 別紙2 is about 個人番号利用事務.
_BY_GRANT: Mapping[tuple[str, str], frozenset[Identifier]] = MappingProxyType(
    {("JK-CHG", "juki"): frozenset({Identifier.KOJIN_BANGOU})}
)
# The elements of xsd/ that hold an identifier. tests/unit/test_provisions_identifiers.py compares it with the schemas.
_ELEMENTS: Mapping[str, Identifier] = MappingProxyType(
    {
        "個人番号": Identifier.KOJIN_BANGOU,
        "住民票コード": Identifier.JUUMINHYOU_CODE,
        "旧住民票コード": Identifier.JUUMINHYOU_CODE,
        "符号": Identifier.FUGOU,
        "情報提供用個人識別符号": Identifier.FUGOU,
        "団体内統合宛名番号": Identifier.TOUGOU_ATENA,
    }
)


def carried(message_type: str, sender: str, recipient: str, granted: Collection[str] = ()) -> frozenset[Identifier]:
    """The identifiers that a message may carry. `sender` and `recipient` are endpoint codes.

    `granted` are the item names that the provisions allow this recipient; it matters on B7-1 only and adds to no other edge.
    """
    if NUMBERLESS & {sender, recipient}:
        return frozenset()
    edge = (message_type, sender, recipient)
    listed = frozenset(identifier for identifier, edges in _EDGES.items() if edge in edges)
    by_grant = _BY_GRANT.get((message_type, sender), frozenset())
    return listed | frozenset(identifier for identifier in by_grant if identifier.value in granted)


def identifiers_in(items: Iterable[str]) -> frozenset[Identifier]:
    """The identifiers among these item (element) names."""
    return frozenset(_ELEMENTS[name] for name in items if name in _ELEMENTS)


def check_register(sender: str, recipient: str, items: Iterable[str], texts: Iterable[str]) -> None:
    """Raises `Refused` HUB-RTE-018 for a number on the link to 戸籍 (X6), as an item or in a text."""
    if NUMBERLESS & {sender, recipient} and (identifiers_in(items) or any(map(find_number, texts))):
        raise Refused(rte.NUMBER_AND_REGISTER, rule="X6", way=f"{sender} → {recipient}")


def check_identifiers(
    message_type: str,
    sender: str,
    recipient: str,
    items: Iterable[str],
    texts: Iterable[str],
    granted: Collection[str] = (),
) -> None:
    """Raises `Refused` HUB-IDN-001 for an identifier that this edge may not carry, HUB-IDN-002 for one hidden in a text.

    On the link to 戸籍 `check_register` comes first.

    `texts` are the free texts of the message (names, addresses, notes), not its coded fields: a 宛名番号 of eleven or twelve
    digits would fit by chance one time in ten. The fact of the second code is the text's place in order, never its words.
    """
    allowed = carried(message_type, sender, recipient, granted)
    surplus = identifiers_in(items) - allowed
    if surplus:
        names = "、".join(sorted(identifier.value for identifier in surplus))
        raise Refused(idn.NOT_ON_THIS_EDGE, identifiers=names, type=message_type, sender=sender, recipient=recipient)
    if {Identifier.KOJIN_BANGOU, Identifier.JUUMINHYOU_CODE} <= allowed:
        return
    for place, text in enumerate(texts, start=1):
        for identifier in find_numbers(text):
            if identifier not in allowed:
                raise Refused(idn.NUMBER_IN_TEXT, identifier=identifier.value, place=place)


# --- numbers in free text ---------------------------------------------------------------------------------------------
#
# What counts: the digits of a run, read group by group, where blanks, hyphens and middle dots (one to three in a row, of
# any script, also invisible ones) join groups of one run. A number is found when consecutive *whole* groups of a run have
# together 12 digits that form a valid 個人番号, or 11 that form a valid 住民票コード. Digits of every script count (full
# width, Arabic-Indic, circled, superscript), and 〇一二三四五六七八九 as digits of a row.
# What does not count: an 11 or 12 digit window inside a longer group. 17 digits of a time stamp or 15 of a 宛名番号 hold
# several windows, and each fits by chance one time in ten; a scan that cries at every time stamp is switched off by people.
# Known holes: digits glued to others (X454972364860 is found, 9454972364860 is not), digits written as words or with 十 and
# 百, other separators (letters, 、 / :), and numbers split over two elements. This is a net for accidents and lazy smuggling;
# whoever wants to hide twelve digits from a filter can.
# False positives: 11 or 12 digits that are no such number fit in about 1 of 10 cases (0 stands for remainders 0 and 1, so it
# is a little less): a mobile telephone number in a note on a number-free flow is refused one time in ten. Fail closed.

_DIGIT = (
    r"\d〇一二三四五六七八九"
    r"\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089"  # superscript, subscript
    r"\u24ea\u2460-\u2468\u2474-\u247c\u2488-\u2490\u24f5-\u24fd\u24ff"  # in circles, in parentheses, with a full stop
    r"\u2776-\u277e\u2780-\u2788\u278a-\u2792\U0001f100-\U0001f10a"
)
_JOINT = (
    r"\s\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff\u20e3\ufe0e\ufe0f"  # blanks, also the invisible ones
    r"\-\u00af\u02d7\u058a\u05be\u1806\u2010-\u2015\u2043\u207b\u208b\u2212\u2500\u2501\u2e3a\u2e3b\u301c\u3030\u30fc"
    r"\ufe58\ufe63\uff0d\uff5e\uff70_~"  # hyphens, dashes and what is typed for them
    r"\u00b7\u0387\u2022\u2024\u2027\u2219\u22c5\u30fb\uff65."  # middle dots
)
_RUN = re.compile(rf"[{_DIGIT}](?:[{_JOINT}]{{0,3}}[{_DIGIT}])+")
_GROUP = re.compile(rf"[{_DIGIT}]+")
_PROOFS = MappingProxyType(
    {
        12: (is_kojin_bangou, Identifier.KOJIN_BANGOU),
        11: (is_juuminhyou_code, Identifier.JUUMINHYOU_CODE),
    }
)


def find_number(text: str) -> Identifier | None:
    """The first 個人番号 or 住民票コード with a right check digit that stands in `text`, or None."""
    return next(find_numbers(text), None)


def find_numbers(text: str) -> Iterator[Identifier]:
    """Every one of them, in the order in which they begin."""
    for run in _RUN.finditer(text):
        groups = tuple(_ascii(group) for group in _GROUP.findall(run.group()))
        for start in range(len(groups)):
            yield from _from(groups, start)


def _from(groups: tuple[str, ...], start: int) -> Iterator[Identifier]:
    digits = ""
    for group in groups[start : start + 12]:  # twelve groups hold at least twelve digits
        digits += group
        if len(digits) > 12:
            return
        proof = _PROOFS.get(len(digits))
        if proof is not None and proof[0](digits):
            yield proof[1]


def _ascii(group: str) -> str:
    return "".join(str(int(unicodedata.numeric(character))) for character in group)
