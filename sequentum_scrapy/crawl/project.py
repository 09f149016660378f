"""The project around a crawl: its folder, its definitions, its store."""

from __future__ import annotations

import os
from pathlib import Path

from scrapy.settings import BaseSettings
from scrapy.utils.conf import closest_scrapy_cfg

STORE_URL = "SEQUENTUM_STORE_URL"
AGENT_DEFS = "SEQUENTUM_AGENT_DEFS"


def project_folder() -> Path:
    """Return the folder of the project: where the nearest scrapy.cfg is, else the current one."""
    found = closest_scrapy_cfg()
    return Path(found).parent if found else Path.cwd()


def definition_folders(settings: BaseSettings) -> list[Path]:
    """Return the folders of Agent definitions that exist (SEQUENTUM_AGENT_DEFS)."""
    folders = settings.getlist(AGENT_DEFS) or ["agent_defs"]
    paths = (project_folder() / folder for folder in folders)
    return [path for path in paths if path.is_dir()]


def data_folder() -> Path:
    """Return the folder for what runs leave behind: the embedded store and the logs."""
    return project_folder() / ".sequentum"


def store_url(settings: BaseSettings) -> str:
    """Return the store's URL: the Scrapy setting, the environment variable, else the embedded one."""
    url = settings.get(STORE_URL) or os.environ.get(STORE_URL)
    return str(url) if url else f"sqlite:///{data_folder() / 'store.db'}"
