"""HUB-PER: persons, their keys, and what two of them must sign (design promise 12)."""

from hub.errors import Code

UNKNOWN_KEY = Code(
    "HUB-PER-001",
    "登録のない鍵です",
    "The key is not registered.",
    "hub person add で登録してください。",
    "Register the person with hub person add.",
)
WRONG_ROLE = Code(
    "HUB-PER-002",
    "この役割({role})では承認できません",
    "The role {role} may not approve.",
    "それをしてよい役割の人が署名してください(docs/home.md)。",
    "Let a person sign whose role may do this (docs/home.md).",
)
FORGED = Code(
    "HUB-PER-003",
    "承認の署名が正しくありません",
    "The signature of an approval does not hold.",
    "承認をやり直してください。ファイルが書き換えられた恐れがあります。",
    "Approve again; the file may have been changed.",
)
TWO_PERSONS = Code(
    "HUB-PER-004",
    "異なる二人の承認が必要です(いま {found} 人)",
    "Two different persons must approve (so far {found}).",
    "もう一人の承認者が自分の鍵で承認してください。",
    "Another approver must approve with their own key.",
)
NAME_TAKEN = Code(
    "HUB-PER-005",
    "その氏名の人はすでに登録されています",
    "A person of that name is registered already.",
    "同姓同名の人は、職員番号などを付けて区別してください。一人に一つの鍵です(S4)。",
    "Tell persons of the same name apart by a staff number; one person has one key (S4).",
)
UNKNOWN_PERSON = Code(
    "HUB-PER-006",
    "その人は登録されていないか、鍵がこのホームにありません",
    "That person is not registered, or the key is not in this home.",
    "hub person list で確かめてください。",
    "See hub person list.",
)
UNKNOWN_DOUBT = Code(
    "HUB-PER-007",
    "確認の対象がありません: {about}",
    "There is nothing to confirm under {about}.",
    "hub confirm list で未確認の行・別名・項目を確かめてください。",
    "See hub confirm list for what awaits confirmation.",
)
FILE_CHANGED = Code(
    "HUB-PER-008",
    "{file} が規定の形でないか、記録と一致しません",
    "{file} is malformed or does not agree with the log.",
    "控えから戻してください。書き換えの恐れがあれば hub log verify を実行してください。",
    "Restore it from the backup; if it may have been changed, run hub log verify.",
)
BAD_NAME = Code(
    "HUB-PER-009",
    "氏名は 1 から {most} 文字で書いてください(前後の空白、改行、見えない文字、鍵の形は使えません)",
    "A name has 1 to {most} characters; no blanks at its ends, no line breaks, nothing invisible, and it is not a key.",
    "例: 足立 花子。同姓同名の人は職員番号などを付けて区別します。",
    "Write it in one line as the person does; tell persons of the same name apart by a staff number.",
)
BAD_STAFF = Code(
    "HUB-PER-010",
    "職員番号は {most} 文字までの英数字などで書いてください(空白、改行、見えない文字は使えません)",
    "A staff number has at most {most} characters; no blanks, no line breaks, nothing invisible.",
    "例: S-0042。空にすれば、職員番号なしで登録します。",
    "For example S-0042; leave it empty to register without one.",
)
OTHER_STATEMENT = Code(
    "HUB-PER-011",
    "確認の文が、その行・別名・項目のいまの姿についてのものではないか、別の文がすでに始まっています",
    "The statement does not speak of that row, alias or grant as it stands, or another one was begun already.",
    "hub confirm list からやり直してください。二人が署名するのは同じ文です。",
    "Begin again from hub confirm list; both persons sign the same statement.",
)
