"""A conversion gives the right value or says that it cannot: never a wrong one."""

from __future__ import annotations

import math
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequentum_scrapy.compiler import ValueFailure
from sequentum_scrapy.compiler.conversions import converter

quickly = settings(max_examples=300, deadline=None, derandomize=True)
anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30),
    st.text("0123456789.,+-\u2212eE '\u2019\u00a0\u202f$€£%xX_", max_size=20), st.lists(st.integers(), max_size=2),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given_value", "value"),
    [
        ("text", "a", "a"),
        ("text", 7, "7"),
        ("text", {"a": 1}, '{"a":1}'),
        ("integer", "7", 7),
        ("integer", "1,234,567", 1234567),
        ("integer", "1 234", 1234),
        ("integer", "\u22125", -5),
        ("integer", "7.0", 7),
        ("integer", 7.0, 7),
        ("integer", "9" * 30, int("9" * 30)),
        ("number", "1,234.5", 1234.5),
        ("number", "-.5", -0.5),
        ("number", "1.5e3", 1500.0),
        ("number", "1'234.5", 1234.5),
        ("number", 7, 7),
        ("price", "£51.77", 51.77),
        ("price", "1.234,50 €", 1234.5),
        ("price", "USD 1,234", 1234.0),
        ("price", 5, 5),
        ("boolean", " Yes ", True),
        ("boolean", "off", False),
        ("boolean", 0, False),
        ("boolean", True, True),
        ("json", '{"a": [1]}', {"a": [1]}),
        ("json", [1], [1]),
        ("date", "2024-02-29", "2024-02-29"),
        ("date", "3 March 2024", "2024-03-03"),
        ("datetime", "2024-03-03 14:05", "2024-03-03T14:05:00"),
    ],
)
def test_what_a_page_says_as_a_value(name, given_value, value):
    converted = converter(name)(given_value)
    assert converted == value
    assert type(converted) is type(value)


@pytest.mark.parametrize(
    ("name", "given_value", "message"),
    [
        ("integer", "7.5", '"7.5" is not a whole number'),
        ("integer", "12,34", '"12,34" is not a whole number; say decimal: ","'),
        ("integer", "", '"" is not a whole number'),
        ("integer", True, '"True" is not a whole number'),
        ("integer", "1 in 2", '"1 in 2" is not a whole number'),
        ("number", "1.234.5", '"1.234.5" is not a number'),
        ("number", "1,5", '"1,5" is not a number; say decimal: ","'),
        ("number", "nan", '"nan" is not a number'),
        ("number", "1e999", '"1e999" is not a number'),
        ("number", "٣x", '"٣x" is not a number'),
        ("price", "ask us", '"ask us" is not a price'),
        ("price", None, '"None" is not a price'),
        ("boolean", "maybe", '"maybe" is not true or false; translate it with map'),
        ("json", "{a}", '"{a}" is not JSON'),
        ("date", "2023-02-29", '"2023-02-29" is not a date'),
        ("date", "soonish", '"soonish" is not a date'),
        ("datetime", 5, '"5" is not a datetime'),
    ],
)
def test_what_cannot_be_converted_says_so(name, given_value, message):
    with pytest.raises(ValueFailure) as caught:
        converter(name)(given_value)
    assert str(caught.value) == message


def test_the_decimal_sign_can_be_said():
    assert converter("number", decimal=",")("1.234,5") == 1234.5
    assert converter("price", decimal=",")("1,234") == 1.234
    with pytest.raises(ValueFailure):
        converter("number", decimal=",")("1,234.5")


def test_the_form_of_a_date_can_be_said_and_is_then_exact():
    assert converter("date", date_format="%d/%m/%Y")("03/04/2024") == "2024-04-03"
    with pytest.raises(ValueFailure, match=r'"2024" is not a date as %d/%m/%Y'):
        converter("date", date_format="%d/%m/%Y")("2024")


@quickly
@given(st.integers(-(10**20), 10**20))
def test_an_integer_in_any_usual_form_is_itself(number):
    convert = converter("integer")
    assert (
        convert(str(number))
        == convert(f"{number:,}")
        == convert(f"{number:,}".replace(",", "\u202f"))
        == number
    )


@quickly
@given(st.floats(-1e12, 1e12).map(lambda number: round(number, 6)))
def test_a_number_in_any_usual_form_is_itself(number):
    assert converter("number")(repr(number)) == number
    assert converter("number")(f"{number:,.6f}") == pytest.approx(number)
    swapped = f"{number:,.6f}".translate(str.maketrans(",.", ".,"))
    assert converter("number", decimal=",")(swapped) == pytest.approx(number)


@quickly
@given(st.integers(0, 10**9), st.sampled_from(["${}", "{} €", "£ {}", "EUR {}", "{}"]))
def test_a_price_in_cents_is_that_price(cents, form):
    amount = f"{cents // 100:,}.{cents % 100:02}"
    assert converter("price")(form.format(amount)) == pytest.approx(cents / 100)


@quickly
@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)))
def test_a_date_in_iso_form_is_itself(day):
    assert converter("date")(day.isoformat()) == day.isoformat()
    assert (
        converter("date", date_format="%d.%m.%y %Y")(day.strftime("%d.%m.%y %Y")) == day.isoformat()
    )


@quickly
@given(st.sampled_from(["text", "integer", "number", "price", "boolean", "json"]), anything)
def test_whatever_comes_is_a_value_of_the_type_or_a_failure(name, given_value):
    try:
        value = converter(name)(given_value)
    except ValueFailure:
        return
    kinds = {
        "text": str,
        "integer": int,
        "number": (int, float),
        "price": (int, float),
        "boolean": bool,
    }
    if name in kinds:
        assert isinstance(value, kinds[name])
    if name in ("integer", "number", "price"):
        assert not isinstance(value, bool)
        assert math.isfinite(value)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(max_size=30))
def test_whatever_comes_is_a_date_or_a_failure(text):
    for name in ("date", "datetime"):
        try:
            value = converter(name)(text)
        except ValueFailure:
            continue
        datetime.fromisoformat(value)
