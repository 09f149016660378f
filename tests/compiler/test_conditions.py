"""Conditions: a selector that matches or does not, and expressions."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from sequentum_scrapy.compiler import ValueFailure
from sequentum_scrapy.compiler.conditions import compile_condition
from sequentum_scrapy.definition.conditions import Condition

from .places import on

CONDITION = TypeAdapter(Condition)


@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        ({"exists": "p"}, True),
        ({"exists": ["b", "p"]}, True),
        ({"exists": "b"}, False),
        ({"missing": "b"}, True),
        ({"missing": "p"}, False),
        ("page.status == 200", True),
        ("page.number > 1", False),
        ("input.q == 'tea' and record.n < 5", True),
        ("record.none is defined", False),
        ("record.none", False),
        ("row.x is undefined", True),
        ("record.n in [1, 2, 3]", True),
        ("not input.q", False),
    ],
)
def test_whether_a_condition_holds(condition, truth):
    scope = on("<p>x</p>", inputs={"q": "tea"})
    scope.record["n"] = 3
    assert compile_condition(CONDITION.validate_python(condition))(scope) is truth


@pytest.mark.parametrize("condition", ["record.none > 3", "1 / 0 > 1", "input.q < 3"])
def test_a_condition_that_cannot_be_judged_fails_and_says_which(condition):
    with pytest.raises(ValueFailure) as caught:
        compile_condition(CONDITION.validate_python(condition))(on("<p>", inputs={"q": "tea"}))
    assert str(caught.value).startswith(f'"{condition}": ')
