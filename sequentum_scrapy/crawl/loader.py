"""A spider loader that knows a project's Agents as well as its spiders."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from scrapy.exceptions import UsageError
from scrapy.spiderloader import SpiderLoader

from .catalog import agent_files
from .spider import AgentSpider

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.settings import BaseSettings


class AgentSpiderLoader(SpiderLoader):
    """Scrapy's loader, with ``agent`` and a spider for each definition file.

    It is made for every ``scrapy`` call, so it looks at file names only; a definition is read when
    its spider runs.
    """

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__(settings)
        self._agents = agent_files(settings)
        for name, path in [*self._agents.items(), (AgentSpider.name, None)]:
            spider = self._spiders.get(name)
            if spider is not None and not issubclass(spider, AgentSpider):
                agent = f"the Agent in {path}" if path else "the spider that runs Agents"
                raise UsageError(
                    f'"{name}" is the name of both {agent} and the spider '
                    f"{spider.__module__}.{spider.__qualname__}: rename one"
                )

    def load(self, spider_name: str) -> type[Spider]:
        """Return the spider class of a name. Raises KeyError."""
        if spider_name in self._agents:
            return agent_spider(spider_name)
        if spider_name == AgentSpider.name:
            return AgentSpider
        return super().load(spider_name)

    def list(self) -> builtins.list[str]:
        """Return the names of all spiders and Agents."""
        return sorted({*super().list(), *self._agents, AgentSpider.name})


def agent_spider(name: str) -> type[AgentSpider]:
    """Return the spider class that stands for one Agent."""
    return type("AgentSpider", (AgentSpider,), {"name": name, "reference": name})
