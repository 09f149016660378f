import json

from tests.cli.conftest import Shell


def test_without_the_add_on_nothing_is_run_and_it_is_said_why(shell, shop):
    (shell.folder / "scrapy.cfg").write_text("[settings]\n")
    assert "the add-on is not enabled" in shell("run", "shop", code=2)
    assert shell("runs") == ""


def test_init_makes_a_project_that_is_ready(shell):
    shell("init", "my-shop")
    project = Shell(shell.folder / "my-shop")
    assert project("doctor") == "nothing is wrong\n"
    assert project("validate") == "no findings\n"
    assert "1 passed, 0 failed" in project("test")
    assert [agent["name"] for agent in project.json("list")] == ["quotes"]


def test_init_touches_nothing_that_is_there(shell):
    (shell.folder / "full").mkdir()
    (shell.folder / "full" / "file").write_text("")
    assert "not empty" in shell("init", "full", code=2)
    assert "begin with a letter" in shell("init", "1st", code=2)


def test_doctor_names_each_problem_and_what_to_do(shell):
    shell("init", "shop")
    project = Shell(shell.folder / "shop")
    settings = project.folder / "shop" / "settings.py"
    settings.write_text('SPIDER_MODULES = ["shop.spiders"]\nTELNETCONSOLE_ENABLED = True\n')
    (project.folder / "agent_defs" / "quotes.yaml").write_text("name: quotes\n")
    output = project("doctor", code=1, SEQUENTUM_STORE_URL="sqlite:////dev/null/store.db")
    assert "ADDONS" in output
    assert "SPIDER_LOADER_CLASS" in output
    assert "TELNETCONSOLE_ENABLED" in output
    assert 'quotes.yaml:1:1 commands: "commands" is missing' in output
    assert "the store:" in output


def test_store_upgrade_is_done_once(shell):
    shell.json("list")
    assert shell("store", "upgrade") == "nothing to do\n"


def test_the_demo_crawls_its_shop_from_any_folder(tmp_path):
    shell = Shell(tmp_path)
    output = shell("demo")
    assert "Success" in output
    assert "395 records, 4 invalid; 1 duplicate, 1 error;" in output
    assert len(shell("records", "1").splitlines()) == 395
    assert len(json.loads(shell("records", "1", "--invalid", "--format", "json"))) == 4
