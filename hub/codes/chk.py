"""HUB-CHK: what XSD cannot say about a payload: check digits, lengths, 外字, characters, dates (hub/domainchecks)."""

from hub.errors import Code

KOJIN_BANGOU = Code(
    "HUB-CHK-001",
    "個人番号の検査用数字が合いません: {path}",
    "The check digit of the 個人番号 is wrong: {path}.",
    "送信元の記録で番号を確かめ、正しい番号で作り直してください。",
    "Check the number in the sender's record and make the message anew.",
)
JUUMINHYOU_CODE = Code(
    "HUB-CHK-002",
    "住民票コードの検査数字が合いません: {path}",
    "The check digit of the 住民票コード is wrong: {path}.",
    "送信元の記録でコードを確かめ、正しいコードで作り直してください。",
    "Check the code in the sender's record and make the message anew.",
)
LG_CODE = Code(
    "HUB-CHK-003",
    "地方公共団体コードの検査数字が合いません: {path}",
    "The check digit of the local government code is wrong: {path}.",
    "6桁の全国地方公共団体コードを確かめてください。",
    "Check the six digits of the code.",
)
LENGTH = Code(
    "HUB-CHK-004",
    "項目長が {of} の文字数と一致しません: {path}",
    "The length does not equal the number of characters of {of}: {path}.",
    "異体字選択子は文字数に数えません。文字数を数え直してください。",
    "Count again; a variation selector is not a character of its own.",
)
GAIJI_COUNT = Code(
    "HUB-CHK-005",
    "外字数が {of} の外字の数と一致しません: {path}",
    "The count does not equal the number of 外字 in {of}: {path}.",
    "外字は Unicode の私用領域の文字です。数え直してください。",
    "A 外字 is a character of a Unicode private use area. Count again.",
)
GAIJI_FLAG = Code(
    "HUB-CHK-006",
    "外字フラグが外字数と矛盾しています: {path}",
    "The 外字フラグ contradicts the counts of 外字: {path}.",
    "いずれかの外字数が1以上のときに限り、外字フラグを1にしてください。",
    "Set the flag to 1 exactly where some count is greater than 0.",
)
SUBSTITUTE_MAP = Code(
    "HUB-CHK-007",
    "代替文字位置情報が {of} と矛盾しています: {path}",
    "The substitution map contradicts {of}: {path}.",
    "代替文字の一文字ごとに、元の文字と違えば1、同じなら0としてください。",
    "Give one digit for each character: 1 where it differs from the original, 0 where it is the same.",
)
SUBSTITUTE_CHARACTER = Code(
    "HUB-CHK-008",
    "代替文字に JIS X 0213 にない文字があります: {path}",
    "A substitute is not a character of JIS X 0213: {path}.",
    "JIS X 0213 の文字に置き換え、置き換えられない文字は〓としてください。",
    "Substitute characters of JIS X 0213, and 〓 where there is none.",
)
SUBSTITUTE_RESULT = Code(
    "HUB-CHK-009",
    "代替文字変換結果が代替文字の項目と矛盾しています: {path}",
    "代替文字変換結果 contradicts the substitute items: {path}.",
    "代替がなければ0として代替文字の項目を置かず、〓があれば9、それ以外は1としてください。",
    "0 without substitute items, 9 where a substitute is 〓, 1 otherwise.",
)
BLANK = Code(
    "HUB-CHK-010",
    "先頭又は末尾に空白があります: {path}",
    "There is a blank at the beginning or the end: {path}.",
    "前後の空白(全角を含む)を取り除いてください。",
    "Remove the blanks (also full-width ones) at both ends.",
)
CONTROL = Code(
    "HUB-CHK-011",
    "制御文字又は表示されない文字があります: {path}",
    "There is a control character or an invisible one: {path}.",
    "改行(備考とメモを除く)、タブ、書字方向や幅のない文字を取り除いてください。",
    "Remove line breaks (save in 備考 and メモ), tabs, direction marks and zero-width characters.",
)
UNMAPPABLE = Code(
    "HUB-CHK-012",
    "変換できなかった文字の印があります: {path}",
    "There is the mark of a character that could not be converted: {path}.",
    "送信元の文字コード変換で失われた文字を元の文字に戻してください。",
    "Restore the character that the sender's conversion lost.",
)
VARIATION = Code(
    "HUB-CHK-013",
    "異体字選択子の前に文字がありません: {path}",
    "A variation selector follows no character: {path}.",
    "異体字選択子は漢字の直後に一つだけ置いてください。",
    "Put one variation selector directly after its ideograph.",
)
NO_SUCH_DAY = Code(
    "HUB-CHK-014",
    "暦にない日です: {path}",
    "There is no such day: {path}.",
    "実在する日にし、不詳の月日は00としてください。",
    "Use a day that exists; write 00 for an unknown month or day.",
)
DATE_ORDER = Code(
    "HUB-CHK-015",
    "{of} より前の日です: {path}",
    "The day lies before {of}: {path}.",
    "二つの年月日の前後を確かめてください。",
    "Check the order of the two dates.",
)
PERSON_COUNT = Code(
    "HUB-CHK-016",
    "対象となる人数が対象者の数と一致しません: {path}",
    "対象となる人数 does not equal the number of 対象者: {path}.",
    "人数と対象者の数を合わせてください。",
    "Make the number and the persons agree.",
)
NOT_ASKED = Code(
    "HUB-CHK-017",
    "{of} にない項目を答えています: {path}",
    "The answer holds an item that is not among {of}: {path}.",
    "照会された項目だけを回答してください。",
    "Answer only what was asked for.",
)
REPEATED = Code(
    "HUB-CHK-018",
    "同じ値が二度あります: {path}",
    "The same value stands twice: {path}.",
    "重複を取り除いてください。",
    "Remove the repetition.",
)
RESULT_COUNTS = Code(
    "HUB-CHK-019",
    "人数が対象者の内訳と一致しません: {path}",
    "The count does not agree with the persons listed: {path}.",
    "不一致の人数は対象者の数、照合した人数は一致した人数と不一致(住記のみ・項目相違)の和です。数え直してください。",
    "不一致の人数 is the number of 対象者; 照合した人数 is those who match plus those of kinds 2 and 3. Count again.",
)
CONTENT_OF_KIND = Code(
    "HUB-CHK-020",
    "{of} と内容が合いません: {path}",
    "The content does not fit {of}: {path}.",
    "区分又は種別に応じた項目だけを置いてください(docs/messages.md)。",
    "Give the items that belong to the kind, and no others (docs/messages.md).",
)
VERSION_LINK = Code(
    "HUB-CHK-021",
    "訂正前の版が版と合いません: {path}",
    "訂正前の版 does not fit 版: {path}.",
    "最初の版には訂正前の版を置かず、二つ目以降の版には自分より小さい版を一つ示してください。",
    "The first 版 names none before it; each later one names a smaller one.",
)
EXPIRY = Code(
    "HUB-CHK-022",
    "ExpiresAt が、この日から30日を過ぎた日か、ありません: {path}",
    "ExpiresAt is missing, or lies more than 30 days behind this day: {path}.",
    "転出証明書情報は転入がなければ転出予定年月日の30日後に消去します。その日の終わり(日本時間の翌日0時)かそれより前を ExpiresAt としてください。",
    "Without 転入 a 転出証明書情報 is erased 30 days after 転出予定年月日: let ExpiresAt be the end of that day in Japan or earlier.",
)
