"""The records that the 印鑑登録システム gives: a layout table and its own 外字. cp932, fixed length; invented, for the real one is not public.

A 印影 has no field: the message has none (xsd/shoumei).
"""

from __future__ import annotations

from importlib import resources
from typing import Final

from connectors.kit.announcing import HEADING, Announcement
from connectors.kit.languages.fields import Field, Kind
from connectors.kit.languages.records import FixedForm
from connectors.kit.text import read_gaiji

CERTIFICATE: Final = (
    Field("証明書種別", 12, Kind.CODE),
    Field("版", 6, Kind.NUMBER),
    Field("異動年月日", 8, Kind.DATE),
    Field("抑止フラグ", 1, Kind.CODE),
    Field("氏名", 150, Kind.TEXT),
    Field("生年月日", 8, Kind.CODE),  # 00 for what is unknown
    Field("住所", 300, Kind.TEXT),
    Field("宛名番号", 15, Kind.CODE),
    Field("印鑑登録証明情報/印鑑登録番号", 10, Kind.CODE),
    Field("印鑑登録証明情報/登録年月日", 8, Kind.DATE),
    Field("印鑑登録証明情報/登録状態", 1, Kind.CODE),
)
_HEADING: Final = tuple(
    Field(name, width, Kind.TEXT if name == "処理事由" else Kind.CODE)
    for name, width in zip(HEADING, (36, 36, 32, 32, 24, 100), strict=True)
)
CERTIFIED: Final = Announcement(
    flow="D2",
    type="CV-CERT",
    recipient="conbini",
    table="statutes",
    item="conbini-inkan",
    family="shoumei",
    root="証明書情報",
    items=tuple(field.name for field in CERTIFICATE),
)


def form() -> FixedForm:
    """Records in the room's own 外字 table (gaiji.tsv): that of the synthetic ward. Raises `Faults` for a table that is none."""
    text = resources.files("connectors.inkan").joinpath("gaiji.tsv").read_text(encoding="utf-8")
    return FixedForm((*_HEADING, *CERTIFICATE), gaiji=read_gaiji(text, "gaiji.tsv"))
