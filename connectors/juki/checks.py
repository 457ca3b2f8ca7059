"""What 住記 makes of what it is told: each type is taken or rejected on its own data, by a rule per type.

By 宛名番号 where a message bears one; by 突合 of basic items where it bears none (L213); by 住民票コード for a new number (B11). A filing
is taken in versions (S34), and a 副本 is held against the 原本 (C7).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from connectors.juki.heard import Heard
from connectors.juki.items import flag
from connectors.juki.original import Original
from connectors.juki.resident import Resident
from connectors.kit.desk import Performed
from connectors.kit.domain import COPY_DIFFERS, NO_MATCH, REMOVED_PERSON, STALE_VERSION, UNKNOWN_PERSON
from connectors.kit.ledger import Line, Tokens
from connectors.kit.partner import CONFIRMED
from connectors.kit.payload import items, lists

if TYPE_CHECKING:
    from connectors.juki.town import Town

FOUR: Final = ("氏名", "生年月日", "性別", "住所")
ANSWERED, NOBODY = "1", "9"
_CS_ONLY: Final = "1"  # 不一致区分

Said = Mapping[str, str]


class Checks:
    """The rules with what they remember: the newest 版 of each 申請番号, and the numbers that 住記 asked for."""

    def __init__(self, town: Town, tokens: Tokens) -> None:
        self._original = Original(town)
        self._tokens = tokens
        self._versions: dict[str, int] = {}
        requests = (one for one in town.told if one.type == "BN-REQ")
        self._asked = {said["依頼番号"]: said["住民票コード"] for one in requests for said in [items(one.build())]}

    def verdict(self, heard: Heard) -> Performed:
        """Whether 住記 takes it. A type without a rule is taken."""
        rule = _RULES.get(heard.type)
        return rule(self, heard) if rule else Performed()

    def remember(self, line: Line) -> None:
        """The newest 版 of a filing."""
        if line.result == CONFIRMED and "filing" in line.facts:
            filing = line.facts["filing"]
            self._versions[filing] = max(self._versions.get(filing, 0), int(line.facts["version"]))

    def four_items(self, heard: Heard) -> Mapping[str, str]:
        """Of 氏名, 生年月日, 性別, 住所 those that were asked for and no other (S17); the address of a suppressed person is not told."""
        said = lists(heard.payload)
        one = self._record(heard, said["宛名番号"][0])
        if one is None or not one.present:
            return {"回答区分": NOBODY}
        values = one.name, one.birth, one.sex.value, "" if one.suppressed else one.address.text
        told = {name: text for name, text in zip(FOUR, values, strict=True) if text and name in said["照会項目"]}
        return {"回答区分": ANSWERED if told else NOBODY, **told}

    # --- the rules ----------------------------------------------------------------------------------------------------

    def immigration(self, heard: Heard) -> Performed:
        """突合 by name, birth, sex and nationality: a 法務省通知 bears no number of ours (L213)."""
        said = _said(heard)
        names = ("氏名アルファベット", "生年月日", "性別", "国籍地域")
        name, birth, sex, nationality = (said.get(one, "") for one in names)
        return _matched(found=(name, birth, sex, nationality) in self._original.foreigners)

    def arrival_elsewhere(self, heard: Heard) -> Performed:
        """転入通知: of somebody whom we had at the 転入前住所."""
        return self._basic(_said(heard), "転入前住所")

    def koseki(self, heard: Heard) -> Performed:
        """戸籍通知: of somebody whom we have; a child is new, and only the address is known."""
        said = _said(heard)
        if said["通知事由"] == "SHUSSHOU":
            return _matched(found=said["住所"] in self._original.addresses)
        return self._basic(said, "住所")

    def number(self, heard: Heard) -> Performed:
        """番号通知: 突合 with the 住民票コード that we asked for under this 依頼番号 (B11); what nobody asked for fits nobody."""
        said = _said(heard)
        code = said["住民票コード"]
        return _matched(found=self._asked.get(said["依頼番号"]) == code and code in self._original.codes)

    def reconciled(self, heard: Heard) -> Performed:
        """整合性結果: kinds 2 and 3 speak of residents of ours; kind 1 of somebody whom the CS alone has.

        The ledger keeps how many were compared, how many of them are unequal, and how many the CS alone has; nobody's number.
        """
        said = lists(heard.payload)
        codes, kinds = said.get("住民票コード", ()), said.get("不一致区分", ())
        if not all(kind == _CS_ONLY or code in self._original.codes for code, kind in zip(codes, kinds, strict=True)):
            return _matched(found=False)
        own = sum(kind == _CS_ONLY for kind in kinds)
        (persons,) = said["照合した人数"]
        return Performed(facts={"persons": persons, "unequal": str(len(kinds) - own), "own": str(own)})

    def known(self, heard: Heard) -> Performed:
        """By 宛名番号: whoever is of this day."""
        atena = lists(heard.payload)["宛名番号"][0]
        return _taken(self._record(heard, atena), gone="")

    def entitlement(self, heard: Heard) -> Performed:
        """資格情報: of a resident."""
        return _taken(self._record(heard, _said(heard)["宛名番号"]), gone=REMOVED_PERSON)

    def copy(self, heard: Heard) -> Performed:
        """副本照合データ: the 副本 must say what the 原本 says (S24)."""
        said = _said(heard)
        one = self._record(heard, said["宛名番号"])
        if one is None:
            return Performed(confirmed=False, code=UNKNOWN_PERSON)
        if copied(one) != {name: said.get(name, "") for name in copied(one)}:
            return Performed(confirmed=False, code=COPY_DIFFERS)
        return Performed()

    def filing(self, heard: Heard) -> Performed:
        """電子申請: a 転出届 is a resident's, and nobody examines an old 版 (S34)."""
        said = _said(heard)
        if said["申請種別"] == "TENSHUTSU" and (said["個人番号"], said["生年月日"]) not in self._original.numbers:
            return Performed(confirmed=False, code=NO_MATCH)
        filing, version = self._tokens.of("filing", said["申請番号"]), int(said["版"])
        if version <= self._versions.get(filing, 0):
            return Performed(confirmed=False, code=STALE_VERSION)
        return Performed(facts={"filing": filing, "version": str(version)})

    # --- inside -------------------------------------------------------------------------------------------------------

    def _record(self, heard: Heard, atena: str) -> Resident | None:
        return self._original.at(atena, heard.at)

    def _basic(self, said: Said, address: str) -> Performed:
        found = (said["氏名"], said["生年月日"], said["性別"], said[address])
        return _matched(found=found in self._original.basics)


