"""Changing a definition from a program, and writing one."""

import json
from textwrap import dedent

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sequentum_scrapy.definition.edit import append_item, dump_yaml, set_value
from sequentum_scrapy.definition.errors import AgentError, DefinitionError
from sequentum_scrapy.definition.reading import parse_document
from sequentum_scrapy.definition.writing import Layout, block_lines, inline

from .trees import scalars, texts, trees

BOOKS = dedent("""\
    # The shop of the tutorial.
    name: books   # shown in lists
    commands:
    - list: 'li.a'  # each
      do:
      - capture:   # the fields
          title: "h1"
          # of today
          price: {css: .price,   # odd
                  as: price}
    tests:   # proofs
      - name: a
        html: |
          <p>
          x

      # more to come

    # what comes out
    output: {key: [upc], schema: {}}   # end
    empty:  # nothing
    none: []   # yet
    """)


def tree(text: str, file: str = "a.yaml"):
    return parse_document(text, file).tree


def same(one, other) -> bool:
    return json.dumps(one) == json.dumps(other)


def reads_as(text: str, other: str) -> bool:
    """Whether two texts are the same tree; a text that is none is no other's."""
    try:
        return same(tree(text), tree(other))
    except DefinitionError:
        return False


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that differ between two texts: those before, and those after."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return old, new


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (
            ("name",),
            "other",
            ["name: books   # shown in lists"],
            ["name: other   # shown in lists"],
        ),
        (
            ("name",),
            {"a": "b"},
            ["name: books   # shown in lists"],
            ["name:   # shown in lists", "  a: b"],
        ),
        (("commands", 0, "list"), "#x", ["- list: 'li.a'  # each"], ['- list: "#x"  # each']),
        (
            ("commands", 0, "do", 0, "capture", "price", "as"),
            ["a", 1],
            ["              as: price}"],
            ["              as: [a, 1]}"],
        ),
        (
            ("commands", 0, "do", 0, "capture", "price"),
            {"css": ".p"},
            ["      price: {css: .price,   # odd", "              as: price}"],
            ["      price: {css: .p}"],
        ),
        (
            ("commands", 0, "do", 0, "capture", "title"),
            "a\nb\n",
            ['      title: "h1"'],
            ["      title: |", "        a", "        b"],
        ),
        (("tests", 0, "html"), "x", ["    html: |", "      <p>", "      x"], ["    html: x"]),
        (
            ("commands", 0, "do", 0),
            {"a": 1, "b": [2]},
            [
                "  - capture:   # the fields",
                '      title: "h1"',
                "      # of today",
                "      price: {css: .price,   # odd",
                "              as: price}",
            ],
            ["  - a: 1", "    b:", "    - 2"],
        ),
        (
            ("commands", 0, "do", 0, "capture", "url"),
            {"page": "url"},
            [],
            ["      url:", "        page: url"],
        ),
        (
            ("output", "schema", "type"),
            "object",
            ["output: {key: [upc], schema: {}}   # end"],
            ["output: {key: [upc], schema: {type: object}}   # end"],
        ),
        (("empty",), 1, ["empty:  # nothing"], ["empty: 1  # nothing"]),
        (("new",), {"a": None}, [], ["new:", "  a: null"]),
    ],
)
def test_a_value_changes_and_every_other_line_stays(path, value, old, new):
    text = set_value(BOOKS, path, value, file="a.yaml")
    assert changed(BOOKS, text) == (old, new)
    found = tree(text)
    for part in path:
        found = found[part]
    assert found == value


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (
            ("tests",),
            {"name": "b", "html": "<p>\n y\n", "records": [{"a": None}]},
            [],
            [
                "  - name: b",
                "    html: |",
                "      <p>",
                "       y",
                "    records:",
                "    - a: null",
            ],
        ),
        (
            ("output", "key"),
            "x: y",
            ["output: {key: [upc], schema: {}}   # end"],
            ['output: {key: [upc, "x: y"], schema: {}}   # end'],
        ),
        (("empty",), 1, [], ["- 1"]),
        (("none",), 1, ["none: []   # yet"], ["none:   # yet", "- 1"]),
        (("new",), 1, [], ["new:", "- 1"]),
        (("commands", 0, "do"), {"exit": "x"}, [], ["  - exit: x"]),
    ],
)
def test_an_item_is_added_and_every_other_line_stays(path, value, old, new):
    text = append_item(BOOKS, path, value, file="a.yaml")
    before, after = changed(BOOKS, text)
    # The line of a comment that was kept is one of both.
    assert [line for line in after if line not in before] == [
        line for line in new if line not in before
    ]
    assert [line for line in before if line not in new] == [line for line in old if line not in new]
    found = tree(text)
    for part in path:
        found = found[part]
    assert found[-1] == value


