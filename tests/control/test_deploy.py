"""Deploying: what an egg holds, where it goes, what goes wrong, and the whole round with a real scrapyd."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from sequentum_scrapy.control.targets import find_target
from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.store import Status, Store, get_run, iter_records, list_runs
from tests.sites import Response, Site
from tests.sites.scrapyd import scrapyd

SEARCH = """\
name: books
inputs:
  q: {type: string, default: tea}
  password: {type: string, format: password, default: none}
start: "SITE?q={{ input.q }}"
commands:
  - for_each: {file: data/rows.csv}
    do:
      - capture: {row: {value: "{{ row.word }}"}}
      - run: priced
settings: {robots: ignore}
"""
SLOW = """\
name: slow
start: SITE
commands:
  - paginate: {url: "SITE?page={{ page.number }}"}
    max_pages: 10000
    do:
      - list: p
        do: [{capture: {text: {xpath: .}}}]
settings: {robots: ignore, concurrency: 1, delay: 100ms}
"""
BLOCK = "name: priced\ncommands: [{capture: {title: h1}}]\n"


@pytest.fixture
def shop_site():
    def answer(request):
        return Response(f"<h1>{request.query.get('q', '')}</h1><p>{request.path}</p>")

    with Site({"/*": answer, "/": answer}) as site:
        yield site


@pytest.fixture(params=["package", "plain"])
def project(request, tmp_path, shop_site, monkeypatch):
    """A project with a package of its own, and one that is only a scrapy.cfg."""
    return make_project(
        tmp_path / "project", shop_site.url, monkeypatch, package=request.param == "package"
    )


@pytest.fixture
def plain(tmp_path, monkeypatch):
    return make_project(tmp_path / "project", "http://127.0.0.1:9/", monkeypatch, package=False)


def make_project(folder, url, monkeypatch, *, package):
    files = {
        "scrapy.cfg": f"[settings]\ndefault = {'shop.settings' if package else 'sequentum_scrapy.project'}\n",
        "agent_defs/books.yaml": SEARCH.replace("SITE", url),
        "agent_defs/slow.yaml": SLOW.replace("SITE", url),
        "agent_defs/blocks/priced.yaml": BLOCK,
        "agent_defs/data/rows.csv": "word\none\ntwo\n",
        "agent_defs/tests/page.html": "<p>",
        "agent_defs/.env": "TOKEN=hidden",
        ".env": "TOKEN=hidden",
        ".sequentum/secrets": "TOKEN=hidden",
    }
    if package:
        files |= {
            "shop/__init__.py": "",
            "shop/settings.py": 'BOT_NAME = "shop"\nADDONS = {"sequentum_scrapy.Addon": 300}\n'
            'SPIDER_LOADER_CLASS = "sequentum_scrapy.AgentSpiderLoader"\n',
            "shop/secrets": "TOKEN=hidden",
            "shop/tests/test_it.py": "",
            "shop/data.txt": "data",
            "shop/__pycache__/x.pyc": "",
        }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(folder)
    return folder


def deploy(*arguments, code=0, **environment):
    done = subprocess.run(
        [sys.executable, "-m", "sequentum_scrapy.cli", "deploy", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    assert "Traceback" not in said
    return said


def test_an_egg_holds_the_agents_and_all_that_they_read_and_no_secrets(project):
    deploy("--build-egg", "one.egg")
    deploy("--build-egg", "two.egg")
    data = Path("one.egg").read_bytes()
    names = set(ZipFile(BytesIO(data)).namelist())
    own = {"shop/__init__.py", "shop/settings.py", "shop/data.txt"}
    assert names == {
        "EGG-INFO/PKG-INFO",
        "EGG-INFO/entry_points.txt",
        "EGG-INFO/zip-safe",
        "sequentum_egg/__init__.py",
        "sequentum_egg/settings.py",
        "sequentum_egg/agent_defs/books.yaml",
        "sequentum_egg/agent_defs/slow.yaml",
        "sequentum_egg/agent_defs/blocks/priced.yaml",
        "sequentum_egg/agent_defs/data/rows.csv",
    } | (own if (project / "shop").exists() else set())
    assert data == Path("two.egg").read_bytes()


def test_an_agent_with_an_error_is_not_deployed(plain):
    (plain / "agent_defs" / "bad.yaml").write_text("name: bad\ncommand: []\n")
    said = deploy("--build-egg", "one.egg", code=2)
    assert "bad.yaml:2:1" in said
    assert not Path("one.egg").exists()


def test_a_file_that_an_agent_reads_must_be_there(plain):
    (plain / "agent_defs" / "data" / "rows.csv").unlink()
    assert 'there is no file "data/rows.csv"' in deploy("--build-egg", "one.egg", code=2)


def test_a_link_out_of_the_project_is_refused(plain, tmp_path):
    (tmp_path / "outside").write_text("outside")
    (plain / "agent_defs" / "link.csv").symlink_to(tmp_path / "outside")
    assert "leads out" in deploy("--build-egg", "one.egg", code=2)


def test_targets_are_those_of_scrapyd_client(plain, monkeypatch):
    monkeypatch.setenv("PASSWORD_OF_TEST", "hidden")
    with (plain / "scrapy.cfg").open("a") as file:
        file.write(
            "[deploy]\nproject = shop\nurl = localhost:6800\n[deploy:far]\nurl = host/path\n"
            "username = me\npassword = $PASSWORD_OF_TEST\nversion = 7\n"
        )
    near, far = find_target("default", plain), find_target("far", plain, project="other")
    assert (near.url, near.project) == ("http://localhost:6800/", "shop")
    assert near.version.isdecimal()
    assert (far.url, far.project, far.version) == ("https://host/path/", "other", "7")
    assert (far.username, far.password) == ("me", "hidden")
    assert "hidden" not in repr(far)
    by_url = find_target("http://host:1", plain)
    assert (by_url.url, by_url.project, by_url.password) == ("http://host:1/", "shop", "")
    with pytest.raises(AgentError, match=r'no target "fra".*did you mean "far"'):
        find_target("fra", plain)
    with pytest.raises(AgentError, match="shows in ps"):
        find_target("http://me:pw@host/", plain)


@pytest.mark.parametrize("url", ["ftp://host/", "http://", "http://host:x/", "http://host/?a=1"])
def test_a_url_that_is_none_is_refused(plain, url):
    with pytest.raises(AgentError, match="the url of a target"):
        find_target(url, plain, project="shop")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Response("no", 401), "wants a username"),
        (Response("", 302, headers=(("Location", "/elsewhere"),)), "sends on"),
        (Response("<h1>hello</h1>"), "no answer of a scrapyd"),
        (Response('{"status": "error", "message": "egg is bad"}'), "egg is bad"),
        (
            Response(
                json.dumps({"status": "error", "message": "RunnerError: Traceback\n x\nE: y"})
            ),
            "RunnerError: E: y",
        ),
        (Response(reset=True), "scrapyd at"),
    ],
)
def test_errors_are_one_line(plain, answer, said):
    with Site({"/*": answer}) as site:
        text = deploy(site.url, "--project", "shop", code=2)
    assert said in text
    assert len([line for line in text.splitlines() if "scrapyd at" in line]) == 1


def test_a_refused_connection_is_said(plain):
    assert "connection refused" in deploy("http://127.0.0.1:9/", "--project", "shop", code=2)


def test_the_whole_round(project, tmp_path):
    store_url = f"sqlite:///{tmp_path}/runs.db"
    with scrapyd(tmp_path / "scrapyd", SEQUENTUM_STORE_URL=store_url) as server:
        said = deploy(server.url, "--project", "shop", "--version", "1.0")
        assert "scrapyd lists its 3 spiders, as it should" in said
        assert server.get("listspiders.json", project="shop")["spiders"] == [
            "agent",
            "books",
            "slow",
        ]
        by_name = server.post("schedule.json", {"project": "shop", "spider": "books"})["jobid"]
        server.wait_for(by_name, "finished")
        given = {"project": "shop", "spider": "agent", "agent": "books", "input.q": "cocoa"}
        by_agent = server.post("schedule.json", given)["jobid"]
        server.wait_for(by_agent, "finished")
        secret = server.post(
            "schedule.json", {"project": "shop", "spider": "books", "input.password": "sesame"}
        )["jobid"]
        server.wait_for(secret, "finished")
        assert "SEQUENTUM_SECRET_password" in server.logs()

        slow = server.post("schedule.json", {"project": "shop", "spider": "slow"})["jobid"]
        with Store.open(store_url) as store:
            wait_for_run(store, server, slow)
            server.post("cancel.json", {"project": "shop", "job": slow})
            server.wait_for(slow, "finished")
            runs = {run.job_id: run for run in list_runs(store)}
            assert set(runs) == {by_name, by_agent, slow}, server.logs()
            assert runs[by_name].status is Status.COMPLETED, runs[by_name].message
            assert titles(store, runs[by_name]) == [("one", "tea"), ("two", "tea")]
            assert titles(store, runs[by_agent]) == [("one", "cocoa"), ("two", "cocoa")]
            assert runs[slow].status is Status.STOPPED
            assert get_run(store, runs[slow].run_id).counters["records"] > 0


NESTED = """\
name: rows
start: {file: data/urls.csv, column: path}
commands: [{run: beside}]
settings: {robots: ignore, concurrency: 1, delay: 100ms}
"""
BESIDE = "name: beside\ncommands: [{capture: {url: {page: url}}}]\n"


def test_a_cancelled_job_is_restarted_from_the_project(plain, tmp_path, shop_site):
    urls = [f"{shop_site.url}p{number}" for number in range(60)]
    inner = plain / "agent_defs" / "group"
    for name, text in {
        "rows.yaml": NESTED,
        "blocks/beside.yaml": BESIDE,
        "data/urls.csv": "\n".join(["path", *urls]),
    }.items():
        (inner / name).parent.mkdir(parents=True, exist_ok=True)
        (inner / name).write_text(text)
    store_url = f"sqlite:///{tmp_path}/runs.db"
    with (
        scrapyd(tmp_path / "scrapyd", SEQUENTUM_STORE_URL=store_url) as server,
        Store.open(store_url) as store,
    ):
        deploy(server.url, "--project", "shop")
        job = server.post("schedule.json", {"project": "shop", "spider": "rows"})["jobid"]
        wait_for_run(store, server, job)
        server.post("cancel.json", {"project": "shop", "job": job})
        server.wait_for(job, "finished")
        (run,) = list_runs(store)
        assert run.status is Status.STOPPED
        assert 0 < run.counters["records"] < len(urls)
        done = subprocess.run(
            [sys.executable, "-m", "sequentum_scrapy.cli", "restart", str(run.run_id)],
            env={**os.environ, "SEQUENTUM_STORE_URL": store_url},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        found = [json.loads(record.data)["url"] for record in iter_records(store, run.run_id)]
    assert sorted(found) == sorted(urls)


def titles(store, run):
    found = [json.loads(record.data) for record in iter_records(store, run.run_id)]
    return sorted((record["row"], record["title"]) for record in found)


def wait_for_run(store, server, job):
    until = time.monotonic() + 30
    while True:
        found = [run for run in list_runs(store) if run.job_id == job]
        if found and found[0].counters["records"]:
            return
        assert time.monotonic() < until, server.logs()
        time.sleep(0.1)


def test_a_password_is_sent_and_never_shown(plain, tmp_path):
    with (
        scrapyd(tmp_path / "scrapyd", username="me", password="sesame77") as server,
        (plain / "scrapy.cfg").open("a") as file,
    ):
        file.write(
            f"[deploy:right]\nurl = {server.url}\nproject = shop\nusername = me\npassword = $WORD\n"
        )
        file.flush()
        assert "as it should" in deploy("right", WORD="sesame77")
        said = deploy("right", WORD="other88", code=2)
    assert "wrong username or password" in said
    assert "other88" not in said
