"""HUB-CRT: certificates, keys, and whom they belong to (RFC 5280; certs/README.md)."""

from hub.errors import Code

MALFORMED = Code(
    "HUB-CRT-001",
    "証明書を読めません",
    "The certificate cannot be read.",
    "認証局の管理者に、certs/README.md の様式での再発行を依頼してください。",
    "Ask the CA's administrator to reissue it according to certs/README.md.",
)
UNTRUSTED = Code(
    "HUB-CRT-002",
    "証明書が、固定された認証局の発行ではありません",
    "The certificate was not issued by a pinned CA.",
    "発行元を確認してください。認証局の追加は決裁を経て設定します。",
    "Check the issuer; a CA is added by approval and configuration.",
)
NOT_YET_VALID = Code(
    "HUB-CRT-003",
    "証明書の有効期間がまだ始まっていません({what})",
    "The certificate is not yet valid ({what}).",
    "有効開始日と、ハブの時計を確認してください。",
    "Check the date of validity and the hub's clock.",
)
EXPIRED = Code(
    "HUB-CRT-004",
    "証明書の有効期間が切れています({what})",
    "The certificate has expired ({what}).",
    "新しい証明書を発行し、登録してから古いものを外してください。",
    "Issue and register a new certificate, then remove the old one.",
)
KEY_USAGE = Code(
    "HUB-CRT-005",
    "証明書の鍵用途が電子署名ではありません",
    "The certificate's key usage is not digital signature.",
    "認証局の管理者に、certs/README.md の様式での再発行を依頼してください。",
    "Ask the CA's administrator to reissue it according to certs/README.md.",
)
EXTENDED_KEY_USAGE = Code(
    "HUB-CRT-006",
    "証明書の拡張鍵用途が文書署名ではありません",
    "The certificate's extended key usage is not document signing.",
    "認証局の管理者に、certs/README.md の様式での再発行を依頼してください。",
    "Ask the CA's administrator to reissue it according to certs/README.md.",
)
EXTENSION = Code(
    "HUB-CRT-007",
    "証明書に扱えない拡張があります({rule})",
    "The certificate has an extension that cannot be accepted ({rule}).",
    "認証局の管理者に、certs/README.md の様式での再発行を依頼してください。",
    "Ask the CA's administrator to reissue it according to certs/README.md.",
)
REVOKED = Code(
    "HUB-CRT-008",
    "証明書は失効しています",
    "The certificate is revoked.",
    "新しい鍵と証明書に切り替えてください。",
    "Change to a new key and certificate.",
)
UNREGISTERED = Code(
    "HUB-CRT-009",
    "証明書がどの接続先にも登録されていません",
    "The certificate is not registered to any endpoint.",
    "接続先の証明書として登録するか、送信側の証明書を確認してください。",
    "Register it to its endpoint, or check which certificate the sender uses.",
)
OTHER_ENDPOINT = Code(
    "HUB-CRT-010",
    "証明書の登録先と電文の Sender が違います(登録先 {endpoint})",
    "The certificate is registered to another endpoint than the Sender of the message (registered: {endpoint}).",
    "なりすましの可能性があります。登録先の担当者に確認してください。",
    "This may be impersonation: ask the staff of the registered endpoint.",
)
NAME = Code(
    "HUB-CRT-011",
    "証明書に書かれた接続先と登録先が違います(登録先 {endpoint})",
    "The endpoint named in the certificate differs from its registration (registered: {endpoint}).",
    "登録の誤りか、別の接続先の証明書です。登録を確認してください。",
    "Either the registration is wrong or it is another endpoint's certificate; check the registration.",
)
DEVELOPMENT = Code(
    "HUB-CRT-012",
    "開発用の証明書は本番環境で使えません({what})",
    "A development certificate cannot be used in production ({what}).",
    "本番用の認証局が発行した証明書に替えてください。",
    "Replace it by one issued by the production CA.",
)
KEY_TOO_SHORT = Code(
    "HUB-CRT-013",
    "RSA 鍵が短すぎます: {bits} ビット(下限 {limit} ビット)",
    "The RSA key is too short: {bits} bits (at least {limit}).",
    "ECDSA P-256 または RSA 3072 ビット以上で作り直してください。",
    "Make a new key: ECDSA P-256, or RSA of at least 3072 bits.",
)
KEY_KIND = Code(
    "HUB-CRT-014",
    "鍵の種類が許されていません({what})",
    "The kind of key is not allowed ({what}).",
    "ECDSA P-256 または RSA を使ってください。",
    "Use ECDSA P-256 or RSA.",
)
WEAK_HASH = Code(
    "HUB-CRT-015",
    "証明書の署名が SHA-256 より弱い算法です",
    "The certificate itself is signed with something weaker than SHA-256.",
    "認証局の管理者に、certs/README.md の様式での再発行を依頼してください。",
    "Ask the CA's administrator to reissue it according to certs/README.md.",
)
ANCHOR = Code(
    "HUB-CRT-016",
    "信頼する認証局の証明書が条件を満たしません: {place}({rule})",
    "A pinned CA certificate does not meet the conditions: {place} ({rule}).",
    "certs/README.md の認証局の様式を確認してください。",
    "See the CA profile in certs/README.md.",
)
REGISTERED_TWICE = Code(
    "HUB-CRT-017",
    "同じ証明書が二つの接続先に登録されています({first}、{second})",
    "One certificate is registered to two endpoints ({first}, {second}).",
    "証明書は接続先ごとに別にしてください。",
    "Give each endpoint a certificate of its own.",
)
FINGERPRINT = Code(
    "HUB-CRT-018",
    "証明書の指紋の書き方が違います: {place}",
    "A certificate fingerprint is not well formed: {place}.",
    "SHA-256 の 16 進小文字 64 桁で書いてください。",
    "Write SHA-256 as 64 lower-case hexadecimal digits.",
)
KEY_MISMATCH = Code(
    "HUB-CRT-019",
    "鍵と証明書が組になっていません",
    "The key does not belong to the certificate.",
    "同じ時に作られた鍵と証明書を指定してください。",
    "Name the key and the certificate that were made together.",
)
FILE = Code(
    "HUB-CRT-020",
    "鍵または証明書のファイルを読めません: {path}({rule})",
    "A key or certificate file cannot be read: {path} ({rule}).",
    "PEM の内容と、鍵ファイルの権限(0600)を確認してください。",
    "Check the PEM content, and that a key file has mode 0600.",
)
RECIPIENT_UNKNOWN = Code(
    "HUB-CRT-021",
    "受信者に有効な証明書の登録がないため渡しません: {endpoint}",
    "Not delivered: the recipient has no registered certificate that is not revoked: {endpoint}.",
    "新しい証明書を登録してから、送信者に送り直してもらってください。",
    "Register a new certificate, then have the sender send it anew.",
)
