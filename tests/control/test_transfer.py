"""What import-all refuses: all that is wrong with an export is said, and nothing of it comes in."""

from __future__ import annotations

import json

import pytest

from sequentum_scrapy.control import transfer
from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.store import Store, find_faults, list_agents, publish, restore_version


@pytest.fixture
def folder(project, tmp_path):
    """Return an export of two Agents, of which the first has three versions."""
    with project.open_store() as store:
        for text in (b"one", b"two", b"three"):
            publish(store, "books", text)
        publish(store, "tea", b"tea")
        restore_version(store, 1, 2)
        transfer.export_all(project, store, tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def empty(tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/new.db") as store:
        yield store


def change(folder, *places, line=0):
    """Set a value at a path in a line of an export; without a value take it away."""
    index = folder / "agents.jsonl"
    agents = [json.loads(text) for text in index.read_text().splitlines()]
    for path, *value in places:
        inner = agents[line]
        for key in path[:-1]:
            inner = inner[key]
        if value:
            inner[path[-1]] = value[0]
        else:
            del inner[path[-1]]
    index.write_text("".join(json.dumps(agent) + "\n" for agent in agents))


def refused(project, store, folder):
    with pytest.raises(AgentError) as raised:
        transfer.import_all(project, store, folder)
    assert list_agents(store, archived=True) == []
    prefix = f"{folder / 'agents.jsonl'}:"
    lines = str(raised.value).splitlines()
    assert all(line.startswith(prefix) for line in lines)
    return [line.removeprefix(prefix) for line in lines]


@pytest.mark.parametrize(
    ("places", "fault"),
    [
        ([(["agentId"], -5)], "1: agentId: must be at least 1, not -5"),
        ([(["agentId"], 2**31)], "1: agentId: must be at most 2.14748e+09, not 2147483648"),
        ([(["agentId"], "1")], '1: agentId: expected a whole number, not "1"'),
        ([(["agentId"], 2)], "2: agentId: 2 is that of line 1 too"),
        ([(["name"], "a b/../c")], '1: name: "a b/../c" is no name'),
        ([(["name"], "a\n")], '1: name: "a " is no name'),
        ([(["name"], "tea")], "2: name: tea is that of line 1 too"),
        ([(["activeVersion"], 99)], "1: activeVersion: 99, and its versions are 1 to 3"),
        ([(["activeVersion"], 0)], "1: activeVersion: 0, and its versions are 1 to 3"),
        ([(["archived"], "no")], '1: archived: expected true or false, not "no"'),
        ([(["archived"],)], '1: archived: "archived" is missing'),
        ([(["created"], "yesterday")], "1: created: "),
        ([(["created"], "2026-01-01T00:00:00")], "1: created: "),
        ([(["owner"], "x")], "1: owner: "),
        ([(["format"], 2)], "1: format: 2 is not known here, only 1"),
        ([(["versions"], [])], "1: versions: is empty"),
        (
            [(["versions", 2, "versionNumber"], 7)],
            "1: versions[2].versionNumber: 7, where 3 is due",
        ),
        ([(["versions", 0, "comment"], None)], "1: versions[0].comment: expected a text"),
        (
            [(["versions", 0, "file"], "../store.db")],
            "1: versions[0].file: ../store.db is outside of the folder",
        ),
        ([(["versions", 0, "file"], "books/9.yaml")], "1: versions[0].file: books/9.yaml cannot"),
        ([(["versions", 0, "file"], "a\0b")], "1: versions[0].file: 'a\\x00b' is no path"),
        ([(["versions", 0, "contentHash"], "x")], "1: versions[0].contentHash: "),
        ([(["log", 0, "action"], "sing")], '1: log[0].action: "sing" is none of save, '),
        ([(["log", 0, "versionNumber"], 4)], "1: log[0].versionNumber: 4, and its versions are 1"),
    ],
)
def test_a_fault_is_named_with_file_line_and_field(project, empty, folder, places, fault):
    change(folder, *places)
    (said,) = refused(project, empty, folder)
    assert said.startswith(fault)


def test_all_faults_are_said_at_once(project, empty, folder):
    change(folder, (["activeVersion"], 99), (["versions", 1, "versionNumber"], 3))
    (folder / "books" / "3.yaml").write_text("other")
    change(folder, (["agentId"], -5), (["name"], "a b/../c"), line=1)
    said = refused(project, empty, folder)
    assert [line.split(": ")[:2] for line in said] == [
        ["1", "versions[1].versionNumber"],
        ["1", "activeVersion"],
        ["1", "versions[2].contentHash"],
        ["2", "agentId"],
        ["2", "name"],
    ]


@pytest.mark.parametrize("line", ["", "{", "[]", "3"])
def test_a_line_that_is_no_agent_is_refused(project, empty, folder, line):
    with (folder / "agents.jsonl").open("a") as index:
        index.write(line + "\n")
    (said,) = refused(project, empty, folder)
    assert said.startswith("3: ")


def test_a_sound_one_comes_in_as_it_was(project, empty, folder):
    assert transfer.import_all(project, empty, folder) == (["books", "tea"], 2)
    with project.open_store() as store:
        assert list_agents(empty) == list_agents(store)
    assert list(find_faults(empty)) == []
