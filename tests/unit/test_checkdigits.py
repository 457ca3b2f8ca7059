"""Check digits against published vectors, an independent library, and the shapes that are no numbers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.jp import in_ as oracle

from hub import checkdigits as cd

KINDS = (
    (cd.is_kojin_bangou, cd.kojin_bangou_digit, 11),
    (cd.is_juuminhyou_code, cd.juuminhyou_code_digit, 10),
    (cd.is_lg_code, cd.lg_code_digit, 5),
)
Holds = Callable[[str], bool]
Digit = Callable[[str], str]


class TestVectors:
    @pytest.mark.parametrize("number", ["983205673214", "379474484458", "454972364860", "507957100721"])
    def test_accepts_published_kojin_bangou(self, number: str) -> None:
        """Sample numbers of public material hold."""
        assert cd.is_kojin_bangou(number)

    @pytest.mark.parametrize("code", ["24727059608", "24846016224", "25208017643"])
    def test_accepts_published_juuminhyou_code(self, code: str) -> None:
        """Sample codes of public material hold."""
        assert cd.is_juuminhyou_code(code)

    @pytest.mark.parametrize("code", ["131211", "130001", "141305", "011002", "472018"])
    def test_accepts_lg_codes_in_force(self, code: str) -> None:
        """足立区, 東京都, 川崎市, 札幌市 and 那覇市 hold."""
        assert cd.is_lg_code(code)

    def test_refuses_the_published_bad_number(self) -> None:
        """A last digit that is off by one does not hold."""
        assert not cd.is_kojin_bangou("507957100722")


class TestOracle:
    @given(st.from_regex(r"[0-9]{11}", fullmatch=True))
    def test_agrees_with_python_stdnum(self, first11: str) -> None:
        """The digit is the one that an independent implementation computes, and only it holds."""
        expected = oracle.calc_check_digit(first11)

        assert cd.kojin_bangou_digit(first11) == expected
        assert [digit for digit in "0123456789" if cd.is_kojin_bangou(first11 + digit)] == [expected]


class TestEveryKind:
    @pytest.mark.parametrize(("holds", "digit", "size"), KINDS)
    @given(data=st.data())
    def test_exactly_one_last_digit_holds(self, holds: Holds, digit: Digit, size: int, data: st.DataObject) -> None:
        """Of the ten possible last digits one holds: the one that the digit function gives."""
        first = data.draw(st.from_regex(rf"[0-9]{{{size}}}", fullmatch=True))

        assert [last for last in "0123456789" if holds(first + last)] == [digit(first)]

    @pytest.mark.parametrize(("holds", "digit", "size"), KINDS)
    def test_takes_ascii_digits_of_the_right_number_only(self, holds: Holds, digit: Digit, size: int) -> None:
        """Full-width digits, other scripts, blanks, line ends, shorter and longer text are no numbers."""
        good = "1" * size + digit("1" * size)
        others = (good.translate({0x31: "１"}), "٣" * (size + 1), f" {good}", f"{good}\n", good[:-1], good + "0", "")

        assert holds(good)
        assert [text for text in others if holds(text)] == []

    @pytest.mark.parametrize(("holds", "digit", "size"), KINDS)
    @pytest.mark.parametrize("wrong", ["", "1", "１" * 11, "x" * 5])
    def test_the_digit_of_no_number_is_an_error(self, holds: Holds, digit: Digit, size: int, wrong: str) -> None:
        """A digit is computed of nothing but the right number of ASCII digits."""
        with pytest.raises(ValueError, match=str(size)):
            digit(wrong)
