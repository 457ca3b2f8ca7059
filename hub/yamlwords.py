"""What a form of a configuration file is called, in the two languages: pydantic's own sentences are English and name our classes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pydantic_core import ErrorDetails

from hub.errors import Words

# pydantic's type of error -> the form that is wanted; in braces what its context says of the limit.
_FORMS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("model_type", "dict_type", "mapping_type"), Words("「名前: 値」の並び", "a mapping of names to values")
        ),
        **dict.fromkeys(("list_type", "tuple_type", "set_type"), Words("「- 値」の並び", "a list")),
        "string_type": Words("文字列(数字や日付は引用符で囲む)", "text (numbers and dates in quotation marks)"),
        "int_type": Words("整数(引用符なし)", "a whole number, without quotation marks"),
        "bool_type": Words("true か false", "true or false"),
        "date_type": Words("日付 YYYY-MM-DD(引用符なし)", "a day YYYY-MM-DD, without quotation marks"),
        "string_pattern_mismatch": Words("{pattern} に合う文字列", "text of the form {pattern}"),
        "string_too_short": Words("{min_length}文字以上", "{min_length} or more characters"),
        "string_too_long": Words("{max_length}文字以下", "at most {max_length} characters"),
        "greater_than_equal": Words("{ge} 以上", "{ge} or more"),
        "less_than_equal": Words("{le} 以下", "{le} or less"),
        "too_short": Words("{min_length}個以上", "{min_length} or more of them"),
        "too_long": Words("{max_length}個以下", "at most {max_length} of them"),
    }
)
# Our own validators say what they want as `ValueError(Words(...))`.
_OTHER: Final = Words("この項目の形(docs を参照)", "the form of this entry (see docs)")


def expected(detail: ErrorDetails) -> Words:
    """The form that one error of pydantic's asks for. It holds nothing of what was found."""
    context = detail.get("ctx", {})
    if detail["type"] == "literal_error":
        return _one_of(str(context["expected"]))
    said = getattr(context.get("error"), "args", ())
    if said and isinstance(said[0], Words):
        return said[0]
    form = _FORMS.get(detail["type"], _OTHER)
    return Words(form.ja.format_map(context), form.en.format_map(context))


def _one_of(values: str) -> Words:
    """`values` as pydantic lists them: 'a', 'b' or 'c'."""
    *first, last = values.replace(" or ", ", ").split(", ")
    if not first:
        return Words(last, last)
    return Words("、".join([*first, last]) + " のいずれか", ", ".join(first) + f" or {last}")
