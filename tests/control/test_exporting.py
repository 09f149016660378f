"""Files of records that are written from the store."""

from __future__ import annotations

import os
import threading

import pytest

from sequentum_scrapy.control import exporting
from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.store import NewRun, RunWriter, Status, Store, create_run


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/store.db") as opened:
        run_id = create_run(opened, NewRun("books", b"x", "test"))
        writer = RunWriter(opened, run_id)
        writer.start()
        for number in range(3):
            writer.record(b'{"n":%d}' % number)
        writer.finish(Status.COMPLETED)
        yield opened


WHOLE = '{"n": 0}\n{"n": 1}\n{"n": 2}\n'


def test_one_who_still_writes_to_the_old_file_does_not_touch_the_new_one(store, tmp_path):
    path = tmp_path / "out.jsonl"
    kept = tmp_path / "kept.jsonl"
    with path.open("w") as late:
        late.write('{"n": 0}\n')
        late.flush()
        exporting.export(store, 1, [path])
        os.link(path, kept)
        late.write("and much more of what was known before the Run was taken over\n" * 5)
    assert path.read_text() == kept.read_text() == WHOLE
    assert sorted(p.name for p in tmp_path.iterdir() if "jsonl" in p.name) == [
        "kept.jsonl",
        "out.jsonl",
    ]


def test_a_new_file_has_the_mode_of_any_and_a_link_stays_one(store, tmp_path):
    real, link = tmp_path / "real.jsonl", tmp_path / "link.jsonl"
    link.symlink_to(real)
    exporting.export(store, 1, [link])
    assert link.is_symlink()
    assert real.read_text() == WHOLE
    (tmp_path / "plain").touch()
    assert real.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_pipe_is_written_to_as_it_is(store, tmp_path):
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    exporting.export(store, 1, [pipe])
    reader.join(timeout=10)
    assert read == [WHOLE]


def test_a_folder_that_is_gone_is_said_in_a_line(store, tmp_path):
    with pytest.raises(AgentError, match=r"gone/out\.jsonl cannot be written: no such file"):
        exporting.export(store, 1, [tmp_path / "gone" / "out.jsonl"])
