"""HUB-SIG: the bytes, the XML and the signature of an envelope (docs/spec/message.md; W3C XML Signature 1.1)."""

from hub.errors import Code

TOO_LARGE = Code(
    "HUB-SIG-001",
    "電文が全体の上限を超えています: {size} バイト(上限 {limit} バイト)",
    "The message exceeds the global limit: {size} bytes (limit {limit} bytes).",
    "添付に分けるか、出力単位を小さくしてください。",
    "Move content to attachments, or split the output.",
)
ENCODING = Code(
    "HUB-SIG-002",
    "文字符号化が UTF-8 ではありません({rule})",
    "The message is not plain UTF-8 ({rule}).",
    "BOM のない UTF-8 で出力してください。Shift_JIS・cp932 の系は連携機能の側で変換します。",
    "Write UTF-8 without a byte order mark; systems that use Shift_JIS or cp932 are converted by their connector.",
)
DOCTYPE = Code(
    "HUB-SIG-003",
    "DOCTYPE 宣言のある電文は受け付けません",
    "A message with a DOCTYPE declaration is not accepted.",
    "攻撃の可能性があります。送信元の担当者に確認し、この電文を再送させないでください。",
    "This may be an attack: ask the sender's staff, and do not have this message sent again.",
)
MARKUP = Code(
    "HUB-SIG-004",
    "コメント・処理命令・CDATA のある電文は受け付けません({rule})",
    "Comments, processing instructions and CDATA sections are not accepted ({rule}).",
    "送信側は連携キットの署名機能で作り直してください。",
    "Make the message again with the connector kit's signing function.",
)
MALFORMED = Code(
    "HUB-SIG-005",
    "整形式の XML ではありません({line} 行 {column} 桁)",
    "The message is not well-formed XML (line {line}, column {column}).",
    "送信側は連携キットの署名機能で作り直してください。",
    "Make the message again with the connector kit's signing function.",
)
LIMIT = Code(
    "HUB-SIG-006",
    "電文の構造が上限を超えています: {what}(上限 {limit})",
    "The message exceeds a structural limit: {what} (limit {limit}).",
    "電文を分割してください。通常の業務では届かない値です。",
    "Split the message; ordinary traffic does not reach this limit.",
)
NOT_CANONICAL = Code(
    "HUB-SIG-007",
    "電文が正規形ではありません({place})",
    "The message is not in canonical form ({place}).",
    "XML 宣言と排他的 C14N の出力だけを送ってください(連携キットの署名機能はそうします)。途中で書き換えた中継"
    "がないかも確認してください。",
    "Send exactly the XML declaration and the exclusive canonical form, as the connector kit does; check "
    "that no relay rewrote the message.",
)
ATTRIBUTE = Code(
    "HUB-SIG-008",
    "許されない属性があります({rule})",
    "The message has a forbidden attribute ({rule}).",
    "送信側は連携キットの署名機能で作り直してください。",
    "Make the message again with the connector kit's signing function.",
)
NAMESPACE = Code(
    "HUB-SIG-009",
    "名前空間が相対 URI です",
    "A namespace is a relative URI.",
    "送信側は連携キットの署名機能で作り直してください。",
    "Make the message again with the connector kit's signing function.",
)
ENVELOPE = Code(
    "HUB-SIG-010",
    "封筒の構造が違います({rule})",
    "The envelope has the wrong structure ({rule}).",
    "送信側は連携キットの署名機能で作り直してください。",
    "Make the message again with the connector kit's signing function.",
)
SIGNATURE_MISSING = Code(
    "HUB-SIG-011",
    "署名がありません",
    "The message has no signature.",
    "送信側は連携キットの署名機能で作り直してください。",
    "Make the message again with the connector kit's signing function.",
)
SIGNATURE_DUPLICATE = Code(
    "HUB-SIG-012",
    "署名が複数あります",
    "The message has more than one signature.",
    "攻撃の可能性があります。送信元の担当者に確認し、この電文を再送させないでください。",
    "This may be an attack: ask the sender's staff, and do not have this message sent again.",
)
SIGNATURE_ELSEWHERE = Code(
    "HUB-SIG-013",
    "署名が封筒の最後の子ではありません",
    "The signature is not the last child of the envelope.",
    "攻撃の可能性があります。送信元の担当者に確認し、この電文を再送させないでください。",
    "This may be an attack: ask the sender's staff, and do not have this message sent again.",
)
NESTED_ENVELOPE = Code(
    "HUB-SIG-014",
    "封筒の中に別の封筒があります(署名の包み替え)",
    "An envelope stands inside the envelope (signature wrapping).",
    "攻撃の可能性があります。送信元の担当者に確認し、この電文を再送させないでください。",
    "This may be an attack: ask the sender's staff, and do not have this message sent again.",
)
SIGNED_NOT_ROOT = Code(
    "HUB-SIG-015",
    "署名された範囲が電文全体ではありません(署名の包み替え)",
    "What was signed is not the whole document (signature wrapping).",
    "攻撃の可能性があります。送信元の担当者に確認し、この電文を再送させないでください。",
    "This may be an attack: ask the sender's staff, and do not have this message sent again.",
)
FOREIGN_SIGNATURE_PART = Code(
    "HUB-SIG-016",
    "署名の外に署名用の要素があります",
    "An element of the signature namespace stands outside the signature.",
    "攻撃の可能性があります。送信元の担当者に確認し、この電文を再送させないでください。",
    "This may be an attack: ask the sender's staff, and do not have this message sent again.",
)
SIGNATURE_SHAPE = Code(
    "HUB-SIG-017",
    "署名要素の構造が規定と違います({place})",
    "The signature element differs from the profile ({place}).",
    "送信側は連携キットの署名機能で作り直してください。",
    "Make the message again with the connector kit's signing function.",
)
ALGORITHM = Code(
    "HUB-SIG-018",
    "許されない算法です({place})",
    "The algorithm is not allowed ({place}).",
    "排他的 C14N、SHA-256、ECDSA P-256 または RSA(PKCS#1 v1.5)を使ってください。",
    "Use exclusive C14N, SHA-256, and ECDSA P-256 or RSA (PKCS#1 v1.5).",
)
TRANSFORM = Code(
    "HUB-SIG-019",
    "許されない変換です(位置 {position})",
    "The transform is not allowed (position {position}).",
    "変換は enveloped-signature と排他的 C14N の二つだけ、この順です。",
    "Exactly two transforms are allowed, in this order: enveloped-signature, exclusive C14N.",
)
REFERENCE = Code(
    "HUB-SIG-020",
    "署名の参照が空(電文全体)ではありません",
    "The signature's reference is not empty (the whole document).",
    "攻撃の可能性があります。送信元の担当者に確認し、この電文を再送させないでください。",
    "This may be an attack: ask the sender's staff, and do not have this message sent again.",
)
KEY_INFO = Code(
    "HUB-SIG-021",
    "KeyInfo は X509Data に証明書一枚だけでなければなりません",
    "KeyInfo must hold exactly one X509Data with exactly one certificate.",
    "送信側は連携キットの署名機能で作り直してください。",
    "Make the message again with the connector kit's signing function.",
)
BASE64 = Code(
    "HUB-SIG-022",
    "base64 の値の形が違います({place})",
    "A base64 value has the wrong form ({place}).",
    "改行や空白を入れず、正規の base64 で書いてください。",
    "Write canonical base64 without line breaks or blanks.",
)
SIGNATURE_WRONG = Code(
    "HUB-SIG-023",
    "署名値が一致しません",
    "The signature value does not match.",
    "送信側の鍵と証明書の組を確認してください。改ざんの可能性もあります。",
    "Check that the sender's key belongs to its certificate; the message may have been tampered with.",
)
DIGEST_WRONG = Code(
    "HUB-SIG-024",
    "電文の要約値が一致しません(署名後に変更されています)",
    "The digest does not match: the message was changed after signing.",
    "途中で書き換えた中継がないかを確認し、送信側から再送してください。",
    "Look for a relay that rewrote the message, and send it again from the sender.",
)
UNEXPECTED = Code(
    "HUB-SIG-025",
    "署名の検証が予期しない理由で止まりました({kind})",
    "Verification stopped for an unexpected reason ({kind}).",
    "電文は受け付けていません。この番号を保守担当に伝えてください。",
    "The message was not accepted. Report this code to the maintainers.",
)
