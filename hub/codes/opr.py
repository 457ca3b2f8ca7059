"""HUB-OPR: who may act for an endpoint, from where and how (operators.yaml; S4, S27, S28, S36)."""

from hub.errors import Code

TERMINAL = Code(
    "HUB-OPR-001",
    "{endpoint} の操作に使えない端末です",
    "That terminal may not be used to act for {endpoint}.",
    "operators.yaml の端末の一覧を確かめてください(S28)。端末を加えるには承認が要ります。",
    "See the list of terminals in operators.yaml (S28); adding one needs an approval.",
)
AUTHENTICATION = Code(
    "HUB-OPR-002",
    "{endpoint} の操作には認証方法 {expected} が要ります",
    "Acting for {endpoint} needs one of the authentication methods {expected}.",
    "定められた方法で認証し直してください(S4。CSの操作は生体認証、L1176)。",
    "Authenticate as required (S4; for the CS by biometrics, L1176).",
)
CONTRACTOR = Code(
    "HUB-OPR-003",
    "操作者の委託先は、{endpoint} について登録されていません",
    "The operator's company is no contractor registered for {endpoint}.",
    "委託契約を確かめ、operators.yaml の contractors に期間とともに登録してください(S36)。",
    "Check the contract and register the company with its term in operators.yaml (S36).",
)
CONTRACT_OVER = Code(
    "HUB-OPR-004",
    "操作者の委託先の契約期間({until} まで)が過ぎています",
    "The contract of the operator's company has ended ({until}).",
    "契約を更新したうえで期間を直すか、職員が操作してください(S36)。",
    "Renew the contract and its term, or let a member of the staff act (S36).",
)
UNKNOWN_ENDPOINT = Code(
    "HUB-OPR-005",
    "operators.yaml: {endpoint} はこの区画の接続先ではありません",
    "operators.yaml: {endpoint} is no endpoint of this zone.",
    "routing.yaml の接続先の名前を使ってください。",
    "Use an endpoint's name from routing.yaml.",
)
LGWAN_TERMINAL = Code(
    "HUB-OPR-006",
    "{endpoint} の申請を扱えるLGWAN接続端末ではありません",
    "That is none of the LGWAN terminals at which filings of {endpoint} may be handled.",
    "operators.yaml の端末の一覧を確かめてください(S27、L1690)。端末を加えるには承認が要ります。",
    "See the list of terminals in operators.yaml (S27, L1690); adding one needs an approval.",
)
SHARED_ID = Code(
    "HUB-OPR-007",
    "{endpoint} の操作に、何人かで使う共用のIDは使えません",
    "An id that several persons share may not be used to act for {endpoint}.",
    "自分のIDで操作し直してください(S4、L1039)。共用のIDではないなら、operators.yaml の shared を確かめてください。",
    "Act again under your own id (S4, L1039). If nobody shares it, see `shared` in operators.yaml.",
)
STAFF = Code(
    "HUB-OPR-008",
    "{endpoint} の操作を認められた職員のIDではありません",
    "That id is none of the staff who may act for {endpoint}.",
    "権限の管理表と、operators.yaml の staff を確かめてください(S4、L1039)。",
    "Check the table of rights and `staff` in operators.yaml (S4, L1039).",
)
RULE_MISSING = Code(
    "HUB-OPR-009",
    "{file}: {path} がありません。本番環境では要ります({safeguard})",
    "{file}: {path} is missing; production needs it ({safeguard}).",
    "その決まりを書いてください。書き方は docs/home.md にあります。",
    "Write that rule; docs/home.md shows how.",
)
RULE_OPEN = Code(
    "HUB-OPR-010",
    "{file}: {path} の {value} は、本番環境では広すぎます({safeguard})",
    "{file}: {value} at {path} admits too much for production ({safeguard}).",
    "CSの認証方法は biometric(連携機能には connector-key)だけです。端末は一台ずつか、その部屋に固有の前方一致で書いてください。",
    "For the CS only biometric (and connector-key of a connector) will do; name terminals one by one or by a prefix of their room.",
)
