"""What can happen to a record in a day, and what the forms say of it: 異動事由 code, its detail, the words of the 届出.

The codes are those of xsd/common/1/types.xsd (EventCode): no public list exists (domain analysis 5.6), a ward maps its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final


class Kind(Enum):
    """A kind of event. The last two change no record."""

    TENNYUU = "転入"
    TENNYUU_TOKUREI = "特例転入"
    TENNYUU_30_46 = "国外からの転入"
    SHUSSHOU = "出生"
    TENSHUTSU = "転出"
    TENSHUTSU_KOKUGAI = "国外転出"
    SHIBOU = "死亡"
    TENKYO = "転居"
    SETAI_HENKOU = "世帯変更"
    KONIN = "氏名変更(婚姻)"
    SHOKKEN_SHUUSEI = "職権修正"
    YOKUSHI = "抑止フラグの変更"
    KOJINBANGOU_HENKOU = "個人番号変更"
    JUUMINHYOU_CODE_HENKOU = "住民票コード変更"
    ZAIRYUU_KIKAN = "在留期間更新"
    ZAIRYUU_SHIKAKU = "在留資格変更"
    TENSHUTSU_SHOUMEI = "転出証明書情報の受信"
    CARD_SHINSEI = "カード申請"

    @property
    def form(self) -> Form:
        """What the forms say of it."""
        return FORMS[self]


@dataclass(frozen=True, slots=True)
class Form:
    """`reason` is the 異動事由 code, empty where no record changes; `detail` 異動事由詳細; `text` the 処理事由 for the operator part."""

    reason: str
    text: str
    detail: str = ""


FORMS: Final[Mapping[Kind, Form]] = MappingProxyType(
    {
        Kind.TENNYUU: Form("TENNYUU", "転入届"),
        Kind.TENNYUU_TOKUREI: Form("TENNYUU_TOKUREI", "転入届の特例(住基法24条の2)"),
        Kind.TENNYUU_30_46: Form("TENNYUU_30_46", "法第30条の46転入の届出"),
        Kind.SHUSSHOU: Form("SHUSSHOU", "出生届による記載"),
        Kind.TENSHUTSU: Form("TENSHUTSU", "転出届"),
        Kind.TENSHUTSU_KOKUGAI: Form("TENSHUTSU_KOKUGAI", "国外への転出届"),
        Kind.SHIBOU: Form("SHIBOU", "死亡届による消除"),
        Kind.TENKYO: Form("TENKYO", "転居届"),
        Kind.SETAI_HENKOU: Form("SETAI_HENKOU", "世帯変更届"),
        Kind.KONIN: Form("SHOKKEN_SHUUSEI", "婚姻による氏の変更", "KONIN"),
        Kind.SHOKKEN_SHUUSEI: Form("SHOKKEN_SHUUSEI", "フリガナの職権修正", "FURIGANA"),
        Kind.YOKUSHI: Form("KEIBI_SHUUSEI", "支援措置による抑止の設定又は解除", "YOKUSHI"),
        Kind.KOJINBANGOU_HENKOU: Form("KOJINBANGOU_HENKOU", "個人番号の変更請求"),
        Kind.JUUMINHYOU_CODE_HENKOU: Form("JUUMINHYOU_CODE_HENKOU", "住民票コードの変更請求"),
        Kind.ZAIRYUU_KIKAN: Form("SHOKKEN_SHUUSEI", "法務省通知による修正", "HOUMUSHOU_KIKAN"),
        Kind.ZAIRYUU_SHIKAKU: Form("SHOKKEN_SHUUSEI", "法務省通知による修正", "HOUMUSHOU_SHIKAKU"),
        Kind.TENSHUTSU_SHOUMEI: Form("", "転出証明書情報の受信"),
        Kind.CARD_SHINSEI: Form("", "個人番号カードの交付申請"),
    }
)
#: What makes somebody a 通知対象者 or brings a card: 送付先情報 goes out (A7-1).
LETTERED: Final = frozenset({Kind.CARD_SHINSEI, Kind.SHUSSHOU, Kind.TENNYUU_30_46, Kind.KOJINBANGOU_HENKOU})
