"""Peak memory of a crawl that stores 200,000 records, and of one over a file of 1,000,000 rows.

python benchmarks/memory.py [--quick] [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import agent
from server import ROWS_PER_PAGE, serving

TARGET_MIB = 200
ROWS = 1_000_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20,000 records, 20,000 rows")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    pages, rows = (100, 20_000) if options.quick else (1000, ROWS)
    try:
        with serving("rows", pages) as url:
            results = {
                "pages": _measured("rows.yaml", pages * ROWS_PER_PAGE, url=url + "rows/1"),
                "file": _measured("million.yaml", rows),
            }
    except agent.RunFailedError as error:
        print(f"the Agent failed: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(results))
        return 0
    for source, found in results.items():
        print(
            f"{found['records']:,} records of {source} in {found['seconds']:.1f} s "
            f"({found['cpu']:.1f} s CPU), peak {found['peakMiB']:.0f} MiB (target: under {TARGET_MIB})"
        )
    return 0


def _measured(definition: str, expected: int, *, url: str | None = None) -> dict[str, float]:
    """Run an Agent in a folder of its own, beside a file of as many rows as records are expected."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        copy = folder / definition
        copy.write_text((agent.HERE / definition).read_text())
        if url is None:
            with (folder / "rows.csv").open("w") as file:
                file.write("id,name\n")
                file.writelines(f"R{number:07},Row number {number}\n" for number in range(expected))
        cost, summary = agent.run(str(copy), url, folder)
    records = summary["counters"]["records"]
    if records != expected:
        raise agent.RunFailedError(f"{records:,} records, {expected:,} were expected")
    return {
        "records": records, "peakMiB": cost.rss / 2**20, "seconds": cost.wall, "cpu": cost.cpu,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
