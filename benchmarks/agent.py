"""The command line of an Agent's Run, and what it left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measure import Cost, last_lines, measure

HERE = Path(__file__).parent
SEQUENTUM = str(Path(sysconfig.get_path("scripts")) / "sequentum")


class RunFailedError(Exception):
    """A Run that did not end well; the text says why."""


def run(
    definition: str,
    url: str | None,
    folder: Path,
    *settings: str,
    meter: Callable[..., Cost] = measure,
) -> tuple[Cost, dict[str, Any]]:
    """Run an Agent of this folder with its own store; return its cost and its JSON summary.

    ``settings`` are further ones of Scrapy, as NAME=value; ``meter`` is what runs and measures a
    command as ``measure`` does. Raises RunFailedError.
    """
    command = [
        SEQUENTUM, "run", str(HERE / definition), "--json",
        *(["--input", f"url={url}"] if url else []), "-s", "LOG_LEVEL=INFO", "-s", f"LOG_FILE={folder / 'crawl.log'}",
        *(part for setting in settings for part in ("-s", setting)),
    ]  # fmt: skip
    try:
        cost = meter(command, folder=folder, environment=_environment(folder))
    except FileNotFoundError:
        raise RunFailedError(f"not installed: {SEQUENTUM}") from None
    text = (folder / "stdout").read_text()
    if cost.code != 0:
        raise RunFailedError(f"exit code {cost.code}: {last_lines(folder) or text[-500:]}")
    try:
        return cost, json.loads(text)
    except ValueError:
        raise RunFailedError(f"no JSON on standard output: {text[:200]!r}") from None


def records(run_id: int, folder: Path) -> list[dict[str, Any]]:
    """Return the valid records of a Run, as ``sequentum records`` prints them."""
    command = [SEQUENTUM, "records", str(run_id), "--format", "jsonl"]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **_environment(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RunFailedError(done.stderr[-500:])
    return [json.loads(line) for line in done.stdout.splitlines()]


def _environment(folder: Path) -> dict[str, str]:
    return {"SEQUENTUM_STORE_URL": f"sqlite:///{folder / 'store.db'}"}
