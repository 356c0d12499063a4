"""The two numbers: every writing, every refusal, and the mask."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.frames import refused, shown
from support.numbers import INVALID_SSINS, VALID_SSINS

from precontractual_async import EnterpriseNumber, InvalidIdentifier, Ssin


@pytest.mark.parametrize("number", VALID_SSINS)
def test_published_numbers_are_good(number: str) -> None:
    """belgif's valid numbers and the manual's citizens are read as they stand."""
    assert Ssin.parse(number).digits == number


@pytest.mark.parametrize("number", INVALID_SSINS)
def test_published_invalid_numbers_are_refused(number: str) -> None:
    """belgif's invalid numbers are refused: for their check digits, or for a month that does not exist."""
    with pytest.raises(InvalidIdentifier, match="check digits|no such month"):
        Ssin.parse(number)


@pytest.mark.parametrize(
    "written",
    [
        "07010189901",
        "07.01.01-899.01",
        "07.01.01 899-01",
        " 07 01 01 899 01 ",
        "07\u00a001\u00a001\u202f899\u202f01",
        "07/01/01-899/01",
        "07.01.01\u2013899.01",
        "'07010189901",
        '"07010189901"',
        "7010189901",
        "7010189901.0",
        "7010189901,00",
        7010189901,
        7010189901.0,
        Decimal("7010189901.00"),
        "\ufeff07010189901",
    ],
)
def test_every_way_people_write_it(written: object) -> None:
    """One number, whatever the separators, and with the zeros that a spreadsheet dropped."""
    assert Ssin.parse(written).digits == "07010189901"


def test_three_lost_zeros() -> None:
    """A number of the year 2000 loses several zeros in a spreadsheet."""
    assert Ssin.parse(3241778).digits == "00003241778"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        (None, "empty"),
        (True, "truth value"),
        (7010189901.5, "neither text"),
        (float("nan"), "neither text"),
        (Decimal("7010189901.5"), "neither text"),
        (Decimal("1E+400"), "neither text"),
        (float("inf"), "neither text"),
        (-7010189901, "something else than digits"),
        ("7,01E+09", "scientific"),
        ("7.010189901E9", "scientific"),
        ("0701018990", "check digits"),
        ("070101899011", "12 digits"),
        ("123456", "6 digits"),
        ("0701018990a", "something else than digits"),
        ("٠٧٠١٠١٨٩٩٠١", "something else than digits"),
        ("07010189902", "check digits"),
        (b"07010189901", "neither text"),
        (10**15, "something else than digits"),
    ],
)
def test_what_cannot_be_one_is_refused_with_the_reason(written: object, reason: str) -> None:
    """Each refusal says why, and never repeats the value."""
    with pytest.raises(InvalidIdentifier, match=reason) as refused:
        Ssin.parse(written)
    digits = "".join(character for character in str(written) if character.isdigit())
    assert len(digits) < 5 or digits not in str(refused.value)


@given(
    st.builds("{:02}{:02}{:05}".format, st.integers(0, 99), st.integers(0, 12), st.integers(0, 99_999)).map(
        int
    ),
    st.booleans(),
)
def test_either_century_is_good_and_one_wrong_digit_is_not(body: int, after_2000: bool) -> None:
    """The check digits of both rules are accepted; another check digit of neither rule is not."""
    good = {97 - body % 97, 97 - (2_000_000_000 + body) % 97}
    check = 97 - (2_000_000_000 * after_2000 + body) % 97
    assert Ssin.parse(f"{body:09}{check:02}").digits == f"{body:09}{check:02}"
    wrong = next(n for n in range(97, 0, -1) if n not in good)
    with pytest.raises(InvalidIdentifier):
        Ssin.parse(f"{body:09}{wrong:02}")


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.binary()))
def test_anything_is_a_number_or_a_typed_refusal(value: object) -> None:
    """Whatever stands in a cell: a number, or InvalidIdentifier."""
    for kind in (Ssin, EnterpriseNumber):
        try:
            assert kind.parse(value).digits.isdigit()
        except InvalidIdentifier:
            continue


@pytest.mark.parametrize(
    "written",
    ["0880820673", "BE 0880.820.673", "be0880820673", "BE0880-820-673", "880820673", 880820673, 880820673.0],
)
def test_enterprise_numbers_as_people_write_them(written: object) -> None:
    """With country code, dots, blanks, or without the leading zero."""
    assert EnterpriseNumber.parse(written).digits == "0880820673"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("0123456789", "check digits"),
        ("2880820673", "begin with"),
        ("88082067", "8 digits"),
        ("NL0880820673", "else"),
    ],
)
def test_enterprise_numbers_that_cannot_be(written: object, reason: str) -> None:
    """The manual's 0123456789 is not a number; the reason is said."""
    with pytest.raises(InvalidIdentifier, match=reason):
        EnterpriseNumber.parse(written)


@pytest.mark.parametrize("number", [Ssin.parse("07010189901"), EnterpriseNumber.parse("0880820673")])
def test_it_masks_itself(number: Ssin | EnterpriseNumber) -> None:
    """Text made of a number does not hold it, unless the digits are asked for."""
    shown = [
        str(number),
        repr(number),
        f"{number}",
        f"{number:>20}",
        f"{number!r}",
        str([number]),
    ]
    assert not [text for text in shown if number.digits in text or number.digits[:6] in text]
    assert f"{number:digits}" == number.digits


def test_numbers_are_values() -> None:
    """Equal by their digits, hashable, copied and pickled as they are."""
    one, other = Ssin.parse("07.01.01-899.01"), Ssin.parse(7010189901)
    assert one == other
    assert len({one, other, copy.deepcopy(one), pickle.loads(pickle.dumps(one))}) == 1
    assert Ssin.parse(one) is one


@pytest.mark.parametrize(
    ("kind", "written", "secret"),
    [
        (Ssin, "07.01.01-899.02", "899"),
        (Ssin, "07010189902", "899"),
        (Ssin, "07310189901", "899"),
        (Ssin, 701018990122, "899"),
        (Ssin, "7,01018990E9", "1899"),
        (Ssin, b"07010189901", "899"),
        (EnterpriseNumber, "BE 0880.820.674", "880"),
        (EnterpriseNumber, "2880820673", "880"),
    ],
)
def test_a_refusal_keeps_no_number_in_its_frames(
    kind: type[Ssin | EnterpriseNumber], written: object, secret: str
) -> None:
    """Mistyped by one digit it is still somebody's: a traceback with locals does not show it."""
    error = refused(lambda: kind.parse(written))
    assert isinstance(error, InvalidIdentifier)
    assert secret not in shown(error)


def test_a_refusal_leaves_what_was_being_handled_in_its_place() -> None:
    """Whoever parses while an error of their own is handled finds it behind ours, as always."""
    own = KeyError("theirs")
    try:
        raise own
    except KeyError:
        assert refused(lambda: Ssin.parse("x")).__context__ is own


class _Text(str):
    """As numpy and pandas have them: a text that is more than a text."""

    __slots__ = ()


@pytest.mark.parametrize("bare", [True, False])
def test_a_number_is_made_of_plain_text(bare: bool) -> None:
    """The digits are a `str` and nothing else, whatever they were read from."""
    digits = Ssin.parse(_Text("07010189901" if bare else "07.01.01-899.01")).digits
    assert (type(digits), digits) == (str, "07010189901")
