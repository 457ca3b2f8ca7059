"""One record of the register as a frozen value: what 住基法7条 and 30条の45 put on a 住民票 (別添2(1); xsd/item-names.yaml).

`connectors.juki.items` maps the fields to the item names. Exact days are `date`; 生年月日 is YYYYMMDD with 00 for what is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from connectors.juki.places import Address, Elsewhere


class Sex(Enum):
    MALE = "1"
    FEMALE = "2"


class State(Enum):
    """住民状態 (51)."""

    RESIDENT = "1"
    MOVED_OUT = "2"
    DEAD = "3"
    REMOVED = "9"


class StatusKind(Enum):
    """The table of 住基法30条の45, and the two cases of 経過滞在者."""

    MID_LONG = "1"
    PERMANENT = "2"
    REFUGE = "3"
    PROVISIONAL = "4"
    BORN = "5"
    LOST_NATIONALITY = "6"


@dataclass(frozen=True, slots=True)
class Status:
    """法第30条の45の区分 with what belongs to it. `code` 在留資格, `period` 在留期間 (or 上陸期間, 仮滞在期間), `card` its number."""

    kind: StatusKind
    code: str = ""
    period: str = ""
    expires: date | None = None
    card: str = ""


@dataclass(frozen=True, slots=True)
class Alias:
    """通称, with where and since when it has been recorded."""

    text: str
    kana: str
    since: date
    place: str
    place_code: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """What only a foreign resident's record has. `kanji` and `katakana` may be empty, `alphabet` never is."""

    alphabet: str
    kanji: str
    katakana: str
    nationality: str
    status: Status
    alias: Alias | None = None
    from_abroad: bool = False

    @property
    def name(self) -> str:
        """The name of the record: 漢字 where there is one."""
        return self.kanji or self.alphabet


@dataclass(frozen=True, slots=True)
class Insured:
    """被保険者: since when, and until when if it has ended."""

    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Pensioned:
    """国民年金: 基礎年金番号, 種別 (1 or 3), since when."""

    number: str
    kind: str
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Entitlements:
    """資格 (23-27); None where the person has none. `child_allowance` is (start, end) as YYYY-MM."""

    kokuho: Insured | None = None
    kouki: Insured | None = None
    kaigo: Insured | None = None
    nenkin: Pensioned | None = None
    child_allowance: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Removal:
    """消除: 異動事由 code, the day it happened (転出: 予定年月日), where to."""

    reason: str
    on: date
    to: Elsewhere | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """個人番号カード: serials of its two certificates."""

    signature_serial: str
    authentication_serial: str


@dataclass(frozen=True, slots=True)
class Resident:
    """住民票. `relation` is the 続柄 code to the head; `version` counts the record's changes from 1.

    A Japanese resident has `foreign` None, `family_register` (本籍, 筆頭者) and perhaps a 旧氏; `name` is the name in use.
    """

    atena: str
    household: str
    order: int
    juuminhyou_code: str
    kojin_bangou: str
    name: str
    kana: str
    birth: str
    sex: Sex
    head_name: str
    relation: str
    address: Address
    address_since: date
    resident_since: date
    filed: date
    previous: Elsewhere | None = None
    family_register: tuple[str, str] | None = None
    old_name: tuple[str, str] | None = None
    foreign: Foreign | None = None
    entitlements: Entitlements = Entitlements()
    elector: bool = False
    suppressed: bool = False
    guarded: bool = False
    kana_confirmed: bool = False
    card: Card | None = None
    former_code: str = ""
    state: State = State.RESIDENT
    removal: Removal | None = None
    processed: date | None = None
    version: int = 1

    @property
    def is_head(self) -> bool:
        """世帯主である旨."""
        return self.relation == HEAD

    @property
    def present(self) -> bool:
        """現存: the record has not been removed."""
        return self.state is State.RESIDENT


HEAD = "02"  # 世帯主. The codes of 続柄 are our own numbering: those of 改造仕様書 are not public.
HUSBAND, WIFE, CHILD, FATHER, MOTHER, SIBLING, LODGER = "11", "12", "20", "51", "52", "40", "90"


def age_on(birth: str, day: date) -> int:
    """Full years on `day` (年齢計算ニ関スル法律 apart: the birthday counts). Unknown month or day count as 1 January; all unknown is 0."""
    if birth == "00000000":
        return 0
    year, month, dom = int(birth[:4]), int(birth[4:6]) or 1, int(birth[6:]) or 1
    return day.year - year - ((day.month, day.day) < (month, dom))
