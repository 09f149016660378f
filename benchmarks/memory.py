"""Peak memory of a crawl that stores 200,000 records.

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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20,000 records")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    pages = 100 if options.quick else 1000
    expected = pages * ROWS_PER_PAGE
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, serving("rows", pages) as url:
        try:
            cost, summary = agent.run("rows.yaml", url + "rows/1", Path(name))
        except agent.RunFailedError as error:
            print(f"the Agent failed: {error}", file=sys.stderr)
            return 1
    records, peak = summary["counters"]["records"], cost.rss / 2**20
    if options.json:
        print(json.dumps({"records": records, "peakMiB": peak, "seconds": cost.wall}))
    else:
        print(
            f"{records:,} records in {cost.wall:.1f} s ({cost.cpu:.1f} s CPU), "
            f"peak {peak:.0f} MiB (target: under {TARGET_MIB})"
        )
    if records != expected:
        print(f"{expected:,} records were expected", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
