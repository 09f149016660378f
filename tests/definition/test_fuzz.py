"""Definitions that were damaged: each is refused with findings, or holds and compiles."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sequentum_scrapy.compiler import compile_agent
from sequentum_scrapy.definition import AgentError, DefinitionError, parse_definition
from sequentum_scrapy.definition.reading import parse_document

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("docs/examples/*.yaml"), *ROOT.glob("agent_defs/**/[!_]*.yaml")])
TREES = [
    (path.parent, parse_document(path.read_bytes(), path.name).tree)
    for path in FILES
    if "blocks" not in path.parts
]
VALUES = [
    None, True, False, 0, -1, 3, 1.5, 10**30, "", "x", "h1 >", "//p[", "{{ row.x }}", "{{ 1 + ", "(",
    "{% if %}", "a" * 5000, [], [None], ["h1", "//h1"], {}, {"css": "a"}, {"x": 1}, {"do": []}, [[[]]],
    "\ud83d", "\x07", "1s", "20%", "\\2", "\\g<x>", "Product.offers[", "idna", "hex", "a::text", {"(a)": "\\2"},
]  # fmt: skip


def places(tree, path=()):
    """Return the paths of all values of a tree."""
    found = [path] if path else []
    items = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    )
    for key, value in items:
        found += places(value, (*path, key))
    return found


def at(tree, path):
    for key in path:
        tree = tree[key]
    return tree


@st.composite
def damaged(draw):
    folder, tree = draw(st.sampled_from(TREES))
    tree = deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        paths = places(tree)
        if not paths:
            break
        path = draw(st.sampled_from(paths))
        parent, key = at(tree, path[:-1]), path[-1]
        how = draw(st.sampled_from(["value", "delete", "rename", "copy", "swap"]))
        if how == "value":
            parent[key] = deepcopy(draw(st.sampled_from(VALUES)))
        elif how == "delete":
            del parent[key]
        elif how == "rename" and isinstance(parent, dict):
            parent[draw(st.sampled_from(["do", "if", "css", "with", "", "opne", "record"]))] = (
                parent.pop(key)
            )
        elif how == "copy" and isinstance(parent, list):
            parent.append(deepcopy(parent[key]))
        else:
            parent[key] = deepcopy(at(tree, draw(st.sampled_from(paths))))
    return folder, tree


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(damaged())
def test_a_damaged_definition_is_refused_with_findings_or_holds(given):
    folder, tree = given
    refused: DefinitionError | None = None
    try:
        definition = parse_definition(json.dumps(tree), "a.json", folders=[folder])
    except DefinitionError as error:
        refused = error
    if refused is not None:
        assert refused.findings
        assert all(found.line and found.column and found.message for found in refused.findings)
        return
    try:
        compile_agent(definition.agent)
    except AgentError as error:
        pytest.fail(f"what holds does not compile: {error}")
