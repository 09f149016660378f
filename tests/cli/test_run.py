import csv
import json
import time
from pathlib import Path

import pytest

from tests.sites import Site
from tests.sites.catalogue import Catalogue, catalogue


def test_a_run_ends_with_a_summary_that_says_where_everything_is(shell, shop):
    output = shell("run", "shop")
    assert output.startswith(
        "Completed\nRun 1 of shop: 25 records, 0 invalid; 0 duplicates, 0 errors; 28 requests, 28 pages"
    )
    assert "Records: sequentum records 1" in output
    log = output.rsplit("Log: ", 1)[1].strip()
    assert "Spider closed (finished)" in Path(log).read_text()
    records = [json.loads(line) for line in shell("records", "1").splitlines()]
    assert {record["sku"] for record in records} == {f"P{n:05}" for n in range(1, 26)}


def test_json_is_one_document_in_the_words_of_the_api(shell, shop):
    run = json.loads(shell("run", "shop", "--json"))
    assert run["status"] == "Completed"
    assert run["statusCode"] == 9
    assert (run["runId"], run["name"], run["agentId"], run["versionNumber"]) == (
        1,
        "shop",
        None,
        None,
    )
    assert run["counters"] == {
        "requests": 28, "pages": 28, "browserPages": 0, "records": 25, "invalid": 0,
        "duplicates": 0, "errors": 0, "blocked": 0, "bytes": run["counters"]["bytes"],
    }  # fmt: skip
    assert run["startTime"] < run["endTime"]
    assert shell.json("runs")[0] == run
    shown = shell.json("run-show", "1")
    assert {key: shown[key] for key in run} == run
    assert {line["address"] for line in shown["health"]} >= {"start", "commands[0].paginate"}


def test_a_run_without_a_reactor_is_the_default_and_a_project_may_say_otherwise(shell, shop):
    shell("run", "shop")
    assert "'TWISTED_REACTOR_ENABLED': False" in _newest_log(shell.folder)
    output = shell("run", "shop", "-s", "TWISTED_REACTOR_ENABLED=True")
    assert output.startswith("Completed")
    assert "'TWISTED_REACTOR_ENABLED': False" not in _newest_log(shell.folder)


def _newest_log(folder: Path) -> str:
    logs = sorted((folder / ".sequentum" / "runs").glob("*/run.log"))
    return logs[-1].read_text()


def test_a_failed_run_exits_1_and_shows_its_worst_events(shell, shop):
    shop.write_text(
        shop.read_text().replace("  key: [sku]", "  key: [sku]\n  success: {min_records: 100}")
    )
    output = shell("run", "shop", code=1)
    assert output.startswith("Failure: min_records: 25 of at least 100")


def test_nothing_fetched_is_a_failure(shell, shop, site):
    output = shell(
        "run", "shop", "--input", "url=http://127.0.0.1:9/", "-s", "RETRY_ENABLED=False", code=1
    )
    assert output.startswith("Failure: errors, and not one record")
    assert "error 1 x start: connection refused" in output


def test_lists_and_objects_are_json_in_csv(shell):
    page = '<p>a, b</p><p>"c"</p><script type="application/json">{"n": [1, true]}</script>'
    text = """
name: nested
start: SITE
commands:
  - capture:
      all: {css: p, all: true}
      data: {css: script, as: json}
      flag: {value: "{{ 1 == 1 }}", as: boolean}
"""
    with Site({"/": page}) as site:
        (shell.folder / "agent_defs" / "nested.yaml").write_text(text.replace("SITE", site.url))
        shell("run", "nested", "-o", "nested.csv")
    expected = {"all": '["a, b","\\"c\\""]', "data": '{"n":[1,true]}', "flag": "true"}
    with (shell.folder / "nested.csv").open() as file:
        assert list(csv.DictReader(file)) == [expected]
    assert list(csv.DictReader(shell("records", "1", "--format", "csv").splitlines())) == [expected]


def test_outputs_in_each_format(shell, shop):
    shell("run", "shop", "-o", "a.jsonl", "-o", "b.csv", "-o", "c.json")
    lines = (shell.folder / "a.jsonl").read_text().splitlines()
    assert len(lines) == 25
    with (shell.folder / "b.csv").open() as file:
        assert sorted(row["sku"] for row in csv.DictReader(file)) == sorted(
            json.loads(line)["sku"] for line in lines
        )
    assert len(json.loads((shell.folder / "c.json").read_text())) == 25
    shell("run", "shop", "-o", "a.jsonl", "--limit", "3")
    assert len((shell.folder / "a.jsonl").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("output", "message"),
    [("a.xyz", "the format is told by the ending"), ("no/a.csv", "there is no folder")],
)
def test_an_output_that_cannot_be_is_refused_before_anything_runs(
    shell, shop, site, output, message
):
    assert message in shell("run", "shop", "-o", output, code=2)
    assert site.log == []


