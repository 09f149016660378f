import datetime as dt
import decimal
import json
import sys

import openpyxl
import pyarrow as pa
import pytest
from pyarrow.parquet import write_table

from sequentum_scrapy.compiler import rows as rows_module
from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.rows import read_rows
from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.definition.row_files import RowFile

ROWS = [{"sku": "A1", "n": 1}, {"sku": "ü", "n": None}]


def read(tmp_path, name, data, **options):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return list(read_rows(RowFile(file=name, **options), path))


def xlsx(tmp_path, sheets, name="a.xlsx"):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    book.save(tmp_path / name)
    return tmp_path / name


def test_csv_is_texts(tmp_path):
    assert read(tmp_path, "a.csv", 'sku,note\nA1,"two\nlines, ""quoted"""\n\nB2,\nC3\n') == [
        {"sku": "A1", "note": 'two\nlines, "quoted"'},
        {"sku": "B2", "note": ""},
        {"sku": "C3", "note": None},
    ]


@pytest.mark.parametrize(
    ("name", "data", "options"),
    [
        ("a.csv", "\ufeffsku,n\nü,1\n", {}),
        ("a.csv", "sku;n\nü;1\n", {"delimiter": ";"}),
        ("a.tsv", "sku\tn\nü\t1\n", {}),
        ("a.csv", "sku,n\nü,1\n".encode("latin-1"), {"encoding": "latin-1"}),
        ("a.csv", "ü,1\n", {"columns": ["sku", "n"]}),
        ("a.txt", "sku,n\r\nü,1\r\n", {"format": "csv"}),
        ("a.csv", " sku , n ,\nü,1,\n".replace("1,", "1"), {}),
    ],
)
def test_how_csv_may_be_written(tmp_path, name, data, options):
    assert read(tmp_path, name, data, **options) == [{"sku": "ü", "n": "1"}]


def test_jsonl_and_json_keep_their_types(tmp_path):
    lines = "\n\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS)
    assert read(tmp_path, "a.jsonl", lines) == ROWS
    assert read(tmp_path, "a.jsonl", lines.encode("latin-1"), encoding="latin-1") == ROWS
    assert read(tmp_path, "a.json", json.dumps(ROWS)) == ROWS
    assert read(tmp_path, "a.json", json.dumps({"x": {"rows": ROWS}}), items="x.rows") == ROWS


def test_excel_keeps_types_and_writes_dates_as_texts(tmp_path):
    day = dt.datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 - Excel knows no zones
    lines = [["sku", "n", "day", None], ["A1", 1.5, day], [None, None, None], ["B2", None, None]]
    path = xlsx(tmp_path, {"first": [["x"]], "second": lines})
    assert list(read_rows(RowFile(file="a.xlsx", sheet="second"), path)) == [
        {"sku": "A1", "n": 1.5, "day": "2026-01-02T03:04:05"},
        {"sku": "B2", "n": None, "day": None},
    ]
    assert list(read_rows(RowFile(file="a.xlsx"), path)) == []


def test_parquet_becomes_plain_json(tmp_path):
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "n": [1, None],
            "f": [float("nan"), 0.5],
            "d": [dt.date(2026, 1, 2), None],
            "p": pa.array([decimal.Decimal("1.50"), None]),
            "b": [b"x", None],
            "l": [[1, 2], []],
            "s": [{"a": dt.date(2026, 1, 2)}, None],
        }
    )
    write_table(table, path)
    rows = list(read_rows(RowFile(file="a.parquet"), path))
    assert json.loads(json.dumps(rows)) == rows
    assert rows == [
        {"n": 1, "f": None, "d": "2026-01-02", "p": 1.5, "b": "x", "l": [1, 2], "s": {"a": "2026-01-02"}},
        {"n": None, "f": 0.5, "d": None, "p": None, "b": None, "l": [], "s": None},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "options", "expected"),
    [
        ("a.csv", "a,b\n1,2,3\n", {}, "a.csv:2: 3 values for 2 columns"),
        ("a.csv", "a,a\n1,2\n", {}, 'a.csv:1: two columns are named "a"'),
        ("a.csv", " ,\n1,2\n", {}, "a.csv:1: no names of columns"),
        ("a.csv", 'a,b\n1,"2\n', {}, "a.csv:2: unexpected end of data"),
        ("a.csv", "a,b\n1,é\n".encode("latin-1"), {}, "not utf-8: say encoding:"),
        ("a.jsonl", '{"a": 1}\n{"a": \n', {}, "a.jsonl:2: not JSON: "),
        ("a.jsonl", "[1]\n", {}, "a.jsonl:1: a row is a mapping of names to values"),
        ("a.json", '{"a": 1}', {}, "a.json: not a list of rows: say items:"),
        ("a.json", '{"a": 1}', {"items": "b"}, "a.json: not a list of rows"),
        ("a.json", '\n{"a"', {}, "a.json:2: not JSON: "),
        ("a.json", "[1]", {}, "a.json: item 0: a row is a mapping"),
        ("a.xlsx", "no", {}, "a.xlsx is no Excel file: "),
        ("a.parquet", "no", {}, "a.parquet is no Parquet file: "),
    ],
)
def test_what_is_broken_is_said_with_its_place(tmp_path, name, data, options, expected):
    with pytest.raises(ValueFailure) as caught:
        read(tmp_path, name, data, **options)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_sheet_that_is_not_there_is_said(tmp_path):
    path = xlsx(tmp_path, {"one": [["a"]], "two": [["a"]]})
    with pytest.raises(ValueFailure, match=r'no sheet "three" \(it has: one, two\)'):
        list(read_rows(RowFile(file="a.xlsx", sheet="three"), path))


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet"])
def test_an_extra_that_is_missing_is_named(tmp_path, monkeypatch, name):
    monkeypatch.setattr(rows_module, "find_spec", lambda _: None)
    with pytest.raises(AgentError, match=r'pip install "sequentum-scrapy\[tables\]"'):
        read(tmp_path, name, "")


def test_rows_are_read_one_at_a_time(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("n\n" + "\n".join("7" * 100 for _ in range(100_000)))
    rows = read_rows(RowFile(file="a.csv"), path)
    first = next(rows)
    assert sys.getsizeof(first) < 1000
    assert sum(1 for _ in rows) == 99_999
