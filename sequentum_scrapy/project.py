"""Scrapy settings of a project that is nothing but Agents.

The scrapy.cfg of this repository uses it, and ``sequentum`` outside of any project.
"""

BOT_NAME = "sequentum"
ADDONS = {"sequentum_scrapy.Addon": 300}
# Read before any add-on is, so it stands here too.
SPIDER_LOADER_CLASS = "sequentum_scrapy.AgentSpiderLoader"
SPIDER_MODULES: list[str] = []
FEED_EXPORT_ENCODING = "utf-8"
