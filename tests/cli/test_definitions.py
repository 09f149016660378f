import json

from jsonschema import Draft202012Validator


def test_validate_is_quiet_about_a_good_file_and_exits_0(shell, shop):
    assert shell("validate") == "no findings\n"
    assert shell.json("validate", str(shop)) == []


def test_validate_prints_every_finding_with_its_place_and_exits_1(shell, shop):
    text = shop.read_text().replace("paginate:", "pagniate:").replace("title: h1", 'title: "h1 >"')
    shop.write_text(text)
    output = shell("validate", "agent_defs/shop.yaml", code=1)
    typing, selector = output.splitlines()
    assert typing == (
        'agent_defs/shop.yaml:5:5 commands[0].pagniate: unknown key "pagniate" (did you mean "paginate"?)'
    )
    assert selector == (
        "agent_defs/shop.yaml:13:26 commands[0].do[0].do[0].do[0].capture.title: "
        'invalid CSS selector "h1 >": expected selector, got <EOF>'
    )
    first = shell.json("validate", "agent_defs/shop.yaml", code=1)[0]
    assert first == {
        "file": "agent_defs/shop.yaml",
        "line": 5,
        "column": 5,
        "address": "commands[0].pagniate",
        "severity": "error",
        "message": 'unknown key "pagniate"',
        "hint": 'did you mean "paginate"?',
    }


def test_validate_exits_0_for_warnings(shell, shop):
    shop.write_text(shop.read_text().replace("url: {type: string}}", "other: {type: string}}"))
    assert "warning:" in shell("validate")


def test_validate_says_where_there_is_nothing_to_validate(shell):
    assert "no definitions here" in shell("validate", code=2)


def test_schema_is_a_json_schema_of_the_language(shell, shop):
    schema = json.loads(shell("schema"))
    Draft202012Validator.check_schema(schema)
    assert "commands" in schema["properties"]


def test_publish_makes_versions_only_of_what_is_new(shell, shop):
    assert (
        shell("publish", "shop", "--comment", "first")
        == "published version 1 of shop (agentId 1)\n"
    )
    assert (
        shell("publish", "agent_defs/shop.yaml")
        == "nothing changed since version 1 of shop (agentId 1)\n"
    )
    shop.write_text(shop.read_text() + "# changed\n")
    assert "version 2" in shell("publish", "shop")
    versions = shell.json("versions", "shop")
    assert [(v["versionNumber"], v["active"], v["comment"]) for v in versions] == [
        (2, True, ""),
        (1, False, "first"),
    ]
    assert shell.json("versions", "1") == versions
    assert shell("versions", "shop").startswith("2\tactive\t")


def test_publish_refuses_what_does_not_hold(shell, shop):
    shop.write_text(shop.read_text().replace("capture:", "captrue:"))
    assert 'did you mean "capture"?' in shell("publish", "shop", code=2)
    assert 'did you mean "shop"?' in shell("publish", "shopp", code=2)


def test_list_shows_drafts_and_published_agents(shell, shop):
    listed = shell.json("list")
    assert [(a["name"], a["agentId"], a["activeVersion"]) for a in listed] == [("shop", None, None)]
    shell("publish", "shop")
    listed = shell.json("list")
    assert [(a["name"], a["agentId"], a["activeVersion"]) for a in listed] == [("shop", 1, 1)]
    assert shell("list").startswith("shop\t1\t1\t")


def test_an_unknown_command_is_a_usage_error(shell):
    assert "No such command" in shell("frobnicate", code=2)
