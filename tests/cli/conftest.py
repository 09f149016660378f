from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.sites.catalogue import Catalogue, catalogue
from tests.sites.server import Site

AGENT = """\
name: shop
inputs: {{url: {{type: string, default: "{url}"}}}}
start: "{{{{ input.url }}}}"
commands:
  - paginate: li.next a
    do:
      - list: article
        do:
          - open: a
            do:
              - capture:
                  sku: .sku
                  title: h1
                  url: {{page: url}}
output:
  key: [sku]
  schema:
    type: object
    required: [sku, title]
    properties: {{sku: {{type: string}}, title: {{type: string}}, url: {{type: string}}}}
settings: {{robots: ignore}}
"""


@dataclass
class Shell:
    """A terminal in a project folder."""

    folder: Path

    def __call__(self, *arguments: str, code: int = 0, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "sequentum_scrapy.cli", *arguments],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout if code == 0 else done.stdout + done.stderr

    def json(self, *arguments: str, code: int = 0) -> Any:
        text = self(*arguments, "--json", code=code)
        return json.loads(text[: text.rindex("}" if text.lstrip()[0] == "{" else "]") + 1])

    def interrupted(self, *arguments: str, after: float, times: int) -> int:
        """Run a command, press Ctrl-C, and return its exit code."""
        process = subprocess.Popen(
            [sys.executable, "-m", "sequentum_scrapy.cli", *arguments],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        time.sleep(after)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(0.5)
        process.communicate(timeout=30)
        return process.returncode


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = sequentum_scrapy.project\n")
    (tmp_path / "agent_defs").mkdir()
    return Shell(tmp_path)


@pytest.fixture
def site() -> Iterator[Site]:
    with catalogue(Catalogue(products=25, page_size=10)) as site:
        yield site


@pytest.fixture
def shop(shell: Shell, site: Site) -> Path:
    path = shell.folder / "agent_defs" / "shop.yaml"
    path.write_text(AGENT.format(url=site.url))
    return path
