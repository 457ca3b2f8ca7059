"""HUB-HLD: deliveries that wait for persons (hub.holds)."""

from hub.errors import Code

BY_PERSON = Code(
    "HUB-HLD-001",
    "担当者がこの電文を保留にしました",
    "A person put this delivery on hold.",
    "hub hold list で理由の要否を確かめ、二人で hub hold release してください。",
    "See hub hold list; two persons let it go on with hub hold release.",
)
NOT_STOPPED = Code(
    "HUB-HLD-002",
    "その電文は保留されていません",
    "That message is not on hold.",
    "hub hold list で保留中の電文を確かめてください。",
    "See hub hold list for what is on hold.",
)
NOT_WAITING = Code(
    "HUB-HLD-003",
    "その電文は保留にできません({state})",
    "That message cannot be put on hold ({state}).",
    "保留にできるのは、まだ接続先に渡していない電文だけです。",
    "Only a delivery that was not handed over yet can be held.",
)
OTHER_STATEMENT = Code(
    "HUB-HLD-004",
    "解除の文が、この保留とこの電文のものではありません",
    "The statement does not speak of this hold and this message.",
    "hub hold list からやり直してください。解除は保留ごとに署名します。",
    "Begin again from hub hold list; each hold is released by a statement of its own.",
)
NO_REASON = Code(
    "HUB-HLD-005",
    "理由が書かれていません",
    "There is no reason.",
    "--reason で理由を書いてください。理由は記録に残り、開示や監査で問われます。",
    "Say why with --reason; the reason is kept, and auditors ask for it.",
)
ERASED = Code(
    "HUB-HLD-006",
    "その電文の中身は、期限により消去されています",
    "The content of that message was erased on its day.",
    "内容は確かめられません。送信元に訂正の電文を求めてください。",
    "It cannot be looked into any more; ask the sender for a new message.",
)
NO_AUTOMATIC_ANSWER = Code(
    "HUB-HLD-007",
    "自動応答不可フラグが立っています。内容を人が確かめるまで送り出しません(S14)",
    "The flag 自動応答不可 stands: nothing goes out before persons have checked the content (S14).",
    "hub hold show で内容を確かめ(提供の値は中間サーバーの画面で、同じダイジェストのもの)、二人で hub hold release してください。",
    "Look at it with hub hold show (at the values of a 提供 on the 中間サーバー, under the same digest); two persons hub hold release it.",
)
CORRECTION = Code(
    "HUB-HLD-008",
    "訂正の電文です。操作者でない承認者が内容を確かめて承認するまで送り出しません(S33)",
    "This message corrects another: it waits until an approver who is not its operator has checked it (S33).",
    "hub hold show で内容を確かめ、操作者でない承認者が hub hold release してください。",
    "Look at it with hub hold show; an approver other than its operator lets it go with hub hold release.",
)
OWN_CORRECTION = Code(
    "HUB-HLD-009",
    "訂正を操作した人は、その訂正を承認できません",
    "Who operated a correction cannot approve it.",
    "ほかの承認者に内容の確認と承認を求めてください。",
    "Ask another approver to check and approve it.",
)
NO_STAFF_NUMBER = Code(
    "HUB-HLD-010",
    "承認する人の職員番号が登録されていないため、操作者と別の人か確かめられません",
    "The approver's staff number is not registered, so nobody can tell whether they are the operator.",
    "hub person add --staff で職員番号とともに登録した人が承認してください。",
    "Let somebody approve who was registered with hub person add --staff.",
)
NOT_SEEN = Code(
    "HUB-HLD-011",
    "内容を確かめていない人は送り出せません",
    "Who has not looked at it cannot let it go.",
    "自分の鍵で hub hold show を行い、内容を確かめてから hub hold release してください。",
    "Look at it with hub hold show under your own key, then hub hold release.",
)
USED_STATEMENT = Code(
    "HUB-HLD-012",
    "その確認の文は既に使われています",
    "That statement was used before.",
    "hub hold show をやり直してください。見るたびに新しい文に署名します。",
    "Repeat hub hold show; every look is signed anew.",
)
NO_SUCH_DAY = Code(
    "HUB-HLD-013",
    "消去停止の期日は、明日から {years} 年以内の日でなければなりません",
    "A legal hold ends on a day from tomorrow on, {years} years ahead at most.",
    "--until に期日を YYYY-MM-DD で指定してください。",
    "Give the day as --until YYYY-MM-DD.",
)
NOTHING_TO_KEEP = Code(
    "HUB-HLD-014",
    "この電文には、消去を止められる(又は解除できる)記録がありません",
    "This message has no record whose erasure could be stopped, or let go on.",
    "電文IDを確かめてください。消去済みの本文は戻りません。停止中のものは hub legal-hold list で見られます。",
    "Check the MessageId. What was erased does not come back; hub legal-hold list shows what is held.",
)
STALE_STATEMENT = Code(
    "HUB-HLD-015",
    "署名された文の日時が、今から離れすぎています({made_at})",
    "The statement was signed too long ago, or is of a time to come ({made_at}).",
    "コマンドをやり直して、新しい文に署名してください。時計が合っているかも確かめてください。",
    "Repeat the command, so that a new statement is signed; and see whether the clocks agree.",
)
NOT_RELEASED = Code(
    "HUB-HLD-016",
    "この案のままでは、二人の署名がそろっていません({signed}/{wanted})",
    "This draft, as it is, was not signed by two persons ({signed}/{wanted}).",
    "別々の承認者二人が hub disclosure sign してください。署名の後に直した案は、署名からやり直します。",
    "Two different approvers sign it with hub disclosure sign; a draft that was changed afterwards is signed anew.",
)
DAMAGED = Code(
    "HUB-HLD-017",
    "記録 {index} か、その中身が壊れています",
    "Entry {index}, or what belongs to it, is damaged.",
    "hub log verify で範囲を確かめ、現物を保全して、監査担当へ連絡してください。ほかの電文は止まりません。",
    "See the range with hub log verify, keep the originals and tell the auditors. Other messages go on.",
)
