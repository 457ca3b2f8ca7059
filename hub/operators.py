"""operators.yaml -> frozen `Operators`: from which terminals, how authenticated, who and for which company somebody may act.

What the file does not restrict is free, but for contractors: a company that is not registered, or whose contract is over,
may not act (S36, L1062-1077). Terminals: S27, S28 (L1119, L1690); authentication, staff and shared ids: S4 (the CS by
biometrics, L1176; no shared id, L1039). What the file of a home in production must restrict is `unmet` (`hub check`).
The hub sees what the sender signed: that the finger was the person's, and the id nobody else's, it cannot see.
"""

from __future__ import annotations

import datetime
import hashlib
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from hub import yamltext
from hub.codes import opr
from hub.errors import Faults, Misconfigured, Refused
from hub.messages import Operator
from hub.routes import Routes
from hub.yamltext import Strict

EMPTY = """\
# 操作者の決まり: 接続先ごとに使える端末(末尾の * は前方一致)、認証方法、操作してよい職員のID。共用のID(だれも使えない)。
# 委託先とその契約期間。検査: hub check。本番では cs の authentication(S4)、shinsei の terminals(S27)、
# 情報照会を送る接続先の terminals(S28)が要る。
# shared: [admin*, guest, 共用*]
# endpoints:
#   cs: {terminals: [T-9*, connector-cs], authentication: [biometric, connector-key], staff: [S9001, S9002, AUTO-cs]}
# contractors:
#   - {company: 株式会社見本, until: 2027-03-31, endpoints: [juki]}
format: 1
"""
# 申請管理 is the one system whose operators sit at LGWAN接続端末 (L347, L1690): a terminal refused there breaks S27, elsewhere S28.
LGWAN: Final = frozenset({"shinsei"})
CS: Final = "cs"
ENQUIRY: Final = "CK-SKI"  # 情報照会: who sends it has 照会端末 (L1119)
# By what somebody may act for the CS: biometrics (L1176); a connector, which has no finger, by its key.
PROVEN: Final = frozenset({"biometric", "connector-key"})
_Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class RuleModel(Strict):
    """What one endpoint asks of whoever acts for it; an absent list restricts nothing."""

    terminals: Annotated[list[_Text], Field(min_length=1)] | None = None
    authentication: Annotated[list[_Text], Field(min_length=1)] | None = None
    staff: Annotated[list[_Text], Field(min_length=1)] | None = None


class ContractorModel(Strict):
    """委託先: the company as the operator part names it, the last day of its contract, and for whom it may act."""

    company: _Text
    until: datetime.date
    endpoints: Annotated[list[_Text], Field(min_length=1)]


class OperatorsModel(Strict):
    """The whole file."""

    format: Annotated[int, Field(ge=1, le=1)]
    shared: list[_Text] = []  # noqa: RUF012 - pydantic copies defaults
    endpoints: dict[str, RuleModel] = {}  # noqa: RUF012 - as above
    contractors: list[ContractorModel] = []  # noqa: RUF012 - as above


@dataclass(frozen=True, slots=True)
class Operators:
    """The rules of one zone. `digest` is the SHA-256 of the file, for the config entry."""

    rules: Mapping[str, RuleModel] = field(default_factory=lambda: MappingProxyType({}))
    contractors: tuple[ContractorModel, ...] = ()
    shared: tuple[str, ...] = ()
    digest: str = ""

    def check(self, operator: Operator, endpoint: str, today: datetime.date) -> None:
        """Raises `Refused` HUB-OPR-001 to -004 or -006 to -008. `today` is the Japanese day."""
        rule = self.rules.get(endpoint, _FREE)
        if rule.terminals is not None and not _is_one_of(operator.terminal, rule.terminals):
            raise Refused(opr.LGWAN_TERMINAL if endpoint in LGWAN else opr.TERMINAL, endpoint=endpoint)
        if rule.authentication is not None and operator.authentication not in rule.authentication:
            raise Refused(opr.AUTHENTICATION, endpoint=endpoint, expected="、".join(rule.authentication))
        # One spelling is as shared as another: ＡＤＭＩＮ is admin. Who is allowed is compared letter by letter.
        if _is_one_of(_folded(operator.staff), self.shared):
            raise Refused(opr.SHARED_ID, endpoint=endpoint)
        if rule.staff is not None and not _is_one_of(operator.staff, rule.staff):
            raise Refused(opr.STAFF, endpoint=endpoint)
        if operator.company:
            self._check_company(operator.company, endpoint, today)

    def _check_company(self, company: str, endpoint: str, today: datetime.date) -> None:
        terms = [one.until for one in self.contractors if one.company == company and endpoint in one.endpoints]
        if not terms:
            raise Refused(opr.CONTRACTOR, endpoint=endpoint)
        if max(terms) < today:
            raise Refused(opr.CONTRACT_OVER, until=max(terms).isoformat())

    def unmet(self, routes: Routes, file: str) -> tuple[Misconfigured, ...]:
        """What a home in production must restrict and does not: HUB-OPR-009 where nothing is said, -010 where too much is let in."""
        found: list[Misconfigured] = []
        for path, safeguard, said, too_much in self._asked(routes):
            if said is None:
                found.append(Misconfigured(opr.RULE_MISSING, file=file, path=path, safeguard=safeguard))
            found += [
                Misconfigured(opr.RULE_OPEN, file=file, path=path, safeguard=safeguard, value=one) for one in too_much
            ]
        return tuple(found)

    def _asked(self, routes: Routes) -> Iterator[tuple[str, str, Sequence[str] | None, list[str]]]:
        """Path, safeguard, what the file says there, and what of it admits too much."""
        if CS in routes.endpoints:
            methods = self.rules.get(CS, _FREE).authentication
            yield f"endpoints.{CS}.authentication", "S4", methods, [one for one in methods or () if one not in PROVEN]
        lgwan = LGWAN & routes.endpoints.keys()
        for code in sorted(lgwan | _enquirers(routes)):
            terminals = self.rules.get(code, _FREE).terminals
            everything = [one for one in terminals or () if not one.strip("*?")]
            yield f"endpoints.{code}.terminals", "S27" if code in lgwan else "S28", terminals, everything


_FREE = RuleModel()


def _enquirers(routes: Routes) -> frozenset[str]:
    """The endpoints that send 情報照会 by some route: those with 照会端末 (S28)."""
    return frozenset(one.sender for one in routes.routes if any(kind.startswith(f"{ENQUIRY}/") for kind in one.types))


def _is_one_of(value: str, patterns: Collection[str]) -> bool:
    return any(fnmatchcase(value, one) for one in patterns)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def load(text: str, file: str, endpoints: Collection[str]) -> Operators:
    """The rules for a zone with these endpoints. Raises `Faults` with every fault, HUB-OPR-005 for a stranger among them."""
    model = yamltext.parse(OperatorsModel, text, file)
    named = [*model.endpoints, *(code for one in model.contractors for code in one.endpoints)]
    strangers = dict.fromkeys(code for code in named if code not in endpoints)
    if strangers:
        raise Faults(tuple(Misconfigured(opr.UNKNOWN_ENDPOINT, endpoint=code[:40]) for code in strangers))
    digest = hashlib.sha256(text.encode()).hexdigest()
    shared = tuple(map(_folded, model.shared))
    return Operators(MappingProxyType(dict(model.endpoints)), tuple(model.contractors), shared, digest)
