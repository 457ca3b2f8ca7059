"""HUB-TSA: timestamps of the exchange log's checkpoints by a timestamp authority (RFC 3161)."""

from hub.errors import Code

NO_AUTHORITY = Code(
    "HUB-TSA-001",
    "時刻認証局(TSA)の証明書 {file} が読めないか、証明書ではありません",
    "The certificates of the timestamp authority in {file} cannot be read, or are none.",
    "TSA を発行した認証局の証明書(PEM)を trust/tsa.pem に置くか、--ca で指定してください。",
    "Put the certificate of the CA that issued the timestamp authority's (PEM) into trust/tsa.pem, or give --ca.",
)
NO_ANSWER = Code(
    "HUB-TSA-002",
    "時刻認証局に届かないか、応答がタイムスタンプ応答の形ではありません({reason})",
    "The timestamp authority cannot be reached, or its answer is none ({reason}).",
    "アドレスと相手の状態を確かめ、やり直してください。限度(stop_after_minutes)までは連携が続きます。",
    "See whether it runs and where, and try again. Traffic goes on up to the limit (stop_after_minutes).",
)
NOT_GRANTED = Code(
    "HUB-TSA-003",
    "時刻認証局がタイムスタンプを付けませんでした(状態 {status})",
    "The timestamp authority granted no timestamp (status {status}).",
    "時刻認証局に理由を確かめてください(契約、要求のアルゴリズム SHA-256、障害)。",
    "Ask the authority why: the contract, the algorithm of the request (SHA-256), a fault of its own.",
)
FORGED = Code(
    "HUB-TSA-004",
    "タイムスタンプが、このチェックポイントのもの又は固定した認証局のものとして成り立ちません({reason})",
    "The timestamp does not hold for this checkpoint under the pinned authority ({reason}).",
    "チェックポイントとタイムスタンプの組を確かめ、TSA の認証局を trust/tsa.pem(または --ca)で確かめてください。",
    "See that checkpoint and timestamp belong together, and that trust/tsa.pem (or --ca) is the authority's CA.",
)
NOT_INSIDE = Code(
    "HUB-TSA-005",
    "時刻認証局のアドレスは、同じセグメントの http:// で始まるものに限ります(X5)",
    "A timestamp authority is asked inside the segment, by an address that begins with http:// (X5).",
    "http://ホスト:ポート/パス の形で、内部のアドレスを指定してください。届かない所の認証局には --request で媒体を使います。",
    "Give http://host:port/path with an address of the inside; to an authority elsewhere carry --request on a medium.",
)
LATE = Code(
    "HUB-TSA-006",
    "{since} 以後の記録にタイムスタンプが付かないため、新しい電文を受け付けていません",
    "No message is accepted: the entries since {since} still have no timestamp.",
    "時刻認証局との接続を直すか、hub log timestamp で媒体により付けてください。付けば受付は自動で再開します。",
    "Mend the line to the authority, or use hub log timestamp by medium. Once there is a timestamp, intake resumes by itself.",
)
OTHER_LOG = Code(
    "HUB-TSA-007",
    "タイムスタンプ付きのチェックポイント(大きさ {size})が、この交換記録のものではありません",
    "The timestamped checkpoint of size {size} is not of this log: it was rewritten or rolled back, or the file is another log's.",
    "ハブを止め、現物を保全して、監査担当へ連絡してください。",
    "Stop the hub, keep everything, and tell the auditors.",
)
NOTHING_YET = Code(
    "HUB-TSA-008",
    "交換記録がまだ空で、タイムスタンプを付けるものがありません",
    "The log is still empty: there is nothing to be timestamped.",
    "一度ハブを起動して、最初の記録ができてからやり直してください。",
    "Start the hub once, so that there is an entry.",
)
NOT_COVERED = Code(
    "HUB-TSA-009",
    "記録 {index} は、まだどのタイムスタンプにも含まれていません",
    "No timestamp covers entry {index} yet.",
    "hub log timestamp で付けてください。",
    "Make one with hub log timestamp.",
)
NO_URL = Code(
    "HUB-TSA-010",
    "時刻認証局のアドレスがありません",
    "There is no address of a timestamp authority.",
    "hub.yaml の timestamps に url を書くか、--url か --request で指定してください。",
    "Write url under timestamps in hub.yaml, or give --url or --request.",
)
NOT_ASKED = Code(
    "HUB-TSA-011",
    "このタイムスタンプは、このホームが求めたどのチェックポイントのものでもありません",
    "This timestamp is over no checkpoint for which this home asked.",
    "hub log timestamp --request で求めた応答を指定してください。より新しいものが付いた後の、古い応答は要りません。",
    "Give the response to what hub log timestamp --request wrote. An older one is not needed once a newer is here.",
)
