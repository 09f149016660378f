"""The reader of definitions: plain trees, and where each key and value stood."""

import json
from textwrap import dedent

import pytest
from hypothesis import given

from sequentum_scrapy.definition.document import Document, read_bytes
from sequentum_scrapy.definition.errors import DefinitionError, Finding
from sequentum_scrapy.definition.reading import parse_document

from .trees import trees


def parse(text: str | bytes, file: str = "a.yaml") -> Document:
    return parse_document(text, file)


def tree(text: str, file: str = "a.yaml"):
    return parse(text, file).tree


def refused(text: str | bytes, file: str = "a.yaml") -> Finding:
    with pytest.raises(DefinitionError) as caught:
        parse(text, file)
    (finding,) = caught.value.findings
    return finding


BOOKS = dedent("""\
    name: books
    commands:
      - paginate: li.next a   # the next page
        do:
          - capture: {title: h1, price: {css: .price}}
    notes: |
      one
      two
    nothing:
    last: [a,
      b]
    """)


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (("name",), (1, 7), (1, 1)),
        (("commands",), (3, 3), (2, 1)),
        (("commands", 0), (3, 5), (3, 5)),
        (("commands", 0, "paginate"), (3, 15), (3, 5)),
        (("commands", 0, "do", 0, "capture", "price"), (5, 37), (5, 30)),
        (("commands", 0, "do", 0, "capture", "price", "css"), (5, 43), (5, 38)),
        (("notes",), (6, 8), (6, 1)),
        (("last", 1), (11, 3), (11, 3)),
    ],
)
def test_yaml_remembers_where_values_and_keys_stand(path, value, key):
    document = parse(BOOKS)
    assert document.position(path) == value
    assert document.position(path, key=True) == key


def test_a_key_without_a_value_stands_on_its_own_line():
    document = parse(BOOKS)
    assert document.tree["nothing"] is None
    assert document.position(("nothing",)) == (9, 1)


def test_what_is_not_there_stands_at_its_nearest_ancestor():
    document = parse(BOOKS)
    assert document.position(("commands", 0, "do", 7, "open")) == (5, 7)
    assert document.position(("commands", 0, "max_pages"), key=True) == (3, 5)
    assert document.position(("settings", "delay")) == (1, 1)


def test_json_remembers_where_values_and_keys_stand():
    document = parse('{\n\t"name": "books",\n\t"items": [1,\n\t\t{"é": null}]\n}\n', "a.json")
    assert document.tree == {"name": "books", "items": [1, {"é": None}]}
    assert document.position(("name",)) == (2, 10)
    assert document.position(("name",), key=True) == (2, 2)
    assert document.position(("items", 1, "é")) == (4, 9)
    assert document.position(("items", 1, "é"), key=True) == (4, 4)


@pytest.mark.parametrize("text", [BOOKS, BOOKS.replace("\n", "\r\n"), "\ufeff" + BOOKS])
def test_windows_line_ends_and_a_mark_of_utf8_change_nothing(text):
    document = parse(text.encode())
    assert document.tree == tree(BOOKS)
    assert document.position(("last", 1)) == (11, 3)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("True", True),
        ("NULL", None),
        ("~", None),
        ("", None),
        ("017", 17),
        ("0o17", 15),
        ("0x1f", 31),
        ("+1", 1),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-1.5E-3", -0.0015),
        ("2020-01-01", "2020-01-01"),
        ("2020-01-01T10:00:00Z", "2020-01-01T10:00:00Z"),
        ("=", "="),
        ("'1'", "1"),
        ('"\\u00e9\\x41"', "éA"),
        ('"\\ud83d\\ude00"', "😀"),
        ("9" * 300, int("9" * 300)),
        ("[]", []),
        ("{a, b: 1}", {"a": None, "b": 1}),
        (">\n  a\n  b\n", "a b\n"),
    ],
)
def test_plain_yaml_means_what_the_core_schema_of_yaml_1_2_says(text, value):
    found = tree(f"a: {text}")["a"]
    assert (found, type(found)) == (value, type(value))


