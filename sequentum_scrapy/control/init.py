"""A new project."""

from __future__ import annotations

import re
from pathlib import Path

from sequentum_scrapy.definition import AgentError

_CFG = """[settings]
default = {name}.settings
"""
_SETTINGS = """BOT_NAME = "{name}"

SPIDER_MODULES = ["{name}.spiders"]
NEWSPIDER_MODULE = "{name}.spiders"

# Runs Agents: pipelines, store, good defaults.
ADDONS = {{"sequentum_scrapy.Addon": 300}}
# Scrapy reads this one before it reads add-ons.
SPIDER_LOADER_CLASS = "sequentum_scrapy.AgentSpiderLoader"

# Where Runs and records go; absent: .sequentum/store.db beside scrapy.cfg.
# SEQUENTUM_STORE_URL = "postgresql+psycopg://user@host/database"
"""
_IGNORE = """__pycache__/
.scrapy/
.sequentum/
"""
_EXAMPLE = """name: quotes
description: Every quote of a site made for practising, with its author.
start: https://quotes.toscrape.com/

commands:
  - paginate: li.next a          # the link to the next page
    max_pages: 20
    do:
      - list: .quote             # once for each; selections below are relative to it
        do:
          - capture:
              text: .text
              author: .author
              tags: {css: .tag, all: true, optional: true}

output:
  key: [text]
  schema:
    type: object
    required: [text, author]
    properties:
      text: {type: string, minLength: 1}
      author: {type: string}
      tags: {type: array, items: {type: string}}
  success: {min_records: 50}

tests:                           # sequentum test
  - name: one quote
    url: https://quotes.toscrape.com/
    html: |
      <div class="quote">
        <span class="text">Simplicity is prerequisite for reliability.</span>
        <small class="author">Edsger W. Dijkstra</small>
        <a class="tag">simplicity</a>
      </div>
    records:
      - text: Simplicity is prerequisite for reliability.
        author: Edsger W. Dijkstra
        tags: [simplicity]
"""


def init(folder: Path) -> list[Path]:
    """Make a project in a folder that is empty or not there; return its files. Raises AgentError."""
    name = re.sub(r"\W+", "_", folder.absolute().name).strip("_").lower()
    if not name or not name.isidentifier():
        raise AgentError(
            f'"{folder.name}" cannot be the name of a Python package: begin with a letter'
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AgentError(f"{folder} is there already, and not empty")
    files = {
        "scrapy.cfg": _CFG.format(name=name),
        ".gitignore": _IGNORE,
        f"{name}/__init__.py": "",
        f"{name}/settings.py": _SETTINGS.format(name=name),
        f"{name}/spiders/__init__.py": "",
        "agent_defs/quotes.yaml": _EXAMPLE,
    }
    for file, text in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return [folder / file for file in files]
