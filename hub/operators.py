"""operators.yaml -> frozen `Operators`: from which terminals, how authenticated and for which company somebody may act.

What the file does not restrict is free, but for contractors: a company that is not registered, or whose contract is over,
may not act (S36, L1062-1077). Terminals: S27, S28 (L1119, L1690); authentication: S4 (the CS by biometrics, L1176).
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from hub import yamltext
from hub.codes import opr
from hub.errors import Faults, Misconfigured, Refused
from hub.messages import Operator
from hub.yamltext import Strict

EMPTY = """\
# 操作者の決まり: 接続先ごとに使える端末(末尾の * は前方一致)と認証方法、委託先とその契約期間。検査: hub check
# endpoints:
#   cs: {terminals: [T-9*, connector-cs], authentication: [biometric, connector-key]}
# contractors:
#   - {company: 株式会社見本, until: 2027-03-31, endpoints: [juki]}
format: 1
"""
# 申請管理 is the one system whose operators sit at LGWAN接続端末 (L347, L1690): a terminal refused there breaks S27, elsewhere S28.
LGWAN: Final = frozenset({"shinsei"})
_Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class RuleModel(Strict):
    """What one endpoint asks of whoever acts for it; an absent list restricts nothing."""

    terminals: Annotated[list[_Text], Field(min_length=1)] | None = None
    authentication: Annotated[list[_Text], Field(min_length=1)] | None = None


class ContractorModel(Strict):
    """委託先: the company as the operator part names it, the last day of its contract, and for whom it may act."""

    company: _Text
    until: datetime.date
    endpoints: Annotated[list[_Text], Field(min_length=1)]


class OperatorsModel(Strict):
    """The whole file."""

    format: Annotated[int, Field(ge=1, le=1)]
    endpoints: dict[str, RuleModel] = {}  # noqa: RUF012 - pydantic copies defaults
    contractors: list[ContractorModel] = []  # noqa: RUF012 - as above


@dataclass(frozen=True, slots=True)
class Operators:
    """The rules of one zone. `digest` is the SHA-256 of the file, for the config entry."""

    rules: Mapping[str, RuleModel] = field(default_factory=lambda: MappingProxyType({}))
    contractors: tuple[ContractorModel, ...] = ()
    digest: str = ""

    def check(self, operator: Operator, endpoint: str, today: datetime.date) -> None:
        """Raises `Refused` HUB-OPR-001 to -004 or -006. `today` is the Japanese day."""
        rule = self.rules.get(endpoint, _FREE)
        if rule.terminals is not None and not any(fnmatchcase(operator.terminal, one) for one in rule.terminals):
            raise Refused(opr.LGWAN_TERMINAL if endpoint in LGWAN else opr.TERMINAL, endpoint=endpoint)
        if rule.authentication is not None and operator.authentication not in rule.authentication:
            raise Refused(opr.AUTHENTICATION, endpoint=endpoint, expected="、".join(rule.authentication))
        if operator.company:
            self._check_company(operator.company, endpoint, today)

    def _check_company(self, company: str, endpoint: str, today: datetime.date) -> None:
        terms = [one.until for one in self.contractors if one.company == company and endpoint in one.endpoints]
        if not terms:
            raise Refused(opr.CONTRACTOR, endpoint=endpoint)
        if max(terms) < today:
            raise Refused(opr.CONTRACT_OVER, until=max(terms).isoformat())


_FREE = RuleModel()


def load(text: str, file: str, endpoints: Collection[str]) -> Operators:
    """The rules for a zone with these endpoints. Raises `Faults` with every fault, HUB-OPR-005 for a stranger among them."""
    model = yamltext.parse(OperatorsModel, text, file)
    named = [*model.endpoints, *(code for one in model.contractors for code in one.endpoints)]
    strangers = dict.fromkeys(code for code in named if code not in endpoints)
    if strangers:
        raise Faults(tuple(Misconfigured(opr.UNKNOWN_ENDPOINT, endpoint=code[:40]) for code in strangers))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Operators(MappingProxyType(dict(model.endpoints)), tuple(model.contractors), digest)