def test_a_merge_key_in_quotes_is_a_key():
    assert tree('"<<": 1') == {"<<": 1}


@pytest.mark.parametrize("file", ["a.yaml", "a.json", "<string>"])
@given(tree=trees)
def test_json_reads_as_python_reads_it_in_either_format(file, tree):
    text = json.dumps({"a": tree})
    if file == "a.yaml" and "k" * 1010 in text:
        return  # YAML has no keys so long without the mark "?".
    assert json.dumps(parse(text, file).tree) == text


def test_the_format_is_told_by_the_name_or_else_by_the_first_character():
    assert refused("a: 1", "a.json").message == "not JSON: expected a value"
    assert tree("{a: 1}", "a.yml") == {"a": 1}
    assert refused("{a: 1}", "<string>").message.startswith("not JSON")
    assert tree("a: 1", "<string>") == {"a": 1}


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: 1\nb:\n\tc: 2\n", 3, 1, "a tab where YAML wants spaces"),
        ("a:\tb", 1, 3, "a tab where YAML wants spaces"),
        ("a: 1\nb: 'x\nc: 2\n", 2, 4, "a quote that is not closed"),
        ('a: "x', 1, 4, "a quote that is not closed"),
        ("a: 1\nb: [1, {c: d\n", 2, 8, "a bracket that is not closed"),
        ("a: b: c", 1, 5, "mapping values are not allowed here"),
        ("a: 1\n b: 2", 2, 3, "mapping values are not allowed here"),
        ("a:\n  - b\n - c", 3, 2, "the indentation does not fit"),
        ("- a\nb: 1", 2, 1, "the indentation does not fit"),
        ("a: @x", 1, 4, "cannot start any token"),
        ('a: "\\q"', 1, 6, "unknown escape character"),
        ('a: "\\UFFFFFFFF"', 1, 1, "not YAML: "),
        ("a: 1\nb: 2\na: 3\n", 3, 1, 'the key "a" is here twice, first at 1:1'),
        ("{a: 1, a: 2}", 1, 8, 'the key "a" is here twice, first at 1:2'),
        ("a: 1\n---\nb: 2\n", 2, 1, "a second document in the file"),
        ("1: a", 1, 1, "the key 1 is not a text"),
        ("a: {~: b}", 1, 5, "the key ~ is not a text"),
        ("? [a]\n: b", 1, 3, "a key is a text"),
        ("{a: 1}: b", 1, 1, "a key is a text"),
        ("a: 1\n<<: {b: 1}", 2, 1, "merge keys (<<) are not allowed"),
        ("a: &x 1\nb: *x", 1, 4, "anchors and aliases (& and *) are not allowed"),
        ("a: *x", 1, 4, "anchors and aliases (& and *) are not allowed"),
        ("a: !!python/object:os.system x", 1, 4, "the tag !!python/object:os.system is not"),
        ("a: !foo {}", 1, 4, "the tag !foo is not allowed"),
        ("!<tag:x> a", 1, 1, "the tag !<tag:x> is not allowed"),
        ("%YAML 1.1\n---\na: 1", 1, 1, "directives (%) are not allowed"),
        ("a: .inf", 1, 4, ".inf is not a number that JSON has"),
        ("a: -.INF", 1, 4, "-.INF is not a number that JSON has"),
        ("a: [.nan]", 1, 5, ".nan is not a number that JSON has"),
        ("a: 1e999", 1, 4, "1e999 is too large a number"),
        ("a: " + "9" * 301, 1, 4, "a number of over 300 digits"),
        ('a: "\\ud83d"', 1, 4, "half a surrogate pair in the text"),
    ],
)
def test_yaml_errors_say_where_and_what_in_plain_words(text, line, column, message):
    finding = refused(text)
    assert (finding.line, finding.column) == (line, column)
    assert message in finding.message
    assert "\n" not in str(finding)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a: 1\n\tb: 2", "indent with spaces"),
        ("a: b: c", 'quote a text that has ": " in it, or check the indentation'),
        ("a: @x", "quote the text"),
        ("1: a", 'quote it: "1"'),
        ("a: *x", "write it out, or quote the text"),
        ("<<: {}", "write it out"),
        ("a: 1\n---\n", "one Agent a file"),
        ("a: .nan", "quote it, if it is a text"),
    ],
)
def test_yaml_errors_say_what_to_do(text, hint):
    assert refused(text).hint == hint


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ('{"a": NaN}', 1, 7, "not JSON: expected a value"),
        ('{"a": -Infinity}', 1, 7, "not JSON: expected a value"),
        ('{"a": 1e999}', 1, 7, "1e999 is too large a number"),
        ('{"a": %s}' % ("9" * 301), 1, 7, "a number of over 300 digits"),
        ('{"a": 01}', 1, 8, "expected a comma or }"),
        ('{"a": 1,}', 1, 9, "expected a key in double quotes"),
        ("{'a': 1}", 1, 2, "expected a key in double quotes"),
        ('{"a" 1}', 1, 6, "expected a colon"),
        ('{"a": [1 2]}', 1, 10, "expected a comma or ]"),
        ('{"a": [', 1, 8, "expected a value"),
        ('{\n  "a": "x\n}', 2, 10, "a line break or tab in a text"),
        ('{"a": "x', 1, 7, "a quote that is not closed"),
        ('{"a": "\\q"}', 1, 8, "invalid \\escape"),
        ('{"a": "\\ud800"}', 1, 7, "half a surrogate pair in the text"),
        ('{"a": 1,\n "b": 2,\n "a": 3}', 3, 2, 'the key "a" is here twice, first at 1:2'),
        ('{"a": 1} {}', 1, 10, "more text after the end"),
        ('// a\n{"a": 1}', 1, 1, "expected a value"),
    ],
)
def test_json_errors_say_where_and_what_in_plain_words(text, line, column, message):
    finding = refused(text, "a.json")
    assert (finding.line, finding.column) == (line, column)
    assert message in finding.message


