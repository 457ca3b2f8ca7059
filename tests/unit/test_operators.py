"""hub.operators: who may act for an endpoint, from where, how, and for which company."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.app import law
from hub.codes import opr
from hub.edges import resources
from hub.errors import Code, Faults, Refused
from hub.messages import Operator
from hub.operators import EMPTY, Operators, load

ENDPOINTS = ("cs", "juki", "shinsei")
LAST = date(2027, 3, 31)
TEXT = """\
format: 1
shared: [admin*, Guest, 共用*]
endpoints:
  cs: {terminals: [T-9*, connector-cs], authentication: [biometric, connector-key]}
  shinsei: {terminals: [L-01], staff: [S4001, AUTO-*]}
contractors:
  - {company: 株式会社見本, until: 2027-03-31, endpoints: [juki]}
  - {company: 株式会社見本, until: 2026-03-31, endpoints: [juki, cs]}
"""
CLERK = Operator("S4001", "戸籍住民課", "T-901", "TENNYUU", "転入届", "biometric", bytes(32))


@pytest.fixture
def rules() -> Operators:
    return load(TEXT, "operators.yaml", ENDPOINTS)


def code_of(rules: Operators, operator: Operator, endpoint: str, today: date = LAST) -> Code | None:
    try:
        rules.check(operator, endpoint, today)
    except Refused as refusal:
        return refusal.code
    return None


class TestCheck:
    @pytest.mark.parametrize(
        ("endpoint", "changes", "code"),
        [
            ("cs", {}, None),
            ("cs", {"terminal": "connector-cs", "authentication": "connector-key"}, None),
            ("cs", {"terminal": "T-101"}, opr.TERMINAL),
            ("cs", {"terminal": "t-901"}, opr.TERMINAL),
            ("cs", {"authentication": "password"}, opr.AUTHENTICATION),
            ("shinsei", {"terminal": "L-01", "authentication": "password"}, None),
            ("shinsei", {"terminal": "L-011"}, opr.LGWAN_TERMINAL),
            ("juki", {"terminal": "anything", "authentication": "password"}, None),
            ("shinsei", {"terminal": "L-01", "staff": "AUTO-shinsei"}, None),
            ("shinsei", {"terminal": "L-01", "staff": "S4002"}, opr.STAFF),
            ("shinsei", {"terminal": "L-01", "staff": "s4001"}, opr.STAFF),
            ("shinsei", {"terminal": "L-01", "staff": "admin"}, opr.SHARED_ID),
            ("juki", {"staff": "S4002"}, None),
            ("juki", {"staff": "administrator"}, opr.SHARED_ID),
            ("juki", {"staff": "ＡＤＭＩＮ０１"}, opr.SHARED_ID),
            ("juki", {"staff": " guest "}, opr.SHARED_ID),
            ("juki", {"staff": "guest-7"}, None),
            ("juki", {"staff": "共用端末"}, opr.SHARED_ID),
            ("juki", {"company": "株式会社見本"}, None),
            ("juki", {"company": "株式会社よそ"}, opr.CONTRACTOR),
            ("shinsei", {"terminal": "L-01", "company": "株式会社見本"}, opr.CONTRACTOR),
            ("cs", {"company": "株式会社見本"}, opr.CONTRACT_OVER),
        ],
    )
    def test_says_who_may_act(
        self, rules: Operators, endpoint: str, changes: dict[str, str], code: Code | None
    ) -> None:
        """Terminal, authentication and staff by endpoint; a shared id nowhere, however it is spelled; a company only by contract."""
        assert code_of(rules, replace(CLERK, **changes), endpoint) is code  # type: ignore[arg-type]

    @given(days=st.integers(-400, 400))
    def test_a_contract_holds_to_its_last_day(self, days: int) -> None:
        """The longest of several contracts counts, its last day included."""
        rules, worker = load(TEXT, "operators.yaml", ENDPOINTS), replace(CLERK, company="株式会社見本")
        found = code_of(rules, worker, "juki", LAST + timedelta(days=days))

        assert found is (opr.CONTRACT_OVER if days > 0 else None)

    def test_without_rules_only_contractors_are_refused(self) -> None:
        """A new home restricts nobody of the staff, and lets no company act."""
        rules = load(EMPTY, "operators.yaml", ENDPOINTS)

        assert code_of(rules, CLERK, "juki") is None
        assert code_of(rules, replace(CLERK, company="株式会社見本"), "juki") is opr.CONTRACTOR
        assert code_of(Operators(), replace(CLERK, company="株式会社見本"), "juki") is opr.CONTRACTOR


class TestUnmet:
    """What a home in production must restrict; a home by the shipped routes, read as `hub check` reads it."""

    @staticmethod
    def told(zone: str, text: str) -> list[tuple[str, str, str]]:
        routes = law.read_routes(resources.routing_file(), "routing.yaml", law.load_provisions())[zone]
        found = load(f"format: 1\n{text}", "operators.yaml", routes.endpoints).unmet(routes, "operators.yaml")
        assert {one.facts["file"] for one in found} <= {"operators.yaml"}
        return [(one.code.id, str(one.facts["path"]), str(one.facts["safeguard"])) for one in found]

    def test_the_cs_needs_a_rule_about_authentication(self) -> None:
        """S4, L1176: without one whoever is signed for by the CS may act, whatever they proved."""
        missing = ("HUB-OPR-009", "endpoints.cs.authentication", "S4")

        assert self.told("juki-net", "") == self.told("juki-net", "endpoints: {cs: {terminals: [T-1]}}") == [missing]

    def test_the_cs_admits_biometrics_and_connectors_alone(self) -> None:
        """A password beside them would be the way round."""
        rule = "endpoints: {{cs: {{authentication: [{}]}}}}"

        assert self.told("juki-net", rule.format("biometric, connector-key")) == []
        assert (
            self.told("juki-net", rule.format("biometric, password, os-login"))
            == [("HUB-OPR-010", "endpoints.cs.authentication", "S4")] * 2
        )

    def test_terminals_are_named_where_filings_and_enquiries_are_made(self) -> None:
        """S27 asks of 申請管理, S28 of every endpoint that sends CK-SKI; every terminal is no list of terminals."""
        enquirers = ("atena", "fukushi", "hoken", "kaigo", "kashitsuke", "kokuho", "seiho", "zei")
        asked = [(f"endpoints.{one}.terminals", "S28") for one in enquirers]
        asked.insert(-1, ("endpoints.shinsei.terminals", "S27"))
        open_ = "\n".join(f"  {one}: {{terminals: ['*']}}" for one in (*enquirers, "shinsei"))
        named = "\n".join(f"  {one}: {{terminals: [T-*]}}" for one in (*enquirers, "shinsei"))

        assert self.told("kikan", "") == [("HUB-OPR-009", *one) for one in asked]
        assert self.told("kikan", f"endpoints:\n{open_}") == [("HUB-OPR-010", *one) for one in asked]
        assert self.told("kikan", f"endpoints:\n{named}") == []


class TestLoad:
    def test_names_every_stranger(self) -> None:
        """An endpoint of another zone is a fault, each once."""
        with pytest.raises(Faults) as caught:
            load(TEXT, "operators.yaml", ("juki",))

        assert [fault.facts["endpoint"] for fault in caught.value.faults] == ["cs", "shinsei"]

    @pytest.mark.parametrize(
        "text",
        ["format: 2", "format: 1\nendpoint: {}", "format: 1\nendpoints:\n  cs: {terminals: []}", "format: 1\nx: 1"],
    )
    def test_is_strict(self, text: str) -> None:
        """Nothing unknown, no empty list that would shut out everybody by mistake."""
        with pytest.raises(Faults):
            load(text, "operators.yaml", ENDPOINTS)

    def test_has_a_digest(self, rules: Operators) -> None:
        """Another file is another digest: decisions cite it."""
        assert len(rules.digest) == 64
        assert rules.digest != load(EMPTY, "operators.yaml", ENDPOINTS).digest