def test_a_test_that_is_added_stands_below_the_last_and_above_the_next_comment():
    text = append_item(BOOKS, ("tests",), {"name": "b"}, file="a.yaml")
    assert "      x\n  - name: b\n\n  # more to come\n\n# what comes out\n" in text


def test_lists_are_laid_out_as_most_of_the_file():
    further = "a:\n  - 1\nb:\n    c: 1\n"
    assert set_value(further, ("d",), {"e": [1]}).endswith("d:\n    e:\n      - 1\n")
    flush = "a:\n- 1\nb:\n  c: 1\n"
    assert set_value(flush, ("d",), {"e": [1]}).endswith("d:\n  e:\n  - 1\n")


def test_windows_line_ends_stay():
    text = BOOKS.replace("\n", "\r\n")
    edited = append_item(text, ("tests",), {"name": "b"}, file="a.yaml")
    assert edited == append_item(BOOKS, ("tests",), {"name": "b"}, file="a.yaml").replace(
        "\n", "\r\n"
    )


@pytest.mark.parametrize("text", ["a: 1", "a: 1\n", "a: 1 # x", "a: 1\n...\n", "---\na: 1\n# x\n"])
def test_a_key_is_added_wherever_the_file_ends(text):
    assert tree(set_value(text, ("b",), [1])) == {"a": 1, "b": [1]}


def test_a_text_that_keeps_its_empty_lines_keeps_them():
    text = "a:\n  - |+\n    x\n\n\nb: 1\n"
    assert tree(append_item(text, ("a",), "y")) == {"a": ["x\n\n\n", "y"], "b": 1}


def test_json_keeps_its_layout():
    text = '{\n\t"name": "é",\n\t"tests": []\n}\n'
    expected = '{\n\t"name": "é",\n\t"tests": [\n\t\t1\n\t]\n}\n'
    assert append_item(text, ("tests",), 1, file="a.json") == expected
    assert set_value('{"a": 1}', ("b",), 2) == '{"a": 1, "b": 2}'


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ((), "the path to change is empty"),
        (("commands", 3, "do"), "there is no commands[3]"),
        (("commands", 3), "there is no commands[3]"),
        (("commands", "open"), "there is no commands.open"),
        (("name", "x"), "name holds nothing"),
        (("nothing", "x"), "there is no nothing"),
        ((0,), "there is no [0]"),
    ],
)
def test_a_path_that_leads_nowhere_is_an_error(path, message):
    with pytest.raises(AgentError) as caught:
        set_value(BOOKS, path, 1, file="a.yaml")
    assert message in str(caught.value)


def test_an_item_goes_into_a_list_and_nothing_else():
    with pytest.raises(AgentError, match="output is not a list"):
        append_item(BOOKS, ("output",), 1)


def test_a_form_that_cannot_be_changed_safely_is_left_alone():
    with pytest.raises(AgentError, match="a cannot be changed by a program: "):
        set_value("? a\n# b: c\n: 1\n", ("a",), 2)


def test_a_change_that_makes_the_definition_too_large_is_refused():
    with pytest.raises(AgentError, match="name cannot be changed by a program: over 1,048,576"):
        set_value(BOOKS, ("name",), "x" * 1_048_576)


def test_what_is_no_definition_is_not_changed():
    with pytest.raises(DefinitionError, match="a quote that is not closed"):
        set_value("a: 'x", ("a",), 1)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({1: 2}, "the key 1 is not a text"),
        ([float("nan")], "nan is no JSON value"),
        ({"a": {1, 2}}, "is no JSON value"),
        ("\ud800", "half a surrogate pair"),
        (10**300, "a number of over 300 digits"),
    ],
)
def test_what_json_does_not_have_is_not_written(value, message):
    with pytest.raises(AgentError, match=message):
        dump_yaml(value)
    with pytest.raises(AgentError, match=message):
        inline([value])


