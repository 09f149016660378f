"""From a definition to a Program."""

from __future__ import annotations

import dataclasses
import time

import pytest

from sequentum_scrapy.compiler import START, compile_agent
from sequentum_scrapy.compiler import steps as compiled
from sequentum_scrapy.compiler.program import Program
from sequentum_scrapy.definition import parse_definition


def compile_text(commands: str, head: str = "start: http://site/") -> Program:
    lines = "\n".join(f"  {line}" for line in commands.strip("\n").split("\n"))
    return compile_agent(parse_definition(f"name: a\n{head}\ncommands:\n{lines}\n", "a.yaml").agent)


SHOP = """
- paginate: li.next a
  name: pages
  do:
    - list: .product
      do:
        - capture: {rating: .rating}
        - open: h3 a
          name: product
          do:
            - capture:
                title: h1
                price: {css: .price, as: price, optional: true}
                seller: {fields: {name: .seller}}
"""


def test_every_command_and_field_has_its_address_and_its_own_index():
    program = compile_text(SHOP)
    row = "commands[0].do[0]"
    page = f"{row}.do[1].do[0].capture"
    assert program.addresses == (
        START,
        "commands[0].paginate",
        f"{row}.list",
        f"{row}.do[0].capture",
        f"{row}.do[0].capture.rating",
        f"{row}.do[1].open",
        page,
        f"{page}.title",
        f"{page}.price",
        f"{page}.seller",
        f"{page}.seller.fields.name",
    )
    assert [program.addresses[step.index] for step in program.steps.values()] == list(program.steps)
    assert program.names == {"pages": "commands[0].paginate", "product": f"{row}.do[1].open"}
    required = [program.addresses[index] for index in program.required_fields]
    assert required == [f"{row}.do[0].capture.rating", f"{page}.title", f"{page}.seller"]


def test_what_a_program_needs_is_known_before_it_runs():
    plain = compile_text("- capture: {t: h1}")
    assert not plain.navigates
    assert not plain.waits
    assert not plain.any_status
    lookup = compile_text("- lookup: a\n  do: [{capture: {t: h1}}]")
    assert lookup.navigates
    assert lookup.waits
    status = compile_text("- branch: page.status == 404\n  do: [{capture: {t: h1}}]")
    assert status.any_status
    secret = compile_text(
        '- open: "http://site/x"\n  headers: {Authorization: "Bearer {{ secret.TOKEN }}"}\n'
        '  json: {a: ["{{ secret.OTHER }}"]}\n  do: [{capture: {t: h1}}]'
    )
    assert secret.secrets == {"TOKEN", "OTHER"}


def test_records_below_a_named_type_are_of_that_type():
    program = compile_text(
        "- list: .row\n  record: row\n  do: [{capture: {t: h1}}]\n- capture: {u: h2}",
        "start: http://site/\noutput: {records: {row: {key: [t]}}}",
    )
    assert program.record_types["commands[0].list"] == "row"
    assert not program.steps["commands[0].list"].makes_records


def test_disabled_commands_are_left_out():
    program = compile_text(
        "- capture: {t: h1}\n- open: a\n  disabled: true\n  do: [{capture: {u: h2}}]"
    )
    assert list(program.steps) == ["commands[0].capture"]
    assert not program.navigates


def test_exit_leaves_the_named_container_or_the_nearest_list_or_the_run():
    program = compile_text(
        "- list: .a\n  name: outer\n  do:\n"
        "    - list: .b\n      do:\n"
        "        - {exit: outer, if: 'page.number > 1'}\n"
        "        - {exit: }\n"
        "        - {exit: run}\n"
        "        - capture: {t: h1}"
    )
    exits = [step for step in program.steps.values() if isinstance(step, compiled.Exit)]
    assert [step.target for step in exits] == ["commands[0].list", "commands[0].do[0].list", None]
    assert program.steps["commands[0].list"].left_early


def test_a_program_cannot_be_changed():
    program = compile_text(SHOP)
    for part, name in [
        (program, "body"),
        (program.body, "steps"),
        (program.steps["commands[0].paginate"], "max_pages"),
        (program.steps["commands[0].do[0].do[0].capture"].fields[0], "name"),
    ]:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, name, None)


def test_equal_selectors_are_compiled_once():
    program = compile_text(
        "- list: .row\n  do: [{capture: {t: h1}}]\n- list: .row\n  do: [{capture: {u: h1}}]"
    )
    first, second = (program.steps[f"commands[{number}].list"].select for number in (0, 1))
    assert first._all == second._all


def test_an_agent_of_500_commands_compiles_in_under_half_a_second():
    rows = "\n".join(
        f"- list: div.row-{number} > a\n"
        f"  do:\n"
        f"    - capture: {{t{number}: '.title-{number}', p{number}: {{css: '.price', as: price}}}}\n"
        f"    - branch: 'record.t{number} == input.q'\n"
        f"      do: [{{exit: }}]\n"
        f"    - open: 'a.link-{number}'\n"
        f"      do: [{{capture: {{u{number}: '//h1[{number + 1}]'}}}}]"
        for number in range(84)
    )
    agent = parse_definition(
        "name: a\nstart: http://site/\ninputs: {q: {default: x}}\ncommands:\n"
        + "\n".join(f"  {line}" for line in rows.split("\n")),
        "a.yaml",
    ).agent
    begin = time.process_time()
    program = compile_agent(agent)
    spent = time.process_time() - begin
    assert len(program.steps) >= 500
    assert spent < 0.5