def copied(one: Resident) -> Mapping[str, str]:
    """What a 副本 holds of a record (CK-DBM, CK-EXP), by item name."""
    return {
        "版": str(one.version),
        "自動応答不可フラグ": flag(one.suppressed),
        "世帯番号": one.household,
        "世帯主である旨": flag(one.is_head),
        "世帯主との続柄": one.relation,
        "世帯員の並び順": str(one.order),
    }


def _said(heard: Heard) -> Said:
    return items(heard.payload)


def _matched(*, found: bool) -> Performed:
    return Performed() if found else Performed(confirmed=False, code=NO_MATCH)


def _taken(one: Resident | None, *, gone: str) -> Performed:
    """`gone`: the code for somebody who is no resident any more, "" where that does not matter."""
    code = UNKNOWN_PERSON if one is None else "" if one.present else gone
    return Performed(confirmed=False, code=code) if code else Performed()


_RULES: Final[Mapping[str, Callable[[Checks, Heard], Performed]]] = MappingProxyType(
    {
        "MJ-IN": Checks.immigration,
        "TN-IN": Checks.arrival_elsewhere,
        "KS-NOTE": Checks.koseki,
        "BN-RES": Checks.number,
        "SG-RES": Checks.reconciled,
        "CK-FGU": Checks.known,
        "CK-4J": Checks.known,
        "CK-EXP": Checks.copy,
        "SK-INFO": Checks.entitlement,
        "SN-FILE": Checks.filing,
    }
)