def test_a_tree_that_is_too_deep_is_not_written():
    deep = "x"
    for _ in range(64):
        deep = [deep]
    assert tree(dump_yaml(deep)) == deep
    assert tree(inline(deep)) == deep
    with pytest.raises(AgentError, match="nested over 64 deep"):
        dump_yaml({"a": deep})
    with pytest.raises(AgentError, match="nested over 64 deep"):
        inline([deep])


def test_a_definition_is_written_as_a_person_would():
    definition = {
        "name": "books",
        "note": "two\nlines\n",
        "commands": [
            {
                "list": "article.product_pod",
                "do": [{"capture": {"title": "h1", "upc": "//th[.='UPC']", "id": "#x > a"}}],
            }
        ],
        "price": '"£51.77"',
        "version": "1.0",
        "tests": [],
        "nothing": None,
    }
    assert dump_yaml(definition) == dedent("""\
        name: books
        note: |
          two
          lines
        commands:
          - list: article.product_pod
            do:
              - capture:
                  title: h1
                  upc: //th[.='UPC']
                  id: "#x > a"
        price: '"£51.77"'
        version: "1.0"
        tests: []
        nothing: null
        """)


@given(tree=trees)
@example(tree={"? a": None, ": b": [{"c": {"<<": "a\n\n"}}]})
def test_a_tree_is_written_and_read_as_the_same_tree(tree):
    assert same(parse_document(dump_yaml(tree), "a.yaml").tree, tree)


@given(tree=trees)
def test_a_tree_on_one_line_is_read_as_the_same_tree(tree):
    text = inline(tree)
    assert "\n" not in text
    assert same(parse_document(text, "a.yaml").tree, tree)


layouts = st.sampled_from([Layout(), Layout(2, 0), Layout(4, 4), Layout(4, 2)])
roots = st.dictionaries(texts, trees, min_size=1, max_size=3)


def commented(text: str, before: set[int], behind: set[int]) -> str:
    """Return a text with comments above and behind some of its lines, where they mean nothing."""
    lines = text.splitlines()
    for number in range(len(lines) - 1, -1, -1):
        for chosen, new in (
            (behind, [f"{lines[number]}  # behind {number}"]),
            (before, [f"# before {number}", "", lines[number]]),
        ):
            trial = [*lines[:number], *new, *lines[number + 1 :]]
            if number in chosen and reads_as("\n".join(trial), text):
                lines = trial
    return "\n".join(lines) + "\n"


def paths_of(value, path=()):
    yield path
    for part, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, (dict, list)):
            yield from paths_of(inner, (*path, part))
        else:
            yield (*path, part)


def at(value, path):
    for part in path:
        value = value[part]
    return value


@st.composite
def definitions(draw):
    value = draw(roots)
    text = "\n".join(block_lines(value, draw(layouts))) + "\n"
    assume(len(text) == sum(map(len, text.split("\n"))) + text.count("\n"))
    numbers = st.sets(st.integers(0, 12), max_size=4)
    return commented(text, draw(numbers), draw(numbers))


@given(text=definitions(), data=st.data())
def test_any_value_can_be_set_and_the_lines_above_stay(text, data):
    value = tree(text)
    path = data.draw(st.sampled_from([path for path in paths_of(value) if path]))
    new = data.draw(trees)
    edited = set_value(text, path, new, file="a.yaml")
    at(value, path[:-1])[path[-1]] = new
    assert same(tree(edited), value)
    line, _ = parse_document(text, "a.yaml").position(path[:1], key=True)
    assert edited.split("\n")[: line - 1] == text.split("\n")[: line - 1]


@given(text=definitions(), data=st.data(), new=scalars | trees)
def test_anything_can_be_added_and_every_line_stays(text, data, new):
    value = tree(text)
    holders = [path for path in paths_of(value) if isinstance(at(value, path), (dict, list))]
    path = data.draw(st.sampled_from(holders))
    holder = at(value, path)
    if isinstance(holder, dict):
        key = data.draw(texts.filter(lambda key: key not in holder))
        edited = set_value(text, (*path, key), new, file="a.yaml")
        holder[key] = new
    else:
        edited = append_item(text, path, new, file="a.yaml")
        holder.append(new)
    assert same(tree(edited), value)
    if len(holder) > 1:
        rest = iter(edited.split("\n"))
        assert all(line in rest for line in text.split("\n"))
