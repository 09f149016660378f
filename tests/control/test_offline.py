import textwrap

import pytest

from sequentum_scrapy.control.offline import run_tests
from sequentum_scrapy.definition import parse_definition

AGENT = """
name: shop
start: http://shop.example/
commands:
  - list: li
    do:
      - capture: {name: b}
      - open: a
        do:
          - capture: {price: {css: .price, as: price}}
          - lookup: a.stock
            do:
              - capture: {stock: {css: .n, as: integer}}
tests:
"""
LIST = '<li><b>Tea</b><a href="/tea">t</a></li><li><b>Coffee</b><a href="/coffee">c</a></li>'


def results(tests):
    return run_tests(
        parse_definition(AGENT + textwrap.indent(textwrap.dedent(tests), "  "), "shop.yaml")
    )


def test_links_to_saved_pages_are_followed_and_lookups_answered():
    (result,) = results(f"""
        - name: whole
          url: http://shop.example/
          html: '{LIST}'
          pages:
            http://shop.example/tea:
              html: '<p class=price>£3</p><a class=stock href=/stock>s</a>'
            http://shop.example/stock: {{html: '<i class=n>7</i>'}}
          records:
            - {{name: Tea, price: 3.0, stock: 7}}
        """)
    assert result.differences == ()


def test_a_page_of_a_command_with_the_record_before_it():
    (result,) = results("""
        - name: one page
          url: http://shop.example/tea
          at: commands[0].do[1].open
          record: {name: Tea}
          html: '<p class=price>£3</p><a class=stock href=/stock>s</a>'
          pages:
            http://shop.example/stock: {html: '<i class=n>7</i>'}
          records: [{name: Tea, price: 3.0, stock: 7}]
        """)
    assert result.differences == ()


def test_each_difference_is_a_line_with_what_the_commands_say():
    (result,) = results("""
        - name: wrong
          url: http://shop.example/tea
          at: commands[0].do[1]
          html: '<p class=price>none</p>'
          records: [{price: 3.0, stock: 7}]
        """)
    assert result.differences == (
        "record 1: price is missing, expected 3.0",
        "record 1: stock is missing, expected 7",
        'commands[0].do[1].do[0].capture.price: "none" is not a price',
        "commands[0].do[1].do[1].do[0].capture.stock: not found",
        "commands[0].do[1].do[1].lookup: matched nothing on its first page",
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("at: 'commands[7].open'", 'no pages are opened at "commands[7].open"'),
        ("file: tests/missing.html", "cannot be read"),
    ],
)
def test_a_test_that_cannot_run_says_why(change, message):
    key = change.partition(":")[0]
    html = "" if key == "file" else "html: '<p></p>'"
    (result,) = results(
        f"- {{name: x, url: http://shop.example/, {change}, {html + ', ' if html else ''}records: []}}"
    )
    assert message in result.differences[0]


def test_too_many_and_too_few_records_are_said():
    (result,) = results("""
        - name: none
          url: http://shop.example/
          html: '<p></p>'
          records: [{name: Tea}]
        """)
    assert result.differences[0] == "0 records, expected 1"