def test_json_that_python_would_read_has_no_such_number():
    assert refused('{"a": NaN}', "a.json").hint == "JSON has no such number"


@pytest.mark.parametrize(
    ("data", "line", "column", "message"),
    [
        (b"", 1, 1, "the file is empty"),
        (b" \n\n", 1, 1, "the file is empty"),
        ("a: é".encode("latin-1"), 1, 4, "the file is not in UTF-8"),
        ("é: 1\né: ".encode() + b"\xff", 2, 4, "the file is not in UTF-8"),
        (b"\xef\xbb\xbfa: \xff", 1, 4, "the file is not in UTF-8"),
        ("a: 1".encode("utf-16"), 1, 1, "the file is in UTF-16"),
        ("a: 1".encode("utf-16-le"), 1, 2, "a NUL in the text"),
        (b"a: 1\nb: x\0y", 2, 5, "a NUL in the text"),
        (b"a: \x1b[31m", 1, 4, "the control character U+001B in the text"),
        ("a: \x9b".encode(), 1, 4, "the control character U+009B in the text"),
        ("a: \ufffe".encode(), 1, 4, "the control character U+FFFE in the text"),
        ("a: \ud800", 1, 4, "the control character U+D800 in the text"),
    ],
)
def test_what_is_no_text_in_utf8_is_refused_where_it_begins(data, line, column, message):
    finding = refused(data)
    assert (finding.line, finding.column, finding.message) == (line, column, message)


def test_a_file_that_is_not_there_or_none_is_an_error_in_a_line(tmp_path):
    for path, message in [
        (tmp_path / "none.yaml", "cannot be read: no such file or directory"),
        (tmp_path, "not a file"),
        (tmp_path / "a\0b", "cannot be read: "),
    ]:
        with pytest.raises(DefinitionError) as caught:
            read_bytes(path)
        assert message in caught.value.findings[0].message


def test_a_file_is_read_as_it_is(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(BOOKS.encode())
    assert read_bytes(path) == BOOKS.encode()
