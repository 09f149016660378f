"""Files that records tell of: saved once, named safely, and held to what they may be."""

from __future__ import annotations

from hashlib import sha256

import pytest

from tests.sites import Response, Site
from tests.sites.faults import PDF, PNG

TEXT = """
start: SITE/
commands:
  - list: li
    do:
      - capture: {n: b}
      - download: a
        as: file
        MORE
settings: {retries: 0}
"""


def shop(*links, **routes):
    rows = "".join(f'<li><b>{n}</b><a href="{link}">x</a></li>' for n, link in enumerate(links))
    big = Response(b"%PDF-" + b"x" * 100_000, content_type="application/pdf")
    attachment = (("Content-Disposition", 'attachment; filename="../The Sheet.pdf"'),)
    return Site(
        {
            "/": f"<ul>{rows}</ul>",
            "/a.pdf": Response(PDF, content_type="application/pdf"),
            "/b/a.pdf": Response(PDF + b"b", content_type="application/pdf"),
            "/c.png": Response(PNG, content_type="application/octet-stream"),
            "/named": Response(PDF, content_type="application/pdf", headers=attachment),
            "/page": Response("<h1>not here</h1>"),
            "/empty.pdf": Response(b"", content_type="application/pdf"),
            "/big.pdf": big,
            "/moved.pdf": Response("", 302, headers=(("Location", "/a.pdf"),)),
            "/gone.pdf": Response(reset=True),
            "/disguised.pdf": Response(
                "<!DOCTYPE html><h1>Log in</h1>", content_type="application/pdf"
            ),
            **routes,
        }
    )


def crawl(project, site, more="note: x", **kwargs):
    return project.ok(TEXT.replace("MORE", more), site, **kwargs)


def stored(project):
    folder = next((project.folder / ".sequentum" / "runs").iterdir()) / "downloads"
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_file_is_saved_and_told_of(either_project):
    with shop("a.pdf", "c.png", "named", "moved.pdf") as site:
        result = crawl(either_project, site)
    files = [record["file"] for record in sorted(result.records, key=lambda record: record["n"])]
    assert [(f["name"], f["type"], f["bytes"]) for f in files] == [
        ("a.pdf", "application/pdf", len(PDF)),
        ("c.png", "image/png", len(PNG)),
        ("The Sheet.pdf", "application/pdf", len(PDF)),
        ("a.pdf", "application/pdf", len(PDF)),
    ]
    assert files[0]["checksum"] == sha256(PDF).hexdigest()
    assert files[0]["url"] == f"{site.url}a.pdf"
    kept = stored(either_project)
    assert {kept[file["path"]] for file in files} == {PDF, PNG}
    assert result.answer["stats"]["file_count"] == 4


def test_the_same_file_is_fetched_once_in_a_run(either_project):
    with shop(*["a.pdf"] * 30) as site:
        result = crawl(either_project, site)
        assert site.paths.count("/a.pdf") == 1
    assert len({record["file"]["checksum"] for record in result.records}) == 1
    assert len(result.records) == 30


def test_paths_are_templates_and_no_file_takes_the_place_of_another(project):
    with shop("a.pdf", "b/a.pdf", "named") as site:
        result = crawl(
            project, site, 'path: "../{{ record.n }}/../x/{{ file.stem }}.{{ file.ending }}"'
        )
        flat = crawl(project, site, "path: same.pdf")
    assert sorted(record["file"]["path"] for record in result.records) == [
        "0/x/a.pdf", "1/x/a.pdf", "2/x/The Sheet.pdf",
    ]  # fmt: skip
    assert sorted(record["file"]["path"] for record in flat.records) == [
        "same-2.pdf", "same-3.pdf", "same.pdf",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("link", "more", "reason"),
    [
        ("nowhere.pdf", "note: x", "HTTP 404"),
        (
            "page",
            "types: [application/pdf, image/*]",
            "it is text/html, not application/pdf or image/*",
        ),
        ("empty.pdf", "note: x", "the file is empty"),
        ("big.pdf", "max_bytes: 50kB", "the answer is too large"),
        ("gone.pdf", "note: x", "the connection failed"),
        ("a.pdf", 'path: "{{ record.nothing }}"', "path: 'dict object' has no attribute 'nothing'"),
        (
            "disguised.pdf",
            "types: [application/pdf, image/*]",
            "it is text/html, not application/pdf or image/*",
        ),
    ],
)
def test_a_file_that_cannot_be_had_marks_the_record_and_not_the_run(project, link, more, reason):
    with shop("c.png", link) as site:
        result = crawl(project, site, more)
    bad = [(values, reasons) for values, reasons in result.invalid if values["n"] == "1"]
    assert [values["file"] for values, _ in bad] == [None]
    assert bad[0][1] == [
        {"path": "$.file", "message": reason, "command": "commands[0].do[1].download"}
    ]
    assert reason in result.whats("warning")
    assert result.counters["errors"] == 0


