"""What became of a Run, from the reason that Scrapy closed its spider for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sequentum_scrapy.crawl.verdict import Evidence, judge, unmet
from sequentum_scrapy.definition.output import Success
from sequentum_scrapy.store import CUT, Counters, Status


def job(failure=None, success=None, **counters):
    agent = SimpleNamespace(output=SimpleNamespace(success=success))
    return SimpleNamespace(
        failure=failure,
        counters=Counters(**{"pages": 1, "records": 1, **counters}),
        program=SimpleNamespace(agent=agent),
    )


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("finished", Status.COMPLETED),
        ("exited", Status.COMPLETED),
        ("limited", Status.COMPLETED),
        ("closespider_timeout", Status.COMPLETED),
        ("closespider_itemcount", Status.COMPLETED),
        ("shutdown", Status.STOPPED),
        ("cancelled", Status.STOPPED),
        ("closespider_errorcount", Status.FAILURE),
        ("memusage_exceeded", Status.FAILURE),
        ("start_error", Status.FAILURE),
        ("whatever a project says", Status.FAILURE),
    ],
)
def test_reasons(reason, status):
    assert judge(job(), reason)[0] is status


def test_a_failure_of_the_run_itself_comes_first():
    assert judge(job(failure="broken"), "finished") == (Status.FAILURE, "broken")


@pytest.mark.parametrize(
    ("counters", "status"),
    [
        ({"errors": 1}, Status.COMPLETED),
        ({"errors": 1, "records": 0}, Status.FAILURE),
        ({"errors": 1, "records": 0, "invalid": 1}, Status.COMPLETED),
        ({"errors": 1, "pages": 0}, Status.FAILURE),
        ({"records": 0}, Status.COMPLETED),
    ],
)
def test_errors_and_not_one_record_are_a_failure(counters, status):
    assert judge(job(**counters), "finished")[0] is status


def test_errors_and_not_one_record_name_the_criteria_too():
    success = Success(min_records=5, max_blocked="5%")
    blocked = job(success=success, records=0, errors=9, blocked=9, requests=9)
    assert judge(blocked, "finished") == (
        Status.FAILURE,
        (
            "min_records: 0 of at least 5; max_blocked: 9 of 9 requests, at most 5%; "
            "errors, and not one record: see its events"
        ),
    )


def test_a_setting_of_this_run_alone_cuts_it():
    success = Success(min_records=5, max_drop="10%")
    cut = judge(job(success=success), "closespider_itemcount", Evidence(usual=9, cut=True))
    assert cut == (Status.SUCCESS, CUT)
    assert (
        judge(job(success=success), "closespider_itemcount", Evidence(usual=9))[0] is Status.FAILURE
    )


def test_a_run_with_nothing_but_invalid_records_says_so():
    assert judge(job(records=0, invalid=3), "finished")[1] == "not one valid record, 3 invalid"
    assert not judge(job(records=1, invalid=3), "finished")[1]


@pytest.mark.parametrize(
    ("records", "coverage", "broken"),
    [
        (0, {}, ["required_coverage: no records to have price, sku"]),
        (4, {"price": 1.0, "sku": 1.0}, []),
        (4, {"price": 0.5, "sku": 1.0}, ["required_coverage: price in 50%, at least 95%"]),
    ],
)
def test_fields_that_records_must_have_need_records(records, coverage, broken):
    success = Success(required_coverage={"price": "95%", "sku": "0%"})
    assert unmet(success, Counters(records=records), Evidence(coverage)) == broken
