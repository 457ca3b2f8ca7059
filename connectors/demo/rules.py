"""operators.yaml of a demo's homes, as the document asks of a ward: who may act for the CS (S4), 申請管理 (S27) and whoever enquires (S28).

The CS admits biometrics alone (L1176), 申請管理 its LGWAN接続端末 and its clerks, each under an id of their own (L1039), an
enquirer its own terminals (L1119); shared ids act for nobody. Persons and terminals are invented. In a demo the systems
speak by their connectors, so whoever acts there as a person is an attacker, but for the clerks of 住記 and 申請管理.
"""

from __future__ import annotations

from typing import Final

CS_TERMINAL: Final = "CS-01"
CS_CLERK: Final = "S9101"
# Those of connectors/shinsei, which the demo knows as a process only, and the senders of 情報照会 in routing.yaml:
# tests/integration/test_demo_rules.py holds them against both.
LGWAN_TERMINALS: Final = ("LGWAN-01", "LGWAN-02", "LGWAN-03")
LGWAN_CLERKS: Final = ("S4101", "S4102", "S4103")
_ENQUIRERS: Final = ("atena", "fukushi", "hoken", "kaigo", "kashitsuke", "kokuho", "seiho", "zei")

_HEAD: Final = """\
format: 1
shared: [admin*, root, guest*, user*, 共用*, 窓口*]
endpoints:
"""


def operators_file(zone: str) -> str:
    """The file of a zone of the demo."""
    return _HEAD + (_juki_net() if zone == "juki-net" else _kikan())


def _juki_net() -> str:
    return f"""\
  cs:
    terminals: [{CS_TERMINAL}, connector-cs]
    authentication: [biometric, connector-key]
    staff: [{CS_CLERK}, AUTO-cs]
"""


def _kikan() -> str:
    shinsei = f"""\
  shinsei:
    terminals: [{", ".join(LGWAN_TERMINALS)}, connector-shinsei]
    authentication: [password+token, connector-key]
    staff: [{", ".join(LGWAN_CLERKS)}, AUTO-shinsei]
"""
    return shinsei + "".join(f"  {code}: {{terminals: [connector-{code}]}}\n" for code in _ENQUIRERS)
