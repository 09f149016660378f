import pytest

from sequentum_scrapy.definition import DefinitionError, read_definition

HEAD = "start: http://a/\ncommands:\n"


@pytest.fixture
def folder(tmp_path):
    def write(**files):
        for name, text in files.items():
            path = tmp_path / f"{name.replace('__', '/')}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"name: {path.stem}\n{text}")
        return tmp_path

    return write


def findings(folder, name="main"):
    try:
        return [
            str(found).replace(f"{folder}/", "")
            for found in read_definition(folder / f"{name}.yaml").warnings
        ]
    except DefinitionError as error:
        return [str(found).replace(f"{folder}/", "") for found in error.findings]


BLOCK = "inputs: {q: {type: integer}, r: {default: 1}}\ncommands: [{capture: {t: h1}}]"


def test_a_block_is_found_beside_the_file_and_goes_before_an_agent_of_its_name(folder):
    here = folder(
        main=HEAD + "  - {run: part, inputs: {q: 3}}",
        blocks__part=BLOCK,
        part=HEAD + "  - capture: {x: h1}",
    )
    definition = read_definition(here / "main.yaml")
    assert definition.agent.commands[0].target.inputs
    assert not definition.warnings


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("{run: prat}", 'main.yaml:4:11 commands[0].run: no block and no Agent "prat" (did you mean "part"?)'),
        ("{run: part}", 'main.yaml:4:5 commands[0]: "part" needs the input "q" (inputs: {q: …})'),
        ("{run: part, inputs: {q: x}}", "commands[0].inputs.q: the input \"q\": 'x' is not of type 'integer'"),
        ("{run: part, inputs: {q: 1, s: 2}}", '"part" has no input "s" (known: q, r)'),
        ("{run: ../part}", '"../part" is no name'),
        ("{run: part, inputs: {q: 3}, with: {}}", 'unknown key "with"'),
        ("{run: main}", "commands[0].run: a circle: main runs main"),
        ("{run: loop}", "a circle: main runs loop runs main"),
        ("{run: broken}", 'blocks/broken.yaml:2:13 commands[0].capure: unknown key "capure" (did you mean "capture"?)'),
        ("{run: files}", '"files" begins with a file or sitemap (run it by itself)'),
        ("{run: member}", '"member" logs in'),
        ("{run: typed}", '"typed" makes records of the type "other"'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_reference_is_said_at_its_line(folder, command, expected):
    here = folder(
        main=HEAD + f"  - {command}",
        blocks__part=BLOCK,
        blocks__loop="commands: [{run: main}]",
        blocks__broken="commands: [{capure: {t: h1}}]",
        files="start: {file: u.txt}\ncommands: [{capture: {t: h1}}]",
        member="start: http://a/\ncommands: [{login: 'http://a/', verify: {exists: b}}, {capture: {t: h1}}]",
        typed=HEAD
        + "  - {list: li, record: other, do: [{capture: {t: h1}}]}\noutput: {records: {other: {}}}",
    )
    found = findings(here)
    assert any(expected in line for line in found), found


@pytest.mark.parametrize("first", ["a", "b"])
def test_a_circle_is_one_of_files_whatever_names_they_give_themselves(tmp_path, first):
    (tmp_path / "blocks").mkdir()
    for name, inner in (("a", "b"), ("b", "c"), ("blocks/c", "a")):
        (tmp_path / f"{name}.yaml").write_text(f"name: other\n{HEAD}  - run: {inner}\n")
    found = findings(tmp_path, first)
    assert any("a circle: " in line for line in found), found


def test_an_agent_may_run_the_block_of_its_own_name(folder):
    here = folder(main=HEAD + "  - run: main", blocks__main="commands: [{capture: {t: h1}}]")
    assert findings(here) == []


def test_fields_of_a_block_are_those_of_the_record(folder):
    schema = (
        "output: {schema: {required: [t], properties: {t: {}, u: {}}, additionalProperties: false}}"
    )
    here = folder(
        main=HEAD + "  - {run: part, inputs: {q: 3}}\n" + schema,
        blocks__part=BLOCK.replace("{t: h1}", "{t: h1, v: h2}"),
    )
    (found,) = findings(here)
    assert found.startswith("main.yaml:4:11 commands[0].run")
    assert '"v" is not in the output schema' in found
