from __future__ import annotations

from sequentum_scrapy.store import Status
from sequentum_scrapy.store.status import ALIVE


def test_the_numbers_are_those_of_the_wire():
    assert [status.label for status in Status] == [
        "Invalid", "Running", "Exporting", "Starting", "Queuing", "Stopping", "Failure", "Failed",
        "Stopped", "Completed", "Success", "Skipped", "Waiting",
    ]  # fmt: skip
    assert [int(status) for status in Status] == list(range(13))


def test_only_the_final_ones_are_final():
    assert [int(status) for status in Status if status.final] == [6, 7, 8, 9, 10, 11]
    assert not any(status.final for status in ALIVE)
