"""The command demo."""

from __future__ import annotations

import click
import orjson
from rich.markup import escape
from rich.table import Table

from sequentum_scrapy.control import demo, running
from sequentum_scrapy.control.project import Project
from sequentum_scrapy.store import iter_records

from .options import console
from .progress import progress
from .run import GOOD, summarize

_ROWS = 5
_COLUMNS = 6


@click.command("demo")
@click.pass_context
def demo_command(ctx: click.Context) -> None:
    """Crawl a bundled shop: no network, a few seconds, and you see what a Run is.

    It is served on this machine while the command runs; the Run is kept in .sequentum here.
    """
    out = console()
    project = Project.find()
    with demo.demo() as (order, chosen):
        out.print(f"A shop on {order.inputs['url']}, and the Agent {chosen.path}")
        row = running.run(project, order, chosen, progress)
    summarize(project, row)
    with project.open_store() as store:
        records = iter_records(store, row.run_id)
        first = [
            orjson.loads(record.data) for record, _ in zip(records, range(_ROWS), strict=False)
        ]
    if first:
        columns = list(first[0])[:_COLUMNS]
        table = Table(*columns, title=f"The first {len(first)} records", title_justify="left")
        for record in first:
            table.add_row(*(escape(_short(record.get(name))) for name in columns))
        out.print(table)
    ctx.exit(0 if row.status in GOOD else 1)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= 40 else text[:39] + "…"
