from __future__ import annotations

import json

import pytest
from sqlalchemy import select, update

from sequentum_scrapy.store import (
    Published,
    Store,
    StoreError,
    create_space,
    find_agent,
    get_version,
    hash_of,
    list_agents,
    list_spaces,
    list_versions,
    publish,
)
from sequentum_scrapy.store.tables import agents

PUBLISH = """
import json, sys
from sequentum_scrapy.store import Store, publish
url, text, number = sys.argv[1:]
with Store.open(url) as store:
    print("ready", flush=True)
    input()
    texts = [text.format(process=number, turn=turn).encode() for turn in range(8)]
    done = [publish(store, "books", one) for one in texts]
print(json.dumps([[one.agent_id, one.version_number, one.created] for one in done]))
"""


def test_the_first_publish_gives_version_1_and_an_integer_agent_id(store):
    assert publish(store, "books", b"one") == Published(1, 1, created=True)
    assert publish(store, "other", b"one") == Published(2, 1, created=True)
    assert publish(store, "books", b"two") == Published(1, 2, created=True)


def test_nothing_changed_makes_no_version(store):
    publish(store, "books", b"one")
    assert publish(store, "books", b"one", comment="again") == Published(1, 1, created=False)
    assert len(list_versions(store, 1)) == 1


def test_the_text_of_an_older_version_is_a_new_version(store):
    for text in (b"one", b"two", b"one"):
        published = publish(store, "books", text)
    assert published == Published(1, 3, created=True)
    hashes = [version.content_hash for version in list_versions(store, 1)]
    assert hashes == [hash_of(b"one"), hash_of(b"two"), hash_of(b"one")]


def test_after_an_earlier_version_was_made_active_the_next_is_still_the_highest(store):
    for text in (b"one", b"two"):
        publish(store, "books", text)
    with store.writing() as connection:
        connection.execute(update(agents).values(active_version=1))
    assert publish(store, "books", b"one") == Published(1, 1, created=False)
    assert publish(store, "books", b"two") == Published(1, 3, created=True)
    assert find_agent(store, "books").active_version == 3


def test_an_archived_agent_is_not_published(store):
    publish(store, "books", b"one")
    with store.writing() as connection:
        connection.execute(update(agents).values(archived=True))
    with pytest.raises(StoreError, match='"books" is archived'):
        publish(store, "books", b"two")
    assert find_agent(store, "books").archived
    assert len(list_versions(store, 1)) == 1


def test_an_agent_is_found_by_name_and_by_id(store):
    publish(store, "books", b"one")
    publish(store, "2024", b"one")
    found = find_agent(store, "books")
    assert (found.agent_id, found.name, found.space) == (1, "books", "default")
    assert (found.active_version, found.latest_version, found.archived) == (1, 1, False)
    assert find_agent(store, 1) == find_agent(store, "1") == found
    assert find_agent(store, "2024").agent_id == 2


@pytest.mark.parametrize("reference", ["nobody", "", 7, "7", -1, 10**30, "9" * 5000, "²"])
def test_an_agent_that_is_not_there_is_none(store, reference):
    publish(store, "books", b"one")
    assert find_agent(store, reference) is None


def test_spaces_keep_agents_of_one_name_apart(store):
    create_space(store, "team")
    publish(store, "books", b"one")
    assert publish(store, "books", b"other", space="team") == Published(2, 1, created=True)
    assert [agent.agent_id for agent in list_agents(store, space="team")] == [2]
    assert find_agent(store, "books", space="team").agent_id == 2
    assert find_agent(store, 2) is None
    assert list_agents(store, space="nowhere") == []


def test_agents_are_listed_by_name_with_what_they_are_at(store):
    for name, text in (("tea", b"1"), ("books", b"1"), ("tea", b"2")):
        publish(store, name, text)
    listed = [(a.name, a.active_version, a.latest_version) for a in list_agents(store)]
    assert listed == [("books", 1, 1), ("tea", 2, 2)]
    tea = find_agent(store, "tea")
    assert tea.updated > tea.created


def test_names_are_in_the_order_of_their_code_points_whatever_the_database_has(linguistic_url):
    names = ["B", "a-b", "a_b", "ab", "A", "b", "a-c", "9", "Z", "_x", "ä", "z"]
    with Store.open(linguistic_url) as store:
        for name in names:
            publish(store, name, name.encode())
            create_space(store, name)
        found, after = [], ""
        while page := [agent.name for agent in list_agents(store, limit=2, after=after)]:
            found += page
            after = page[-1]
        assert found == sorted(names)
        assert [space.name for space in list_spaces(store)] == sorted([*names, "default"])
        with store.reading() as connection:
            # The database itself has another order.
            ordered = connection.scalars(select(agents.c.name).order_by(agents.c.name)).all()
        assert ordered != sorted(names)


def test_a_version_is_read_back_byte_for_byte(store):
    publish(store, "books", b"\xef\xbb\xbfone\r\n", author="ann", comment="first")
    publish(store, "books", b"two")
    first = get_version(store, 1, 1)
    assert (first.text, first.author, first.comment) == (b"\xef\xbb\xbfone\r\n", "ann", "first")
    assert not first.active
    active = get_version(store, 1)
    assert (active.version_number, active.text, active.active) == (2, b"two", True)


@pytest.mark.parametrize(("agent_id", "number"), [(1, 2), (1, 0), (2, None), (2, 1)])
def test_a_version_that_is_not_there_is_an_error(store, agent_id, number):
    publish(store, "books", b"one")
    with pytest.raises(StoreError, match=f"agentId {agent_id}"):
        get_version(store, agent_id, number)


def test_processes_that_publish_at_the_same_time_number_their_versions_without_a_gap(
    store, store_url, processes
):
    answers = processes.together(PUBLISH, store_url, "text {process}/{turn}")
    done = [tuple(one) for answer in answers for one in json.loads(answer)]
    assert sorted(number for _, number, _ in done) == list(range(1, 33))
    assert {(agent_id, created) for agent_id, _, created in done} == {(1, True)}
    numbers = [version.version_number for version in list_versions(store, 1)]
    assert numbers == list(range(32, 0, -1))


def test_processes_that_publish_the_same_text_make_one_version(store, store_url, processes):
    answers = processes.together(PUBLISH, store_url, "the same")
    done = [tuple(one) for answer in answers for one in json.loads(answer)]
    assert {number for _, number, _ in done} == {1}
    assert sum(created for _, _, created in done) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE agent_versions SET comment = 'changed'",
        "UPDATE agent_versions SET version_number = 7",
        "DELETE FROM agent_versions",
        "UPDATE definitions SET text = content_hash",
        "DELETE FROM definitions",
        "TRUNCATE agent_versions",
        "TRUNCATE definitions CASCADE",
    ],
)
def test_the_database_itself_refuses_to_change_a_version(store, statement):
    publish(store, "books", b"one", comment="first")
    if statement.startswith("TRUNCATE") and store.engine.dialect.name == "sqlite":
        statement = "DELETE FROM agent_versions WHERE true"
    if statement.startswith("UPDATE definitions"):
        statement = "UPDATE definitions SET size = 7"
    with pytest.raises(StoreError, match="immutable"), store.writing() as connection:
        connection.exec_driver_sql(statement)
    version = get_version(store, 1, 1)
    assert (version.text, version.comment) == (b"one", "first")
