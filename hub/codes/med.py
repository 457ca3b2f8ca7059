"""HUB-MED: output on a medium in the presence of two persons (S25, S26)."""

from hub.errors import Code

KEY_KIND = Code(
    "HUB-MED-001",
    "宛先の証明書の鍵では媒体を暗号化できません(P-256 の鍵が要ります)",
    "A medium cannot be encrypted to that certificate: a P-256 key is needed.",
    "受け手に P-256 の鍵の証明書を求めてください。",
    "Ask the recipient for a certificate with a P-256 key.",
)
NOT_A_MEDIUM = Code(
    "HUB-MED-002",
    "{file} は媒体用に暗号化したファイルではないか、壊れています",
    "{file} is no file encrypted for a medium, or is damaged.",
    "ファイルと鍵を確かめてください。書出しの記録は hub media list にあります。",
    "Check file and key; hub media list shows what was written out.",
)
TOO_LARGE = Code(
    "HUB-MED-003",
    "一度に書き出せるのは {limit} バイトまでです",
    "At most {limit} bytes can be written out at once.",
    "ファイルを分けてください。",
    "Split the file.",
)
EXISTS = Code(
    "HUB-MED-004",
    "{file} はすでにあります",
    "{file} exists already.",
    "媒体の上のファイルを上書きしません。別の名前にしてください。",
    "Nothing on a medium is overwritten; give another name.",
)
NOT_REQUESTED = Code(
    "HUB-MED-005",
    "この作業番号、宛先、内容の書出しは申請されていません",
    "No output of this job, recipient and content was asked for.",
    "hub media request で申請してください。申請の後に内容を変えることはできません。",
    "Ask for it with hub media request; the content cannot change afterwards.",
)
NOT_APPROVED = Code(
    "HUB-MED-006",
    "この書出しは承認されていません",
    "This output has not been approved.",
    "責任者(approver)が hub media approve で事前に承認してください。",
    "The responsible person (approver) approves it beforehand with hub media approve.",
)
SAME_PERSON = Code(
    "HUB-MED-007",
    "申請した人、承認した人、立ち会う二人は、すべて別の人でなければなりません",
    "Who asks, who approves and the two who attend must all be different persons.",
    "別の人が承認し、別の二人が立ち会ってください(S25)。",
    "Let somebody else approve, and two others attend (S25).",
)
DONE = Code(
    "HUB-MED-008",
    "この作業番号では、もう行われています",
    "This was done under this job number already.",
    "一つの作業番号で一度だけです。やり直すときは、新しい作業番号で申請してください。",
    "Once for each job number; to do it again, ask for it under a new one.",
)
