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
