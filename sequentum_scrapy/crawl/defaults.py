"""The project's defaults for the settings of its Agents."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from scrapy.settings import BaseSettings

from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.definition.agent import Agent
from sequentum_scrapy.definition.browser import TRUSTED
from sequentum_scrapy.definition.settings import Settings

DEFAULTS_SETTING = "SEQUENTUM_DEFAULTS"


def with_defaults(agent: Agent, settings: BaseSettings) -> Agent:
    """Return an Agent whose settings are its own over the project's (SEQUENTUM_DEFAULTS).

    Raises AgentError where the project's do not hold.
    """
    given: dict[str, Any] = settings.getdict(DEFAULTS_SETTING)
    if not given:
        return agent
    try:
        # The project may say which program runs.
        defaults = Settings.model_validate(given, context={"scrapy_settings": TRUSTED})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"] if not str(part).startswith("<"))
        raise AgentError(f"the project's {DEFAULTS_SETTING}: {place}: {first['msg']}") from None
    own = agent.settings.model_fields_set
    taken = {name: getattr(defaults, name) for name in defaults.model_fields_set - own}
    both = agent.settings.browser, defaults.browser
    if both[0] is not None and both[1] is not None:
        of_agent = {name: getattr(both[0], name) for name in both[0].model_fields_set}
        taken["browser"] = both[1].model_copy(update=of_agent)
    return agent.model_copy(update={"settings": agent.settings.model_copy(update=taken)})
