"""Where a project is deployed to: the sections [deploy] and [deploy:NAME] of scrapy.cfg, or a URL."""

from __future__ import annotations

import os
import re
import subprocess
import time
from configparser import Error as ConfigError
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

from scrapy.utils.conf import get_config

from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.definition.words import did_you_mean

DEFAULT = "default"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.*|[^/]+:[0-9]+(/.*)?")


@dataclass(frozen=True, slots=True)
class Target:
    """A scrapyd, and the name and version of the project there; ``url`` ends with a slash and has no password."""

    url: str
    project: str
    version: str
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def find_target(name: str, folder: Path, *, project: str = "", version: str = "") -> Target:
    """Return the target of a name, as scrapyd-client has it, or of a URL. Raises AgentError.

    A version is the option's, else the section's (GIT: as ``git describe`` of ``folder`` says), else the time.
    """
    base, sections = _sections()
    if name in sections:
        values = sections[name]
    elif _URL.fullmatch(name):
        if urlsplit(name if "://" in name else f"//{name}").password is not None:
            raise AgentError(
                "a password on the command line shows in ps: "
                "write url, username and password in a section [deploy:NAME] of scrapy.cfg"
            )
        kept: dict[str, str] = {key: base[key] for key in ("project", "version") if key in base}
        values = {**kept, "url": name}
    else:
        hint = did_you_mean(name, sections) or (
            "scrapy.cfg has no section [deploy] with url = http://localhost:6800/"
        )
        raise AgentError(f'no target "{name}" ({hint})')
    url, username, password = _address(values["url"])
    project = project or values.get("project", "")
    if not project:
        raise AgentError(
            "which project? --project NAME, or project = NAME in [deploy] of scrapy.cfg"
        )
    return Target(
        url,
        project,
        _version(version or values.get("version", ""), folder),
        values.get("username", "") or username,
        values.get("password", "") or password,
    )


def _sections() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return [deploy], and the targets by name; variables of the environment are filled in."""
    try:
        config = get_config()
        found = {
            section: {key: os.path.expandvars(value) for key, value in config.items(section)}
            for section in config.sections()
            if section == "deploy" or section.startswith("deploy:")
        }
    except (ConfigError, UnicodeDecodeError) as error:
        # What the error quotes may be a password.
        raise AgentError(
            f"scrapy.cfg cannot be read: {type(error).__name__} (write %% for a percent sign)"
        ) from None
    base = found.pop("deploy", {})
    named = {section.removeprefix("deploy:"): {**base, **own} for section, own in found.items()}
    sections = {DEFAULT: base, **named}
    return base, {name: values for name, values in sections.items() if values.get("url")}


def _address(text: str) -> tuple[str, str, str]:
    """Return a URL without the name and password that may stand in it, and these."""
    parts = urlsplit(text if "://" in text else f"//{text}")
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    scheme = parts.scheme or ("http" if is_loopback(host) else "https")
    if not host or scheme not in ("http", "https") or parts.query or parts.fragment:
        raise AgentError("the url of a target is as http://localhost:6800/ or https://host/path/")
    shown = f"[{host}]" if ":" in host else host
    place = shown if port is None else f"{shown}:{port}"
    path = f"{parts.path.rstrip('/')}/"
    return f"{scheme}://{place}{path}", unquote(parts.username or ""), unquote(parts.password or "")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _version(given: str, folder: Path) -> str:
    if given == "HG":
        raise AgentError("version = HG is not known here: give --version")
    if given != "GIT":
        return given or str(int(time.time()))
    described = _git(folder, "describe") or f"r{_git(folder, 'rev-list', '--count', 'HEAD')}"
    branch = _git(folder, "rev-parse", "--abbrev-ref", "HEAD")
    if not branch:
        raise AgentError(f"version = GIT, but git knows no commit in {folder}: give --version")
    return f"{described}-{branch}"


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            ["git", *arguments],  # noqa: S607 - the user's git
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
