"""An Agent in a browser as a person meets it: tried on a page, and interrupted."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sequentum_scrapy.store import Store, list_runs
from tests.crawl.test_live_faults import children_named
from tests.needed import not_here
from tests.sites import Site
from tests.sites.server import Response

CLI = [sys.executable, "-m", "sequentum_scrapy.cli"]
AGENT = """
browser: true
start: SITE/
commands:
  - click: button
  - capture: {title: h1, more: p}
"""
PAGE = """<h1>Shop</h1><button>more</button><p></p><script>
document.querySelector("button").onclick = () => { document.querySelector("p").textContent = "came" };
</script>"""


@pytest.fixture
def screen(tmp_path):
    """A display without a screen: its name, and a file of all that is on it."""
    server = shutil.which("Xvfb")
    if server is None:
        not_here("no Xvfb: apt-get install xvfb")
    reading, writing = os.pipe()
    command = [server, "-displayfd", str(writing), "-screen", "0", "800x600x24", "-fbdir", tmp_path]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as process:
        os.close(writing)
        with os.fdopen(reading) as told:
            display = told.readline().strip()
        yield f":{display}", tmp_path / "Xvfb_screen0"
        process.terminate()


def tried(project, *options, display="", watch=lambda: None, text=AGENT, page=PAGE):
    """Try the Agent on the page; ``watch`` is called again and again meanwhile."""
    environment = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    if display:
        environment["DISPLAY"] = display
    with Site({"/": page, "/file.txt": "a file"}) as site:
        path = project.write(text, site)
        with subprocess.Popen(
            [*CLI, "try", str(path), "--url", site.url, *options], cwd=project.folder,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        ) as process:  # fmt: skip
            end = time.monotonic() + 100
            while process.poll() is None and time.monotonic() < end:
                watch()
                time.sleep(0.02)
            process.kill()
            stdout, stderr = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def test_an_agent_is_tried_on_a_live_page_and_leaves_a_picture_and_a_trace(live_project):
    folder = live_project.folder / ".sequentum/try"
    earlier = folder / "traces/2.zip"
    earlier.parent.mkdir(parents=True)
    earlier.write_bytes(b"of another try")
    done = tried(live_project, "--screenshot", "--trace")
    assert done.returncode == 0, done.stderr
    assert "came" in done.stdout
    assert (folder / "test.png").read_bytes().startswith(b"\x89PNG")
    trace = folder / "traces/1.zip"
    assert trace.read_bytes().startswith(b"PK")
    assert str(trace.relative_to(live_project.folder)) in done.stdout + done.stderr
    assert earlier.name not in done.stdout + done.stderr


def test_a_file_of_a_page_that_is_tried_is_saved_beside_its_picture(live_project):
    text = f"{AGENT}  - download: a\n    as: file\n  - capture: {{after: h1}}\n"
    page = f"{PAGE}<a href='/file.txt'>file</a>"
    done = tried(live_project, text=text, page=page)
    assert done.returncode == 0, done.stderr
    assert '"after": "Shop"' in done.stdout
    assert '"path": "' in done.stdout
    assert [path for path in (live_project.folder / ".sequentum/try").rglob("*") if path.is_file()]


def test_a_window_without_a_display_is_said_in_a_line(live_project):
    done = tried(live_project, "--headed")
    assert done.returncode != 0
    assert "needs a display, and there is none here" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_window_is_seen_while_an_agent_is_tried(live_project, screen):
    display, file = screen
    empty, seen = file.read_bytes(), [0]

    def watch():
        seen.append(sum(a != b for a, b in zip(file.read_bytes()[::97], empty[::97], strict=True)))

    done = tried(live_project, "--headed", display=display, watch=watch)
    assert done.returncode == 0, done.stderr
    assert "came" in done.stdout
    assert max(seen) > len(empty) / 97 / 4


def test_what_is_not_there_is_diagnosed_with_its_page_and_its_picture(live_project):
    text = AGENT.replace("click: button", "wait: .nowhere\n    timeout: 200ms")
    with Site({"/": PAGE}) as site:
        path = live_project.write(text, site)
        subprocess.run(
            [*CLI, "run", str(path)], cwd=live_project.folder, check=False, timeout=100,
            capture_output=True,
        )  # fmt: skip
    done = subprocess.run(
        [*CLI, "diagnose", "1", "--json"], cwd=live_project.folder, check=True, timeout=100,
        capture_output=True, text=True,
    )  # fmt: skip
    (waited,) = [p for p in json.loads(done.stdout)["problems"] if p["address"].endswith(".wait")]
    assert waited["seen"] == ["not there after 0.2 s"]
    assert "comes later than it is waited for" in waited["possibleCauses"][0]
    assert waited["suggestedActions"]
    assert "Shop" in Path(waited["page"]).read_text()
    assert Path(waited["picture"]).read_bytes().startswith(b"\x89PNG")


def test_a_run_that_is_interrupted_leaves_no_browser(live_project):
    text = """
browser: true
start: SITE/
commands:
  - open: a
    do:
      - wait: {time: 1s}
      - capture: {title: h1}
settings: {concurrency: 2}
"""
    links = "".join(f"<a href='/p?n={n}'>{n}</a>" for n in range(40))
    with Site({"/": links, "/p": Response("<h1>Page</h1>")}) as site:
        path = live_project.write(text, site)
        process = subprocess.Popen(
            [*CLI, "run", str(path)], cwd=live_project.folder, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        deadline = time.monotonic() + 40
        while sum("n=" in path for path in site.paths) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    with Store.open(live_project.store_url) as store:
        (run,) = list_runs(store)
    assert run.status.name == "STOPPED", output
    assert run.counters["records"] < 40
    assert children_named("chrom") == []
