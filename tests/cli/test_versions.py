"""The commands on published Agents, as a person types them."""

from __future__ import annotations

import json
import os
import stat

import pytest

from sequentum_scrapy.store import NewRun, Status, Store, create_run, end_run


@pytest.fixture
def three(shell, shop):
    """Publish three versions of an Agent; return the texts."""
    texts = [shop.read_text()]
    texts.append(texts[0].replace("title: h1", "title: h1 # the big one"))
    texts.append(texts[1].replace("sku: .sku", "sku: {css: .sku, as: text}"))
    for number, text in enumerate(texts, 1):
        shop.write_text(text)
        shell("publish", "shop", "--comment", f"comment {number}")
    return texts


def editor(folder, script):
    """Return the path of an editor that does what a piece of Python does to ``text``."""
    path = folder / "editor"
    path.write_text(
        "#!/usr/bin/env python3\nimport pathlib, sys\npath = pathlib.Path(sys.argv[1])\n"
        f"text = path.read_text()\n{script}\npath.write_text(text)\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_versions_and_their_texts(shell, three):
    rows = [line.split("\t") for line in shell("versions", "shop").splitlines()]
    assert [(row[0], row[1], row[-1]) for row in rows] == [
        ("3", "active", "comment 3"),
        ("2", "", "comment 2"),
        ("1", "", "comment 1"),
    ]
    assert shell("show", "shop") == three[2]
    assert shell("show", "shop", "--version", "1") == three[0]
    assert '"shop" has no version 4: the highest is 3' in shell(
        "show", "shop", "--version", "4", code=2
    )
    assert shell.json("versions", "shop")[0]["size"] == len(three[2])


def test_diff_by_command_and_by_line(shell, three):
    where = "commands[0].do[0].do[0].do[0].capture.sku"
    assert shell("diff", "shop", "1", "3") == f'~ {where}  ".sku" -> {{"css":".sku","as":"text"}}\n'
    assert shell("diff", "shop", "2") == shell("diff", "shop", "1", "3")
    assert shell("diff", "shop", "1", "2") == "nothing changed but comments or layout\n"
    assert shell("diff", "shop", "2", "2") == "nothing changed\n"
    assert "+                  title: h1 # the big one" in shell("diff", "shop", "1", "2", "--text")
    (change,) = shell.json("diff", "shop", "1", "3")
    assert (change["kind"], change["address"], change["old"]) == ("changed", where, ".sku")


def test_restore_and_the_log(shell, three, shop):
    assert (
        shell("restore", "shop", "1", "--comment", "3 is broken") == "version 1 of shop is active\n"
    )
    assert shell("restore", "shop", "1") == "version 1 of shop was active already\n"
    assert "has no version 9" in shell("restore", "shop", "9", code=2)
    assert "1 of 3" in shell("list")
    run = json.loads(shell("run", "shop", "--json"))
    assert run["versionNumber"] == 1
    assert shell("publish", "shop").startswith("published version 4 of shop")
    log = shell.json("log", "shop")
    assert [(row["action"], row["versionNumber"]) for row in log] == [
        ("save", 4), ("restore", 1), ("save", 3), ("save", 2), ("save", 1),
    ]  # fmt: skip
    assert "3 is broken" in shell("log", "shop")


def test_an_archived_agent_is_neither_run_nor_edited(shell, three, site):
    assert shell("archive", "shop") == "shop is archived\n"
    assert shell("archive", "shop") == "shop was archived already\n"
    assert shell("list") == ""
    assert "3 (archived)" in shell("list", "--archived")
    for command in (
        ["run", "shop"],
        ["run", "agent_defs/shop.yaml"],
        ["run", "agent_defs/shop.yaml", "--draft"],
        ["publish", "shop"],
        ["edit", "shop"],
        ["restore", "shop", "1"],
    ):
        said = shell(*command, code=2)
        assert 'the Agent "shop" is archived: unarchive it first' in said, command
    assert site.log == []
    for reference in ("shop", "agent_defs/shop.yaml"):
        run = shell.json("run", reference, "--scheduled")
        assert (run["status"], run["startedBy"], run["agentId"]) == ("Skipped", "schedule", 1)
        assert run["message"].startswith('the Agent "shop" is archived')
    assert " in 0.0 s" in shell("run-show", str(run["runId"]))
    # Its file may be looked after all the same.
    assert "title" in shell("try", "agent_defs/shop.yaml", "--url", site.url + "product/3")
    assert shell("unarchive", "shop") == "shop is not archived\n"
    assert json.loads(shell("run", "shop", "--scheduled", "--json"))["startedBy"] == "schedule"


def test_a_run_of_an_archived_agent_is_not_restarted(shell, three, site):
    with Store.open(f"sqlite:///{shell.folder}/.sequentum/store.db") as store:
        for agent_id, version in ((1, 3), (None, None)):
            new = NewRun("shop", three[2].encode(), "cli", agent_id, version)
            end_run(store, create_run(store, new), Status.FAILURE, "broken off")
    shell("archive", "shop")
    for run in ("1", "2"):
        assert 'the Agent "shop" is archived: unarchive it first' in shell("restart", run, code=2)
    assert site.log == []
    shell("unarchive", "shop")
    assert shell("restart", "1").startswith("Completed")


def test_edit_saves_what_holds(shell, three):
    change = editor(shell.folder, 'text = text.replace("title: h1", "title: h2")')
    said = shell("edit", "shop", "--comment", "better", EDITOR=change, VISUAL="")
    assert said == "saved version 4 of shop\n"
    assert "title: h2" in shell("show", "shop")
    assert shell.json("log", "shop")[0]["detail"] == "better"
    same = editor(shell.folder, "")
    assert (
        shell("edit", "shop", EDITOR=same, VISUAL="") == "nothing changed since version 4 of shop\n"
    )


def test_edit_shows_what_is_wrong_and_saves_nothing_of_it(shell, three):
    wrong = editor(shell.folder, 'text = text.replace("capture:", "captur:")')
    said = shell("edit", "shop", code=2, EDITOR=wrong, VISUAL="")
    assert 'did you mean "capture"' in said
    kept = shell.folder / ".sequentum" / "edited" / "shop.yaml"
    assert said.endswith(f"nothing was saved; your text is in {kept}\n")
    assert "captur:" in kept.read_text()
    other = editor(shell.folder, 'text = text.replace("name: shop", "name: other")')
    assert "sequentum rename gives it another" in shell(
        "edit", "shop", code=2, EDITOR=other, VISUAL=""
    )
    assert shell.json("versions", "shop")[0]["versionNumber"] == 3


def test_edit_loses_no_text_where_the_editor_fails(shell, three):
    kept = shell.folder / ".sequentum" / "edited" / "shop.yaml"
    failing = editor(shell.folder, 'path.write_text(text + "# more\\n"); sys.exit(1)')
    said = shell("edit", "shop", code=2, EDITOR=failing, VISUAL="")
    assert said == f"{failing}: Editing failed; nothing was saved; your text is in {kept}\n"
    assert kept.read_text() == three[2] + "# more\n"
    kept.unlink()
    assert "Editing failed" in shell("edit", "shop", code=2, EDITOR="/not/there", VISUAL="")
    assert not kept.exists()


def test_pull_writes_the_file_and_not_over_another_text(shell, three, shop):
    shell("restore", "shop", "1")
    said = shell("pull", "shop", code=2)
    assert "differs from version 1: publish it first, or give --force" in said
    assert shell("pull", "shop", "--force") == f"version 1: {shop}\n"
    assert shop.read_text() == three[0]
    shop.unlink()
    shell("pull", "shop")
    assert shop.read_text() == three[0]


def test_rename_and_move(shell, three, shop):
    said = shell("rename", "shop", "store")
    assert said == "shop is store now\n"
    assert shell("show", "store").startswith("name: store\n")
    assert shell.json("versions", "store")[0]["versionNumber"] == 4
    assert 'no published Agent "shop"' in shell("versions", "shop", code=2)
    assert '"a b" is no name' in shell("rename", "store", "a b", code=2)
    shell("space", "create", "team")
    assert shell("move", "store", "team") == "store is in team now\n"
    assert 'no published Agent "store"' in shell("versions", "store", code=2)
    assert json.loads(shell("run", "store", "--space", "team", "--json"))["space"] == "team"
    assert shell("runs", "store") == ""
    assert len(shell("runs", "store", "--space", "team").splitlines()) == 1
    assert 'no published Agent "x" in the Space "team"' in shell(
        "log", "x", "--space", "team", code=2
    )
    assert 'there is no Space "taem"' in shell("publish", "shop", "--space", "taem", code=2)
    rows = shell("space", "list").splitlines()
    assert [row.split("\t")[:2] for row in rows] == [["default", "0"], ["team", "1"]]
    shell("space", "rename", "team", "crew")
    assert shell.json("space", "list")[0]["name"] == "crew"
    assert "store" in shell("list", "--space", "crew")


def test_a_whole_space_as_files_and_back(shell, three, tmp_path):
    shell("restore", "shop", "2")
    out = tmp_path / "out"
    assert shell("export-all", str(out)).startswith("1 Agents of default")
    assert (out / "shop" / "3.yaml").read_text() == three[2]
    assert "is there already, and not empty" in shell("export-all", str(out), code=2)
    assert shell("import-all", str(out)) == "0 of 1 Agents are new in default\n"
    new = {"SEQUENTUM_STORE_URL": f"sqlite:///{tmp_path}/new.db"}
    assert shell("import-all", str(out), **new) == "1 of 1 Agents are new in default\n"
    assert shell("show", "shop", **new) == three[1]
    assert "import" in shell("log", "shop", **new)
    (out / "shop" / "3.yaml").write_text("name: changed")
    assert "its content hash differs" in shell("import-all", str(out), code=2)
    assert "is no export" in shell("import-all", str(tmp_path), code=2)


def test_list_in_pages(shell, shop):
    for name in ("a", "b", "c"):
        text = shop.read_text().replace("name: shop", f"name: {name}")
        (shop.parent / f"{name}.yaml").write_text(text)
        shell("publish", name)
    names = [
        line.split("\t")[0] for line in shell("list", "--limit", "2", "--after", "a").splitlines()
    ]
    assert names == ["b", "c"]
    assert os.environ.get("SEQUENTUM_SPACE") is None
