"""Commands for an author: try and test."""

from __future__ import annotations

import time
from pathlib import Path

import click
import orjson
from rich.markup import escape
from rich.table import Table

from sequentum_scrapy.control import offline, trying
from sequentum_scrapy.control.live_trying import Looks
from sequentum_scrapy.control.project import Project
from sequentum_scrapy.crawl.scripts import allowed_modules
from sequentum_scrapy.definition import AgentError, resolve_inputs
from sequentum_scrapy.definition.modes import uses_browser

from .options import console, input_option, settings_option

_LINKS = 5


@click.command("try")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--url", required=True, help="The page to try.")
@click.option(
    "--at", help="The command whose page it is, by address or name; absent: what fits best."
)
@input_option
@click.option("--save", "name", help="Save the page and its records as a test of this name.")
@click.option("--headed", is_flag=True, help="Show the window of the browser.")
@click.option("--trace", is_flag=True, help="Save a trace of what the browser does.")
@click.option("--screenshot", is_flag=True, help="Save a picture of the page at the end.")
@settings_option
def try_command(
    file: Path,
    *,
    url: str,
    at: str | None,
    inputs: tuple[tuple[str, str], ...],
    name: str | None,
    headed: bool,
    trace: bool,
    screenshot: bool,
    settings: tuple[tuple[str, str], ...],
) -> None:
    """Run the commands of a definition FILE on one page, and show what each of them found.

    \b
    sequentum try agent_defs/books.yaml --url https://books.toscrape.com/ --save front-page
    """
    project = Project.find(dict(settings))
    definition = project.read(file)
    resolved = resolve_inputs(definition.agent, dict(inputs))
    if uses_browser(definition.agent):
        looks = Looks(headed, trace, screenshot)
        trial = trying.try_live(project, definition, url, at=at, inputs=resolved, looks=looks)
    elif headed or trace or screenshot:
        raise AgentError("no page of this Agent is opened in a browser: say browser: true in it")
    else:
        page = trying.fetch(project, definition, url)
        scripts = allowed_modules(project.settings)
        trial = trying.try_page(definition, page, at=at, inputs=resolved, scripts=scripts)
    _show(trial)
    for path in trial.files:
        click.echo(f"saved {path}")
    if name is not None:
        saved = trying.save_test(file, definition, trial, name)
        click.echo(f'saved as the test "{name}": {saved}')


def _show(trial: trying.Trial) -> None:
    out = console()
    out.print(
        f"{trial.page.url}: HTTP {trial.page.status}, {len(trial.page.body):,} bytes, at [bold]{escape(trial.at)}[/]"
    )
    table = Table("command", "written", "matched", "value", show_lines=False)
    for line in trial.lines:
        style = "" if line.matched else "red" if line.failed or not line.matched else ""
        table.add_row(
            escape(_place(line.address, trial.at)),
            escape(_short(line.written)),
            f"{line.matched:,}",
            escape(_short(line.value)),
            style=style,
        )
    out.print(table)
    for level, address, what, detail in trial.findings.events:
        out.print(escape(f"{level} {address}: {what} {detail}".rstrip()))
    for number, visit in enumerate(trial.findings.visits):
        if number == _LINKS:
            out.print(f"… and {len(trial.findings.visits) - _LINKS:,} more links")
            break
        out.print(escape(f"link {visit.url}  ->  {visit.at}"))
    wrong = {number for number, _ in trial.invalid}
    for number, record in enumerate(trial.findings.records):
        mark = "[red]invalid[/]" if number in wrong else "[green]valid[/]"
        out.print(f"{mark} " + escape(orjson.dumps(record, option=orjson.OPT_INDENT_2).decode()))
    for number, why in trial.invalid:
        out.print(escape(f"record {number + 1}: {why}"))


def _place(address: str, at: str) -> str:
    """Return an address from the page's commands on, and of a field its name: the part that tells."""
    if ".capture." in address:
        return address.partition(".capture.")[2].replace(".fields", "")
    container = at.rpartition(".")[0]
    return address.removeprefix(f"{container}.") if container else address


def _short(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= 60 else text[:59] + "…"


@click.command("test")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.pass_context
def test_command(ctx: click.Context, files: tuple[Path, ...]) -> None:
    """Run the tests of definition FILES (absent: of the project) offline; exit code 1 if one differs."""
    project = Project.find()
    paths = list(files) or list(project.definition_files().values())
    failed = passed = 0
    for path in paths:
        definition = project.read(path)
        begin = time.perf_counter()
        results = offline.run_tests(definition, allowed_modules(project.settings))
        spent = (time.perf_counter() - begin) * 1000
        for result in results:
            failed += bool(result.differences)
            passed += not result.differences
            click.echo(f"{'FAILED' if result.differences else 'passed'} {path}: {result.name}")
            for difference in result.differences:
                click.echo(f"    {difference}")
        if results:
            click.echo(f"{path}: {len(results)} in {spent:.0f} ms")
    if not failed + passed:
        raise AgentError(
            "no tests here: write them under tests:, or save one with sequentum try --save"
        )
    click.echo(f"{passed} passed, {failed} failed")
    ctx.exit(1 if failed else 0)
