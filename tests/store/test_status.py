from __future__ import annotations

import pytest

from sequentum_scrapy.store import Status, StoreError
from sequentum_scrapy.store.status import follow

FINAL = [s for s in Status if s.final]


def test_the_integers_are_those_of_the_wire():
    assert [(s.value, s.label) for s in Status] == [
        (0, "Invalid"), (1, "Running"), (2, "Exporting"), (3, "Starting"), (4, "Queuing"),
        (5, "Stopping"), (6, "Failure"), (7, "Failed"), (8, "Stopped"), (9, "Completed"),
        (10, "Success"), (11, "Skipped"), (12, "Waiting"),
    ]  # fmt: skip
    assert [s.value for s in FINAL] == [6, 7, 8, 9, 10, 11]


@pytest.mark.parametrize(
    "way",
    [
        "STARTING RUNNING SUCCESS",
        "WAITING QUEUING STARTING RUNNING EXPORTING COMPLETED",
        "RUNNING STOPPING STOPPED RUNNING COMPLETED",
        "RUNNING FAILURE RUNNING STOPPING FAILURE FAILED",
        "WAITING SKIPPED",
        "STOPPING SUCCESS",
    ],
)
def test_a_run_goes_these_ways(way):
    first, *others = (Status[name] for name in way.split())
    for following in others:
        assert follow(first, following) is following
        first = following


@pytest.mark.parametrize("status", list(Status))
def test_a_status_may_be_set_again(status):
    assert follow(status, status) is status


@pytest.mark.parametrize(
    "status", [Status.COMPLETED, Status.SUCCESS, Status.SKIPPED, Status.FAILED]
)
def test_what_came_to_its_end_stays_there(status):
    for other in set(Status) - {status}:
        with pytest.raises(
            StoreError, match=f"a Run that is {status.label} cannot become {other.label}"
        ):
            follow(status, other)


@pytest.mark.parametrize(
    ("now", "new"),
    [
        ("RUNNING", "STARTING"),
        ("STARTING", "SUCCESS"),
        ("STOPPED", "SUCCESS"),
        ("FAILURE", "STOPPED"),
    ],
)
def test_what_cannot_follow_is_an_error(now, new):
    with pytest.raises(StoreError):
        follow(Status[now], Status[new])
