from __future__ import annotations

import pytest

from sequentum_scrapy.store import (
    Coverage,
    NewFile,
    RunWriter,
    Status,
    StoreError,
    add_file,
    get_coverage,
    list_files,
)


def test_files_are_listed_by_path_and_the_newest_of_a_path_counts(store, run_id):
    add_file(store, run_id, NewFile("pages/1.html", "page", 10, "http://a/", "start"))
    add_file(store, run_id, NewFile("run.log", "log", 0))
    add_file(store, run_id, NewFile("pages/1.html", "page", 12))
    assert [(f.path, f.kind, f.size, f.url) for f in list_files(store, run_id)] == [
        ("pages/1.html", "page", 12, ""),
        ("run.log", "log", 0, ""),
    ]
    assert all(f.created is not None for f in list_files(store, run_id))


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "", "a\\b"])
def test_a_path_that_leaves_the_folder_of_the_run_is_refused(store, run_id, path):
    with pytest.raises(StoreError, match="is not inside the folder of the Run"):
        add_file(store, run_id, NewFile(path, "page", 1))
    assert list_files(store, run_id) == []


def test_a_writer_enters_files_with_its_batches(store, run_id):
    writer = RunWriter(store, run_id)
    writer.start()
    writer.file(NewFile("downloads/a.pdf", "download", 5, "http://a/a.pdf"))
    writer.flush()
    assert [f.path for f in list_files(store, run_id)] == ["downloads/a.pdf"]
    writer.finish(Status.COMPLETED)


def test_coverage_is_the_share_of_records_that_have_a_field(store, run_id):
    writer = RunWriter(store, run_id)
    writer.start()
    for number in range(4):
        fields = ["sku", "price"] if number else ["sku"]
        writer.coverage.add("", fields)
        writer.counters.records += 1
        writer.record(b"{}")
    writer.coverage.add("review", [])
    writer.finish(Status.COMPLETED)
    assert get_coverage(store, run_id) == {("", "sku"): 1.0, ("", "price"): 0.75}
    assert get_coverage(store, 99) == {}


def test_coverage_counts_shapes():
    coverage = Coverage()
    for fields in (["a", "b"], ["a"], ["a", "b"]):
        coverage.add("", fields)
    assert sorted(coverage.values()) == [("", "", 3), ("", "a", 3), ("", "b", 2)]
