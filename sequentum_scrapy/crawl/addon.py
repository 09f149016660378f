"""The add-on: ``ADDONS = {"sequentum_scrapy.Addon": 300}`` makes any Scrapy project run Agents."""

from __future__ import annotations

from typing import Any

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from scrapy.settings.default_settings import REQUEST_FINGERPRINTER_CLASS

from .fingerprint import FALLBACK, RequestFingerprinter
from .loader import AgentSpiderLoader
from .logformatter import LogFormatter
from .pipelines import DuplicatesPipeline, StorePipeline, ValidationPipeline
from .recorder import RunRecorder

DEFAULTS: dict[str, Any] = {
    # Scrapy starts this many tasks for every response.
    "CONCURRENT_ITEMS": 1,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "DOWNLOAD_MAXSIZE": 32 * 1024 * 1024,
    "LOG_FORMATTER": LogFormatter,
    # Both run code for any user of the machine.
    "REMOTE_CONTROL_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "WARN_ON_GENERATOR_RETURN_VALUE": False,
}
"""Defaults of a project with Agents, over Scrapy's and under the project's own."""

PIPELINES = ((ValidationPipeline, 100), (DuplicatesPipeline, 110), (StorePipeline, 900))


class Addon:
    """Wires the parts into a project, and overrides nothing that the project sets."""

    def update_settings(self, settings: BaseSettings) -> None:
        for name, value in DEFAULTS.items():
            settings.set(name, value, priority="addon")
        for pipeline, order in PIPELINES:
            settings.setdefault_in_component_priority_dict("ITEM_PIPELINES", pipeline, order)
        settings.setdefault_in_component_priority_dict("EXTENSIONS", RunRecorder, 0)
        own = settings[FINGERPRINTER]
        if own not in (RequestFingerprinter, REQUEST_FINGERPRINTER_CLASS):
            settings.set(FALLBACK, own, priority="addon")
        # The project's own class goes on telling its own requests apart.
        settings.set(FINGERPRINTER, RequestFingerprinter, _at_least_addon(settings, FINGERPRINTER))

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        settings.set("SPIDER_LOADER_CLASS", AgentSpiderLoader, priority="addon")


FINGERPRINTER = "REQUEST_FINGERPRINTER_CLASS"


def _at_least_addon(settings: BaseSettings, name: str) -> int:
    return max(settings.getpriority(name) or 0, SETTINGS_PRIORITIES["addon"])
