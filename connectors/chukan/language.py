"""What the 中間サーバー reads and says: JSON in UTF-8, one record per message under the code of its interface.

    {"interface": "DBM", "record": {"IntegratedAddressNumber": "…", "SPIMajorVersion": "3", "DuplicateCopyData": {…}, …}}

The groups of interfaces (SKI 照会, TKY 提供, DBM 副本登録) and a few names of members are known from public sources;
the forms are ours, for the real ones are not public. Nothing of a payload is left out, and nothing can be told twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from lxml import etree

from connectors.kit.feeds import Notice
from connectors.kit.payload import composed, lists

Record = Mapping[str, Any]
STATUTES: Final = "statutes"
RECIPIENT: Final = "atena"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a record and the item behind it. `several`: a list of texts. `within`: the object and element around it."""

    name: str
    item: str
    several: bool = False
    within: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """The record of one message type: the code of its interface, the payload's family and root, its members in order."""

    interface: str
    family: str
    root: str
    members: tuple[Member, ...]

    def record(self, payload: etree._Element) -> Record:
        """Every item of the payload. Raises `ValueError` for one without a member, or twice where one is meant."""
        items = lists(payload)
        made: dict[str, Any] = {}
        for member in self.members:
            if texts := items.get(member.item):
                if not member.several and len(texts) > 1:
                    raise ValueError("an item stands twice")
                place = made if member.within is None else made.setdefault(member.within[0], {})
                place[member.name] = list(texts) if member.several else texts[0]
        if len(items) != sum(len(one) if isinstance(one, dict) else 1 for one in made.values()):
            raise ValueError("an item has no member")
        return made

    def payload(self, record: Record) -> etree._Element:
        """The payload of a record, items in the order of the members. Raises `ValueError` for a member that is none."""
        known = {one.name if one.within is None else one.within[0] for one in self.members}
        if not record.keys() <= known:
            raise ValueError("no such member")
        pairs: dict[str, Any] = {}
        for member in self.members:
            place = record if member.within is None else record.get(member.within[0], {})
            if member.name in place:
                inside = pairs if member.within is None else pairs.setdefault(member.within[1], {})
                inside[member.item] = place[member.name]
        return composed(self.family, self.root, pairs)


_COPY: Final = ("DuplicateCopyData", "副本")
_HOUSEHOLD: Final = (
    Member("HouseholdNumber", "世帯番号", within=_COPY),
    Member("HeadOfHousehold", "世帯主である旨", within=_COPY),
    Member("Relationship", "世帯主との続柄", within=_COPY),
    Member("OrderInHousehold", "世帯員の並び順", within=_COPY),
)
_NUMBER: Final = Member("IntegratedAddressNumber", "団体内統合宛名番号")
_INFORMATION: Final = Member("SpecificPersonalInformationCode", "特定個人情報名コード")
_ENQUIRY: Final = Member("EnquiryNumber", "照会番号")
_PROCESS: Final = Member("ProcessNumber", "処理通番")
_PERMIT: Final = Member("PermitNumber", "提供許可証番号")
_CONTENT: Final = Member("ContentDigest", "提供内容ダイジェスト")
_MANUAL: Final = Member("AutomaticAnswerDisabled", "自動応答不可フラグ")
_EDITION: Final = (Member("SPIMajorVersion", "版"), _MANUAL, Member("PublicationDate", "異動年月日"), *_HOUSEHOLD)
_FOUR: Final = (
    Member("Name", "氏名"),
    Member("DateOfBirth", "生年月日"),
    Member("Sex", "性別"),
    Member("Address", "住所"),
)

FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "CK-DBM": Form("DBM", "fukuhon", "副本登録", (_INFORMATION, _NUMBER, *_EDITION)),
        "CK-TKR": Form(
            "TKY-R", "teikyou", "提供承認回答", (_ENQUIRY, _PROCESS, _PERMIT, _CONTENT, Member("Approval", "承認区分"))
        ),
        "CK-4R": Form(
            "4J-R",
            "shijouhou",
            "四情報回答",
            (
                _ENQUIRY,
                _NUMBER,
                Member("AnswerKind", "回答区分"),
                Member("AskedItems", "回答項目", several=True),
                *_FOUR,
            ),
        ),
        "CK-SKI": Form(
            "SKI",
            "shoukai",
            "情報照会",
            (
                _ENQUIRY,
                _NUMBER,
                Member("EnquiringSection", "照会部署"),
                Member("AffairCode", "事務コード"),
                Member("ProcedureCode", "事務手続コード"),
                Member("Provider", "情報提供者"),
                _INFORMATION,
                Member("From", "照会開始年月日"),
                Member("Until", "照会終了年月日"),
            ),
        ),
        "CK-TKY": Form(
            "TKY",
            "teikyou",
            "提供承認要求",
            (
                _ENQUIRY,
                _PROCESS,
                Member("Enquirer", "照会機関"),
                Member("Affair", "事務名"),
                _INFORMATION,
                Member("Items", "提供項目", several=True),
                _PERMIT,
                Member("Route", "経路情報"),
                _CONTENT,
                _MANUAL,
            ),
        ),
        "CK-4J": Form(
            "4J", "shijouhou", "四情報照会", (_ENQUIRY, _NUMBER, Member("AskedItems", "照会項目", several=True))
        ),
        "CK-EXP": Form(
            "EXP",
            "fukuhon-export",
            "副本照合データ",
            (Member("ExportDate", "出力年月日"), _INFORMATION, _NUMBER, *_EDITION),
        ),
    }
)
# What the 中間サーバー announces: interface -> (flow, type, row of `statutes`).
_SAID: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "TKY": ("C3", "CK-TKY", "bangou-19-8-shounin"),
        "4J": ("C4", "CK-4J", "bangou-19-8-shoukai-4"),
        "EXP": ("C7", "CK-EXP", "bangou-19-8-shougou"),
    }
)


def written(type_: str, payload: etree._Element) -> bytes:
    """What the 中間サーバー gets to read of a message. Raises `KeyError` for a type without a form, `ValueError` as `Form.record`."""
    form = FORMS[type_]
    return encoded({"interface": form.interface, "record": form.record(payload)})


def read(type_: str, content: bytes) -> Record:
    """The record of a message of that type. Raises `ValueError` for anything that is none."""
    match json.loads(content):
        case {"interface": str(interface), "record": dict(record), **more} if (
            not more and interface == FORMS[type_].interface
        ):
            return record
        case _:
            raise ValueError("no record")


def announced(notice: Notice) -> Record:
    """A notice as the 中間サーバー says it. Raises `ValueError` for one that it never says."""
    form = FORMS[notice.type]
    said = {
        "interface": form.interface,
        "id": notice.message_id,
        "conversation": notice.conversation_id,
        "at": notice.created_at,
        "person": notice.person,
        "reason": [notice.reason_code, notice.reason],
        "record": form.record(etree.fromstring(notice.payload)),
    }
    if noticed(said) != notice:
        raise ValueError("a notice of another kind")
    return said


def noticed(said: Record) -> Notice:
    """What it said, as a notice. Raises `KeyError` or `ValueError` for what it never says."""
    flow, type_, item = _SAID[said["interface"]]
    reason_code, reason = said["reason"]
    return Notice(
        flow=flow,
        type=type_,
        recipient=RECIPIENT,
        table=STATUTES,
        item=item,
        person=said["person"],
        payload=etree.tostring(FORMS[type_].payload(said["record"]), encoding="unicode"),
        created_at=said["at"],
        conversation_id=said["conversation"],
        message_id=said["id"],
        reason_code=reason_code,
        reason=reason,
    )


def result(reply: Mapping[str, str]) -> Sequence[Mapping[str, str]]:
    """照会結果項目 of a reply: its members that are item codes."""
    return [{"項目コード": code, "項目値": text} for code, text in reply.items() if code.startswith("TK0")]


def encoded(members: Record) -> bytes:
    """The one way in which these bytes are written."""
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
