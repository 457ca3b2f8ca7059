"""connectors.kit.text.coded: numbers and codes, full-width or not, one form out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.text.coded import code, digits, wide
from hub.errors import Refused

ASCII = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-"
TAKEN = ASCII + "".join(chr(ord(sign) + 0xFEE0) for sign in ASCII) + "−"
CODES = st.text(st.sampled_from(ASCII), max_size=20)


class TestCoded:
    @given(CODES)
    def test_full_width_and_back(self, text: str) -> None:
        """One form in ASCII, one in full width, nothing lost between them."""
        assert code(wide(text, "x"), "x") == code(text, "x") == text
        assert not wide(text, "x") or not wide(text, "x").isascii()

    @given(st.text(max_size=12) | st.text(st.sampled_from(TAKEN), max_size=12))
    def test_whatever_comes_out_is_ascii_of_the_same_length(self, text: str) -> None:
        """Or it is refused at its first sign that has no place, by code point."""
        number = next((number for number, sign in enumerate(text, 1) if sign not in TAKEN), 0)
        if number:
            with pytest.raises(Refused) as caught:
                code(text, "郵便番号")

            point = f"U+{ord(text[number - 1]):04X}"
            assert dict(caught.value.facts) == {"place": "郵便番号", "position": number, "point": point}
        else:
            found = code(text, "郵便番号")

            assert set(found) <= set(ASCII)
            assert (code(found, "x"), len(found)) == (found, len(text))

    def test_each_width_and_both_hyphens(self) -> None:
        """Mixed widths too: a person typed them."""
        assert code("１２０－8510", "x") == code("１２０−８５１０", "x") == "120-8510"
        assert digits("１２3", "x") == "123"

    @pytest.mark.parametrize("text", ["12 3", "12　3", "1２a", "①", "²", "٣", "一", "12‐3", "1-2"])
    def test_digits_takes_digits_only(self, text: str) -> None:
        """No blanks, no digits of other scripts, no kanji: those are somebody's decision."""
        with pytest.raises(Refused) as caught:
            digits(text, "個人番号")

        assert caught.value.code.id == "HUB-KIT-066"
