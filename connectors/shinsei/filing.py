"""A filing as the サービス検索・電子申請機能 gives it (E1): one closed form a procedure, so that nothing beside it is collected (S32, L1022).

The application is UTF-8 JSON, an object of texts, of which exactly these bytes were signed. The format is ours: that of
マイナポータル is not public. What does not fit the form is no filing, and none of it is kept.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from hub.checkdigits import kojin_bangou_digit

MAX_APPLICATION: Final = 16 << 10
TENSHUTSU: Final = "TENSHUTSU"  # 転出届
TENNYUU_YOYAKU: Final = "TENNYUU_YOYAKU"  # 転入予約
FOUR_ITEMS: Final = ("氏名", "生年月日", "性別", "住所")

Items = Mapping[str, str]


class FormError(ValueError):
    """Not a filing of this form. Its text names a rule, never a value."""


@dataclass(frozen=True, slots=True)
class Form:
    """The items of one procedure, in the order of xsd/shinsei/1: all it may have, and which may be left out."""

    items: Sequence[str]
    optional: frozenset[str]


_HEAD: Final = ("申請番号", "版", "訂正前の版", "申請種別", "届出の年月日", "個人番号", *FOUR_ITEMS, "連絡先電話番号")
_OPTIONAL: Final = frozenset({"訂正前の版", "連絡先電話番号"})
FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        TENSHUTSU: Form((*_HEAD, "転出予定年月日", "転出先住所予定"), _OPTIONAL),
        TENNYUU_YOYAKU: Form((*_HEAD, "来庁予定年月日"), _OPTIONAL),
    }
)


def encode(items: Items) -> bytes:
    """The bytes that an applicant signs."""
    return json.dumps(dict(items), ensure_ascii=False, separators=(",", ":")).encode()


def decode(application: bytes) -> Items:
    """The items in the order of their form. Raises `FormError` for anything else than a filing of a known procedure."""
    said = _texts(application)
    form = FORMS.get(said.get("申請種別", ""))
    if form is None:
        raise FormError("procedure")
    if not said.keys() <= set(form.items):
        raise FormError("an item that the procedure does not ask for")
    if not set(form.items) - form.optional <= said.keys():
        raise FormError("an item is missing")
    if faulty := [name for name, value in said.items() if not _VALUES[name](value)]:
        raise FormError(faulty[0])
    _check_together(said)
    return MappingProxyType({name: said[name] for name in form.items if name in said})


def _check_together(said: Items) -> None:
    """What several items say together: the first 版 corrects none, a later one a smaller one; nothing is planned before the birth."""
    version, before = int(said["版"]), int(said.get("訂正前の版", "0"))
    if before >= version or (before == 0) is not (version == 1):
        raise FormError("版")
    planned = said.get("転出予定年月日") or said["来庁予定年月日"]
    if said["生年月日"] > planned.replace("-", ""):
        raise FormError("生年月日")


def _texts(application: bytes) -> dict[str, str]:
    if len(application) > MAX_APPLICATION:
        raise FormError("length")
    try:
        said = json.loads(application.decode("utf-8"), object_pairs_hook=_once)
    except FormError:
        raise
    except (ValueError, RecursionError):
        raise FormError("JSON") from None
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise FormError("an object of texts")
    return said


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise FormError("an item stands twice")
    return made


# --- the values ---------------------------------------------------------------------------------------------------------


def _pattern(text: str) -> Callable[[str], bool]:
    compiled = re.compile(text)
    return lambda value: compiled.fullmatch(value) is not None


def _day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _number(value: str) -> bool:
    return re.fullmatch("[0-9]{12}", value) is not None and kojin_bangou_digit(value[:11]) == value[11]


def _birth(value: str) -> bool:
    """YYYYMMDD, 00 for an unknown month or day, all 0 when nothing is known."""
    if re.fullmatch("[0-9]{8}", value) is None:
        return False
    year, month, day = value[:4], value[4:6].replace("00", "01"), value[6:].replace("00", "01")
    return value == "00000000" or _day(f"{year}-{month}-{day}")


def _text(longest: int) -> Callable[[str], bool]:
    """外字 and variation selectors pass; what no screen shows, and blanks at either end, do not."""

    def fits(value: str) -> bool:
        shown = all(unicodedata.category(one) not in _UNSEEN for one in value)
        return 0 < len(value) <= longest and value == value.strip() and shown

    return fits


_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_VERSION: Final = _pattern("[1-9][0-9]{0,3}")
_VALUES: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType(
    {
        "申請番号": _pattern("[A-Z]{2}-[A-Z0-9-]{1,37}"),
        "版": _VERSION,
        "訂正前の版": _VERSION,
        "申請種別": lambda value: value in FORMS,
        "届出の年月日": _day,
        "個人番号": _number,
        "氏名": _text(150),
        "生年月日": _birth,
        "性別": _pattern("[12]"),
        "住所": _text(300),
        "連絡先電話番号": _pattern("[0-9][0-9-]{8,11}[0-9]"),
        "転出予定年月日": _day,
        "転出先住所予定": _text(300),
        "来庁予定年月日": _day,
    }
)
