"""Reading, writing and reading again gives the same Agent, as YAML and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequentum_scrapy.definition import parse_definition, read_definition
from sequentum_scrapy.definition.edit import dump_yaml
from sequentum_scrapy.definition.reading import parse_document

ROOT = Path(__file__).parents[2]
FILES = sorted(
    [
        *(path for path in ROOT.glob("agent_defs/**/*.yaml") if "blocks" not in path.parts),
        *ROOT.glob("docs/examples/*.yaml"),
        ROOT / "sequentum_scrapy/demo/shop.yaml",
    ]
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_agent_of_the_project_is_the_same_after_a_round_trip(path):
    agent = read_definition(path).agent
    tree = parse_document(path.read_bytes(), path.name).tree
    folders = [path.parent]
    assert parse_definition(dump_yaml(tree), "a.yaml", folders=folders).agent == agent
    assert parse_definition(json.dumps(tree), "a.json", folders=folders).agent == agent


names = st.sampled_from(["a", "b", "title", "price per unit", "é"])
selectors = st.sampled_from(
    ["h1", "//h1", "li > a.x", {"css": "p", "note": None}, {"xpath": "./b"}, ["h1", "//h2"]]
).map(lambda value: {"css": "p"} if isinstance(value, dict) and "note" in value else value)
fields = st.dictionaries(
    names,
    st.one_of(
        st.sampled_from(["h1", "//h1/@id", ["h1", {"value": "none"}]]),
        st.builds(
            lambda css, given: {"css": css, **given},
            st.sampled_from(["p", ".x::text"]),
            st.fixed_dictionaries(
                {},
                optional={
                    "regex": st.sampled_from([r"(\d+)", "a: #b"]),
                    "all": st.booleans(),
                    "as": st.sampled_from(["integer", "price", "url"]),
                    "default": st.sampled_from([None, 0, "", "~", [], {"a": "yes"}]),
                },
            ),
        ),
        st.builds(lambda name: {"list": "li", "fields": {name: "b"}}, names),
    ),
    min_size=1,
    max_size=3,
)
captures = st.builds(lambda found: {"capture": found}, fields)
commands = st.recursive(
    captures,
    lambda inner: st.one_of(
        st.builds(
            lambda on, do: {"list": on, "do": do},
            selectors,
            st.lists(inner, min_size=1, max_size=2),
        ),
        st.builds(
            lambda on, do: {"open": on, "do": do},
            selectors,
            st.lists(inner, min_size=1, max_size=2),
        ),
        st.builds(
            lambda on, do, most: {"paginate": on, "max_pages": most, "do": do},
            selectors,
            st.lists(inner, min_size=1, max_size=2),
            st.integers(1, 9),
        ),
        st.builds(
            lambda do, other: {"branch": {"exists": ".x"}, "do": do, "else": other},
            st.lists(inner, min_size=1, max_size=2),
            st.lists(inner, max_size=1),
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(commands, min_size=1, max_size=3))
def test_any_agent_is_the_same_after_a_round_trip(tree):
    definition = {"name": "a", "start": "http://site/", "commands": tree}
    agent = parse_definition(json.dumps(definition), "a.json").agent
    written = dump_yaml(definition)
    assert parse_definition(written, "a.yaml").agent == agent
    assert dump_yaml(parse_document(written, "a.yaml").tree) == written
