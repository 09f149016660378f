"""The project that a person or program works in: its settings, its store, its definitions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scrapy.settings import Settings
from scrapy.utils.misc import load_object
from scrapy.utils.project import get_project_settings, inside_project

from sequentum_scrapy.crawl.addon import Addon
from sequentum_scrapy.crawl.catalog import Catalog, agent_files, allowed_settings
from sequentum_scrapy.crawl.project import (
    SPACE,
    definition_folders,
    project_folder,
    run_folder,
    space_of,
    store_url,
)
from sequentum_scrapy.definition import AgentError, Definition, read_definition
from sequentum_scrapy.store import Store

STANDALONE = "sequentum_scrapy.project"
"""The settings module outside of any Scrapy project."""


@dataclass(frozen=True, slots=True)
class Project:
    """A Scrapy project, or the current folder where there is none."""

    settings: Settings

    @classmethod
    def find(
        cls, overrides: Mapping[str, str] | None = None, *, space: str | None = None
    ) -> Project:
        """Return the project around the current folder; ``overrides`` are as ``-s`` of Scrapy.

        ``space`` is the Space to work in, in the place of the project's own (SEQUENTUM_SPACE).
        """
        if "SCRAPY_SETTINGS_MODULE" in os.environ or inside_project():
            try:
                settings = get_project_settings()
            except ImportError as error:
                raise AgentError(
                    f"the settings of this Scrapy project cannot be read: {error}"
                ) from None
        else:
            settings = Settings()
            settings.setmodule(STANDALONE, priority="project")
        settings.setdict(dict(overrides or {}), priority="cmdline")
        if space is not None:
            settings.set(SPACE, space, priority="cmdline")
        return cls(settings)

    @property
    def folder(self) -> Path:
        return project_folder()

    @property
    def space(self) -> str:
        """The name of the Space that is worked in."""
        return space_of(self.settings)

    @property
    def store_url(self) -> str:
        return store_url(self.settings)

    def check_addon(self) -> None:
        """Raise AgentError where the add-on is not enabled, without which no Run can be kept."""
        if not any(load_object(addon) is Addon for addon in self.settings.getdict("ADDONS")):
            raise AgentError(
                'the add-on is not enabled: ADDONS = {"sequentum_scrapy.Addon": 300} in settings.py'
            )

    def open_store(self) -> Store:
        """Open the project's store. Raises StoreError."""
        return Store.open(self.store_url)

    def catalog(self, store: Store | None) -> Catalog:
        return Catalog(self.settings, store)

    def read(self, path: Path) -> Definition:
        """Read a definition file as this project has it. Raises DefinitionError."""
        return read_definition(
            path,
            scrapy_settings=allowed_settings(self.settings),
            folders=definition_folders(self.settings),
        )

    def definition_files(self) -> dict[str, Path]:
        """Return the definition files of the project by Agent name."""
        return agent_files(self.settings)

    def log_file(self, run_id: int) -> Path:
        """Return where the log of a Run goes; its folder is made."""
        folder = run_folder(run_id)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "run.log"
