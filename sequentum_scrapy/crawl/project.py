"""The project around a crawl: its folder, its definitions, its store."""

from __future__ import annotations

import os
from pathlib import Path

from scrapy.settings import BaseSettings
from scrapy.utils.conf import closest_scrapy_cfg

from sequentum_scrapy.store import DEFAULT_SPACE

from .resources import PACKAGE, package_folder

STORE_URL = "SEQUENTUM_STORE_URL"
SPACE = "SEQUENTUM_SPACE"
AGENT_DEFS = "SEQUENTUM_AGENT_DEFS"


def project_folder() -> Path:
    """Return the folder of the project: where the nearest scrapy.cfg is, else the current one."""
    found = closest_scrapy_cfg()
    return Path(found).parent if found else Path.cwd()


def definition_folders(settings: BaseSettings) -> list[Path]:
    """Return the folders of Agent definitions that exist (SEQUENTUM_AGENT_DEFS).

    Raises AgentError for one of a package (``package:shop.agent_defs``) that is not there.
    """
    paths = (_definition_folder(name) for name in definition_names(settings))
    return [path for path in paths if path.is_dir()]


def definition_names(settings: BaseSettings) -> list[str]:
    """Return the folders of Agent definitions as the project names them."""
    return settings.getlist(AGENT_DEFS) or ["agent_defs"]


def _definition_folder(name: str) -> Path:
    if name.startswith(PACKAGE):
        return package_folder(name.removeprefix(PACKAGE))
    return project_folder() / name


def data_folder() -> Path:
    """Return the folder for what runs leave behind: the embedded store and the logs."""
    return project_folder() / ".sequentum"


def run_folder(run_id: int | None) -> Path:
    """Return the folder for what a Run leaves behind in files, None: a page that is tried; it need not be there."""
    return data_folder() / ("try" if run_id is None else f"runs/{run_id}")


def log_name(log_file: str | None, run_id: int) -> str | None:
    """Return what is kept of where the log of a Run goes: its name in the Run's own folder, else the whole path."""
    if not log_file:
        return None
    path = Path(log_file).absolute()
    return path.name if path.parent == run_folder(run_id).absolute() else str(path)


def space_of(settings: BaseSettings) -> str:
    """Return the Space to work in (SEQUENTUM_SPACE): the Scrapy setting, the environment variable, else the default."""
    return str(settings.get(SPACE) or os.environ.get(SPACE) or DEFAULT_SPACE)


def store_url(settings: BaseSettings) -> str:
    """Return the store's URL: the Scrapy setting, the environment variable, else the embedded one."""
    url = settings.get(STORE_URL) or os.environ.get(STORE_URL)
    return str(url) if url else f"sqlite:///{data_folder() / 'store.db'}"
