"""HUB-IDN: where 個人番号, 住民票コード, 符号 and 団体内統合宛名番号 may travel (design promise 8)."""

from hub.errors import Code

NOT_ON_THIS_EDGE = Code(
    "HUB-IDN-001",
    "この経路では運べない識別子の項目があります: {identifiers}(種別 {type}、{sender} → {recipient})",
    "The message has identifiers that this edge may not carry: {identifiers} (type {type}, {sender} -> {recipient}).",
    "送信側で項目を除いてください。どの経路が何を運べるかはプログラムが定め、設定では変えられません。",
    "Leave the items out at the sender. Which edge carries what is in code; no configuration can change it.",
)
NUMBER_IN_TEXT = Code(
    "HUB-IDN-002",
    "{place} 番目の文に、この経路では運べない番号({identifier})とみられる数字があります",
    "Text {place} of the message holds digits that form a valid {identifier}, which this edge may not carry.",
    "その文から番号を除いて送り直してください。番号でない数字(電話番号など)も、検査用数字が合えば断られます。",
    "Take the number out of that text and send again. Other digits (a telephone number) are refused when they happen to fit.",
)