def test_an_input_that_is_a_secret_comes_from_the_environment_too(shell, shop):
    text = shop.read_text().replace(
        "inputs: {", "inputs: {token: {type: string, format: password}, "
    )
    shop.write_text(text)
    assert "token" in shell("run", "shop", code=2)
    run = json.loads(shell("run", "shop", "--json", SEQUENTUM_SECRET_token="sesame-4711"))
    assert (run["status"], run["inputs"]["token"]) == ("Completed", "***")


def test_limit_is_exact(shell, shop):
    run = json.loads(shell("run", "shop", "--limit", "7", "--json"))
    assert (run["counters"]["records"], run["status"], run["message"]) == (
        7,
        "Completed",
        "ended at a limit",
    )
    assert len(shell("records", "1").splitlines()) == 7


def test_mistakes_exit_2_all_at_once_before_the_first_request(shell, shop, site):
    output = shell("run", "shop", "--input", "urll=x", "--input", "q=1", code=2)
    assert output.splitlines() == [
        'unknown input "urll" (did you mean "url"?)',
        'unknown input "q" (known: url)',
    ]
    assert 'no Agent "shopp" here (did you mean "shop"?)' in shell("run", "shopp", code=2)
    assert "was never published" in shell("run", "shop", "--version", "2", code=2)
    assert "exclude each other" in shell("run", "shop", "--version", "2", "--draft", code=2)
    assert "is not NAME=VALUE" in shell("run", "shop", "--input", "url", code=2)
    assert "cannot be read" in shell("run", "no.yaml", code=2)
    assert site.log == []


def test_inputs_from_a_file(shell, shop, site):
    (shell.folder / "in.json").write_text(json.dumps({"url": site.url + "page/3"}))
    assert (
        json.loads(shell("run", "shop", "--inputs", "in.json", "--json"))["counters"]["records"]
        == 5
    )
    (shell.folder / "in.json").write_text("[]")
    assert "inputs are a JSON object" in shell("run", "shop", "--inputs", "in.json", code=2)


def test_a_published_agent_runs_its_active_version_and_says_when_the_file_differs(shell, shop):
    shell("publish", "shop")
    shop.write_text(shop.read_text().replace("title: h1", "title: .sku"))
    run = json.loads(shell("run", "shop", "--limit", "1", "--json"))
    assert (run["agentId"], run["versionNumber"]) == (1, 1)
    draft = json.loads(shell("run", "shop", "--draft", "--limit", "1", "--json"))
    assert (draft["agentId"], draft["versionNumber"]) == (1, None)
    records = [json.loads(shell("records", number)) for number in ("1", "2")]
    assert [record["title"] == record["sku"] for record in records] == [False, True]
    by_id = json.loads(shell("run", "1", "--limit", "1", "--json"))
    assert by_id["name"] == "shop"


def test_ctrl_c_once_stops_gracefully_and_keeps_what_there_is(shell, shop, site):
    with catalogue(Catalogue(products=400, page_size=10, delay=0.05)) as slow:
        started = time.monotonic()
        code = shell.interrupted(
            "run",
            "shop",
            "--input",
            f"url={slow.url}",
            "-s",
            "CONCURRENT_REQUESTS=2",
            after=3,
            times=1,
        )
        assert time.monotonic() - started < 20
    assert code == 1
    (run,) = shell.json("runs")
    assert run["status"] == "Stopped"
    assert 0 < run["counters"]["records"] < 400
    assert len(shell("records", "1").splitlines()) == run["counters"]["records"]


def test_ctrl_c_twice_stops_at_once_and_the_run_is_not_shown_as_running(shell, shop, site):
    with catalogue(Catalogue(products=400, page_size=10, delay=5)) as slow:
        started = time.monotonic()
        code = shell.interrupted("run", "shop", "--input", f"url={slow.url}", after=2.5, times=2)
        assert time.monotonic() - started < 7
    assert code == 1
    (run,) = shell.json("runs")
    assert (run["status"], run["message"]) == ("Stopped", "stopped at once")


def test_runs_are_filtered_by_agent_and_an_unknown_run_is_a_mistake(shell, shop):
    shell("run", "shop", "--limit", "1")
    assert len(shell.json("runs", "shop")) == 1
    assert shell.json("runs", "other") == []
    assert "there is no Run 7" in shell("run-show", "7", code=2)
    assert "there is no Run 7" in shell("records", "7", code=2)


def test_invalid_records_are_apart_with_their_reasons(shell, shop):
    shop.write_text(shop.read_text().replace("sku: {type: string}", "sku: {pattern: '[02468]$'}"))
    run = json.loads(shell("run", "shop", "--json"))
    assert (run["counters"]["records"], run["counters"]["invalid"]) == (12, 13)
    invalid = [json.loads(line) for line in shell("records", "1", "--invalid").splitlines()]
    assert len(invalid) == 13
    assert invalid[0]["_reasons"][0]["path"] == "$.sku"
    rows = list(csv.DictReader(shell("records", "1", "--format", "csv").splitlines()))
    assert list(rows[0]) == ["sku", "title", "url"]
    assert len(rows) == 12
    assert len(json.loads(shell("records", "1", "--format", "json"))) == 12
