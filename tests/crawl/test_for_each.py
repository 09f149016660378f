"""Rows of files: each its own pages, read as the crawl goes on."""

from __future__ import annotations

import pytest

from tests.sites import Response, Site

TEXT = """
commands:
  - for_each: {file: data/skus.csv}
    MORE
    do:
      - open: SITE/p/{{ row.sku }}
        do:
          - capture: {sku: {value: "{{ row.sku }}"}, title: h1}
settings: {concurrency: 16, retries: 0}
"""


def shop():
    return Site({"/p/*": lambda r: Response(f"<h1>{r.path.rpartition('/')[2]}</h1>")})


def write(project, text, name="data/skus.csv"):
    path = project.folder / "agent_defs" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_each_row_of_a_file_opens_its_page(either_project):
    write(either_project, "sku\n" + "\n".join(f"S{n}" for n in range(3000)))
    with shop() as site:
        result = either_project.ok(TEXT.replace("MORE", ""), site)
    assert sorted(result.values("title")) == sorted(f"S{n}" for n in range(3000))
    assert result.values("sku") == result.values("title")
    assert result.health["commands[0].for_each"].matched == 3000


def test_a_limit_takes_the_first_rows(project):
    write(project, "sku\nA\nB\nC,too,many\n")
    with shop() as site:
        result = project.ok(TEXT.replace("MORE", "limit: 2"), site)
    assert sorted(result.values("title")) == ["A", "B"]


def test_a_broken_row_is_an_error_with_its_line_and_the_rows_before_it_are_kept(project):
    write(project, "sku\nA\nB\nC,too,many\nD\n")
    with shop() as site:
        result = project.ok(TEXT.replace("MORE", ""), site)
    assert sorted(result.values("title")) == ["A", "B"]
    assert result.whats("error") == ["skus.csv:4: 3 values for 1 columns"]


def test_stop_ends_the_run(project):
    write(project, "sku\nC,too,many\n")
    with shop() as site:
        result = project.ok(TEXT.replace("MORE", "on_error: stop"), site)
    assert result.status == "FAILURE"
    assert "skus.csv:2: 3 values" in result.message


def test_a_file_that_is_not_there_is_said_before_the_first_request(project):
    with shop() as site:
        result = project.crawl(TEXT.replace("MORE", ""), site)
        assert site.log == []
    assert 'commands[0].for_each: there is no file "data/skus.csv"' in result.error


def test_the_path_may_come_from_an_input(project):
    write(project, "sku\nA\n")
    text = TEXT.replace("MORE", "").replace("data/skus.csv", "'{{ input.list }}'")
    text += "inputs: {list: {type: string}}\n"
    with shop() as site:
        assert project.ok(text, site, inputs={"list": "data/skus.csv"}).values("sku") == ["A"]
        for name in ("../../etc/passwd.csv", "/etc/passwd.csv"):
            result = project.ok(text, site, inputs={"list": name})
            assert result.whats("error") == [f'"{name}" leads out of the folder of the definition']


def test_the_end_of_a_run_ends_the_reading_of_its_file(either_project):
    write(either_project, "sku\n" + "\n".join(f"S{n}" for n in range(100_000)))
    with shop() as site:
        result = either_project.ok(
            TEXT.replace("MORE", "").replace("retries: 0", "retries: 0, limits: {records: 50}"),
            site,
        )
        assert len(site.log) < 2000
    assert len(result.records) == 50
    assert result.status == "COMPLETED"


@pytest.mark.parametrize("rows", [3, 1200])
def test_rows_that_wait_for_pages_do_so_together_and_in_bounds(project, rows):
    write(project, "sku\n" + "\n".join(f"S{n}" for n in range(rows)))
    text = """
commands:
  - for_each: {file: data/skus.csv}
    do:
      - lookup: SITE/p/{{ row.sku }}
        do: [{capture: {title: h1}}]
settings: {concurrency: 16, retries: 0}
"""
    with Site({"/p/*": lambda r: Response(f"<h1>{r.path}</h1>", delay=0.02)}) as site:
        result = project.ok(text, site)
        assert site.peak > 1
    assert len(result.records) == rows
