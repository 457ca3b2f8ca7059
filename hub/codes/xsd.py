"""HUB-XSD: what an envelope and a payload must look like (xsd/), and the schema files themselves.

`{expected}` is the documentation of the schema's type and `{found}` a shape, both in the two languages at once; `?` stands for
a name that the schema does not have.
"""

from hub.errors import Code

UNKNOWN_TYPE = Code(
    "HUB-XSD-001",
    "電文種別と版の組が一覧にありません: {type} 第{version}版",
    "This type and version are not in the catalogue: {type} version {version}.",
    "docs/messages.md にある種別と版で作り直してください。",
    "Use a type and version of docs/messages.md.",
)
WRONG_ROOT = Code(
    "HUB-XSD-002",
    "{type} の最上位の要素は {expected} でなければなりません",
    "The root element of {type} must be {expected}.",
    "ヘッダーの種別と、本体の要素・名前空間を合わせてください。",
    "Make the type in the header and the element and namespace of the body agree.",
)
FOREIGN_NODE = Code(
    "HUB-XSD-003",
    "本体 {path} にコメント、処理命令又は xsi 属性が含まれています",
    "The payload {path} holds a comment, a processing instruction or an xsi attribute.",
    "値を途中で分断できるものは使えません。取り除いて署名し直してください。",
    "Nothing that can split a value is allowed. Remove it and sign again.",
)
UNEXPECTED_ELEMENT = Code(
    "HUB-XSD-004",
    "置けない要素があります: {path} の {position} 番目の子は {found}、期待は {expected}",
    "An element may not stand here: child {position} of {path} is {found}, expected {expected}.",
    "様式にない項目(?)を取り除き、項目を様式の順に並べてください。",
    "Remove items that the schema does not have (?) and keep its order.",
)
MISSING_ELEMENT = Code(
    "HUB-XSD-005",
    "必須の項目がありません: {path} に {expected} が必要です",
    "A mandatory item is missing: {path} needs {expected}.",
    "不足する項目を補って署名し直してください。",
    "Add the missing item and sign again.",
)
BAD_VALUE = Code(
    "HUB-XSD-006",
    "値が様式に合いません: {path}、規則 {rule}、期待 {expected}、実際 {found}",
    "A value does not fit: {path}, rule {rule}, expected {expected}, found {found}.",
    "値の形式を様式に合わせて署名し直してください。",
    "Give the value the form that the schema asks for and sign again.",
)
BAD_ATTRIBUTE = Code(
    "HUB-XSD-007",
    "属性が様式に合いません: {path}、規則 {rule}、期待 {expected}、実際 {found}",
    "An attribute does not fit: {path}, rule {rule}, expected {expected}, found {found}.",
    "属性を様式に合わせ、様式にない属性(?)を取り除いて署名し直してください。",
    "Make the attribute fit, remove one that the schema does not have (?), and sign again.",
)
STRAY_TEXT = Code(
    "HUB-XSD-008",
    "項目の間に文字があります: {path}({found})",
    "There is text between items: {path} ({found}).",
    "文字は項目の中にだけ置いてください。",
    "Put text inside items only.",
)
UNEXPLAINED = Code(
    "HUB-XSD-009",
    "様式に合いませんが、位置を特定できません: {path}",
    "It does not fit the schema, and the place could not be found: {path}.",
    "電文を様式と照合し、この事例を開発元へ知らせてください(電文そのものは送らないこと)。",
    "Check the message against the schema yourself and report the case (never the message).",
)
FILE_MISSING = Code(
    "HUB-XSD-020",
    "様式のファイルがありません: {file}(参照元 {by})",
    "A schema file is missing: {file} (named by {by}).",
    "配布物の xsd/ を揃えてください。",
    "Restore the complete xsd/ folder.",
)
FILE_REFUSED = Code(
    "HUB-XSD-021",
    "様式のファイルを受け付けられません: {file}({reason})",
    "A schema file was not accepted: {file} ({reason}).",
    "DOCTYPE、UTF-8 以外の符号化、import、redefine を使わず、既定の名前空間を対象名前空間と同じにしてください。",
    "Use no DOCTYPE, no encoding but UTF-8, no import or redefine, and a default namespace equal to the target namespace.",
)
CATALOGUE_FAULT = Code(
    "HUB-XSD-022",
    "電文種別の一覧に誤りがあります: xsd/catalogue.yaml の {place}({reason})",
    "The catalogue of message types is wrong: xsd/catalogue.yaml, {place} ({reason}).",
    "docs/messages.md の手順で一覧を直してください。",
    "Mend the catalogue as docs/messages.md describes.",
)