@pytest.mark.parametrize(
    ("more", "expected"),
    [("on_error: keep", {"n": "0", "file": None}), ("on_error: skip", None)],
)
def test_on_error_says_what_becomes_of_the_record(project, more, expected):
    with shop("nowhere.pdf") as site:
        result = crawl(project, site, more)
    assert result.records == ([expected] if expected else [])
    assert result.invalid == []


def test_what_is_not_there_may_be_optional(project):
    with Site({"/": "<ul><li><b>1</b></ul>"}) as site:
        assert crawl(project, site, "optional: true").records == [{"n": "1", "file": None}]
        assert crawl(project, site).invalid[0][1][0]["message"] == "not found"


def test_all_the_images_of_a_page(project):
    images = "".join(f'<img src="/i/{n}.png">' for n in range(20))
    routes = {
        "/i/*": lambda r: Response(PNG + r.path.encode(), content_type="image/png", delay=0.02)
    }
    with Site({"/": f"<h1>x</h1>{images}", **routes}) as site:
        text = """
start: SITE/
commands:
  - capture: {t: h1}
  - download: img
    as: images
    all: true
"""
        result = project.ok(text, site)
        assert site.peak > 1
    assert [f["name"] for f in result.records[0]["images"]] == [f"{n}.png" for n in range(20)]


def test_a_store_of_the_project_keeps_the_files_of_each_run(project):
    store = project.folder / "mine"
    with shop("a.pdf") as site:
        paths = [
            crawl(project, site, "path: x.pdf", settings={"FILES_STORE": str(store)}).records[0][
                "file"
            ]["path"]
            for _ in range(2)
        ]
    assert paths == ["test/run-1/x.pdf", "test/run-2/x.pdf"]
    assert all((store / path).read_bytes() == PDF for path in paths)


@pytest.mark.parametrize("store", ["zz://user:pa55@host/x", "s3://bucket/x"])
def test_a_store_that_cannot_be_used_is_said_before_the_first_request(project, store):
    with shop("a.pdf") as site:
        result = project.crawl(
            TEXT.replace("MORE", "note: x"), site, settings={"FILES_STORE": store}
        )
        assert site.log == []
    assert result.status == "FAILURE"
    assert result.message.startswith(f"FILES_STORE ({store[:2]}) cannot be used: ")
    assert "pa55" not in result.message


def test_an_address_that_cannot_be_told_marks_the_record(project):
    with shop("a.pdf") as site:
        text = TEXT.replace("download: a\n", 'download: "SITE/{{ record.zz }}"\n').replace(
            "MORE", "note: x"
        )
        result = project.ok(text, site)
    ((values, reasons),) = result.invalid
    assert values["file"] is None
    assert reasons[0]["message"].startswith("template: ")


def test_what_one_command_may_not_have_another_may(project):
    text = """
start: SITE/
commands:
  - download: a
    as: image
    types: [image/*]
    on_error: keep
  - download: a
    as: file
"""
    with shop("a.pdf") as site:
        (record,) = project.ok(text, site).records
    assert record["image"] is None
    assert record["file"]["type"] == "application/pdf"


def test_an_optional_file_that_cannot_be_had_is_null(project):
    with shop("nowhere.pdf") as site:
        result = crawl(project, site, "optional: true")
    assert result.records == [{"n": "0", "file": None}]
    assert result.whats("warning") == ["HTTP 404"]


def test_a_file_or_a_lookup_on_each_page_is_no_row(project):
    """Numbered pages end at the first without rows, although every page has a logo."""

    def pages(request):
        number = int(request.query.get("p", 1))
        rows = "<li>x" * (number < 3)
        return Response(f'<img src="/logo.png"><a class="about" href="/about">a</a><ul>{rows}</ul>')

    text = """
start: SITE/?p=1
commands:
  - paginate: {url: "?p={{ page.number }}"}
    max_pages: 9
    do:
      - download: img
        as: logo
      - lookup: a.about
        do: [{capture: {about: h1}}]
      - list: li
        do: [{capture: {x: {xpath: .}}}]
"""
    routes = {
        "/": pages,
        "/logo.png": Response(PNG, content_type="image/png"),
        "/about": "<h1>About</h1>",
    }
    with Site(routes) as site:
        result = project.ok(text, site)
        assert [path for path in site.paths if path.startswith("/?p")] == [
            "/?p=1",
            "/?p=2",
            "/?p=3",
        ]
    assert len(result.records) == 2


def test_files_count_among_requests_and_bytes(project):
    with shop("a.pdf") as site:
        counters = crawl(project, site).counters
    assert counters["requests"] == 2
    assert counters["pages"] == 1
    assert counters["bytes"] > len(PDF)


def test_without_a_download_there_is_no_folder_of_files(project):
    with Site({"/": "<h1>x</h1>"}) as site:
        project.ok(
            "start: SITE/\ncommands: [{capture: {t: h1}}]\n",
            site,
            settings={"JOBDIR": str(project.folder / "job")},
        )
    assert not (project.folder / ".sequentum" / "files").exists()
