"""The records that the 戸籍システム gives: layout tables and its own 外字. cp932, fixed length; invented, for the real ones are not public.

No field holds a number of the ward (X6): neither layout has a place for one.
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
    Field("戸籍証明情報/本籍地市町村コード", 6, Kind.CODE),
    Field("戸籍証明情報/戸籍の表示/本籍", 300, Kind.TEXT),
    Field("戸籍証明情報/戸籍の表示/筆頭者", 150, Kind.TEXT),
)
NOTICE: Final = (
    Field("通知番号", 40, Kind.CODE),
    Field("通知事由", 8, Kind.CODE),
    Field("事由の生じた年月日", 8, Kind.DATE),
    Field("届出の年月日", 8, Kind.DATE),
    Field("受理市町村コード", 6, Kind.CODE),
    Field("氏名", 150, Kind.TEXT),
    Field("変更後の氏名", 150, Kind.TEXT),
    Field("生年月日", 8, Kind.CODE),
    Field("性別", 1, Kind.CODE),
    Field("住所", 300, Kind.TEXT),
    Field("戸籍の表示/本籍", 300, Kind.TEXT),
    Field("戸籍の表示/筆頭者", 150, Kind.TEXT),
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
    item="conbini-koseki",
    family="shoumei",
    root="証明書情報",
    items=tuple(field.name for field in CERTIFICATE),
)
NOTIFIED: Final = Announcement(
    flow="B10",
    type="KS-NOTE",
    recipient="juki",
    table="statutes",
    item="juki-9-2",
    family="koseki",
    root="戸籍通知",
    items=tuple(field.name for field in NOTICE),
)


def forms() -> tuple[FixedForm, FixedForm]:
    """CERTIFICATE and NOTICE in the room's own 外字 table (gaiji.tsv). Raises `Faults` for a table that is none."""
    text = resources.files("connectors.koseki").joinpath("gaiji.tsv").read_text(encoding="utf-8")
    gaiji = read_gaiji(text, "gaiji.tsv")
    return FixedForm((*_HEADING, *CERTIFICATE), gaiji=gaiji), FixedForm((*_HEADING, *NOTICE), gaiji=gaiji)
