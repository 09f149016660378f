"""Editing a published Agent: what is saved, what is refused, and that no text is lost."""

from __future__ import annotations

import pytest

from sequentum_scrapy.control import editing, lifecycle
from sequentum_scrapy.definition import AgentError
from sequentum_scrapy.store import (
    Store,
    create_space,
    find_agent,
    get_version,
    list_agents,
    list_versions,
    move_agent,
    publish,
    rename_agent,
    restore_version,
    set_archived,
)

TEXT = b"name: shop\nstart: https://shop.example/\ncommands:\n  - capture: {title: h1}\n"
OTHER = TEXT.replace(b"h1", b"h3")


@pytest.fixture
def store(project):
    with project.open_store() as store:
        publish(store, "shop", TEXT, author="ann")
        yield store


@pytest.fixture
def kept(tmp_path):
    return tmp_path / ".sequentum" / "edited" / "shop.yaml"


def replaced(old, new, meanwhile=None):
    """Return a person who replaces a piece of the text, while somebody else does something."""

    def ask(path, wrong):
        if wrong:
            return False
        path.write_bytes(path.read_bytes().replace(old, new))
        if meanwhile is not None:
            meanwhile()
        return True

    return ask


def refused(project, store, ask):
    with pytest.raises(AgentError) as raised:
        editing.edit(project, store, "shop", ask)
    return str(raised.value)


def publish_and_restore(store):
    publish(store, "shop", OTHER)
    publish(store, "shop", OTHER + b"# 3\n")
    restore_version(store, 1, 2, author="bob")


@pytest.mark.parametrize(
    ("meanwhile", "message"),
    [
        (
            lambda store: set_archived(store, 1, archived=True),
            'the Agent "shop" is archived: unarchive it first (sequentum unarchive shop)',
        ),
        (
            lambda store: rename_agent(store, 1, "store", OTHER, author="bob"),
            '"shop" was renamed to "store" by bob meanwhile',
        ),
        (
            lambda store: publish(store, "shop", OTHER, author="bob"),
            'version 2 of "shop" was saved by bob meanwhile',
        ),
        (
            lambda store: publish(store, "shop", OTHER),
            'version 2 of "shop" was saved by somebody meanwhile',
        ),
        (publish_and_restore, 'version 2 of "shop" was made active by bob meanwhile'),
    ],
)
def test_what_somebody_did_meanwhile_is_not_undone_and_the_text_is_kept(
    project, store, kept, meanwhile, message
):
    versions = []

    def then():
        meanwhile(store)
        versions.append(list_versions(store, 1))

    said = refused(project, store, replaced(b"h1", b"h2", then))
    assert said == f"{message}; nothing was saved; your text is in {kept}"
    assert kept.read_bytes() == TEXT.replace(b"h1", b"h2")
    assert list_versions(store, 1) == versions[0]
    assert len(list_agents(store, archived=True)) == 1


def test_the_check_is_in_the_transaction_that_saves(project, store, kept, monkeypatch):
    saving = Store.writing
    others = iter([lambda: publish(store, "shop", OTHER, author="bob")])

    def writing(self):
        # Somebody is quicker at the last moment before it.
        for other in others:
            other()
        return saving(self)

    monkeypatch.setattr(Store, "writing", writing)
    said = refused(project, store, replaced(b"h1", b"h2"))
    assert said.startswith('version 2 of "shop" was saved by bob meanwhile')
    assert kept.exists()


def test_what_leaves_the_agent_as_it_was_is_in_nobodys_way(project, store):
    create_space(store, "team")

    def then():
        publish(store, "shop", OTHER)
        restore_version(store, 1, 1)
        move_agent(store, 1, "team")

    done = editing.edit(project, store, "shop", replaced(b"h1", b"h2", then))
    assert (done.agent_id, done.version_number, done.created) == (1, 3, True)
    assert find_agent(store, "shop", space="team").active_version == 3
    assert list_agents(store) == []


def test_an_editor_that_fails_in_the_second_round_loses_nothing(project, store, kept):
    def ask(path, wrong):
        if wrong:
            raise AgentError("vi: Editing failed")
        path.write_bytes(b"captur: x")
        return True

    said = refused(project, store, ask)
    assert said == f"vi: Editing failed; nothing was saved; your text is in {kept}"
    assert kept.read_bytes() == b"captur: x"


def test_an_editor_that_fails_after_it_saved_loses_nothing(project, store, kept):
    def ask(path, wrong):
        path.write_bytes(b"half done")
        raise AgentError("vi: Editing failed")

    assert refused(project, store, ask).endswith(f"your text is in {kept}")
    assert kept.read_bytes() == b"half done"


def test_an_editor_that_is_missing_leaves_nothing_behind(project, store, kept):
    def ask(path, wrong):
        raise AgentError("vi: not found")

    assert refused(project, store, ask) == "vi: not found"
    assert not kept.exists()


def test_a_text_that_was_kept_is_not_written_over(project, store, kept):
    refused(project, store, replaced(b"capture", b"captur"))
    first = kept.read_bytes()
    said = refused(project, store, replaced(b"capture", b"catch"))
    second = kept.with_name("shop-2.yaml")
    assert said.endswith(f"given up; nothing was saved; your text is in {second}")
    assert (kept.read_bytes(), b"catch" in second.read_bytes()) == (first, True)
    assert editing.edit(project, store, "shop", replaced(b"h1", b"h2")).version_number == 2
    assert sorted(path.name for path in kept.parent.iterdir()) == ["shop-2.yaml", "shop.yaml"]


LAYOUTS = {
    "crlf": TEXT.replace(b"\n", b"\r\n"),
    "bom": b"\xef\xbb\xbf" + TEXT,
    "no final newline": TEXT.removesuffix(b"\n"),
}


@pytest.fixture(params=LAYOUTS)
def layout(request, store):
    text = LAYOUTS[request.param]
    publish(store, "shop", text)
    return text


def save_as_editors_do(path):
    """Write plain lines with a final newline."""
    text = path.read_text("utf-8-sig")
    path.write_text(text if text.endswith("\n") else text + "\n", "utf-8", newline="\n")


@pytest.mark.parametrize("touch", [lambda path: None, save_as_editors_do])
def test_an_unchanged_text_of_any_layout_makes_no_version(project, store, layout, touch, kept):
    def ask(path, wrong):
        assert path.read_bytes() == layout
        touch(path)
        return True

    done = editing.edit(project, store, "shop", ask)
    assert (done.version_number, done.created) == (2, False)
    assert get_version(store, 1).text == layout
    assert not kept.exists()


def test_the_layout_of_an_edited_text_is_as_the_editor_left_it(project, store, layout):
    assert editing.edit(project, store, "shop", replaced(b"h1", b"h2")).version_number == 3
    assert get_version(store, 1).text == layout.replace(b"h1", b"h2")
    assert lifecycle.version(project, store, "shop", 2).text == layout
