"""An older version of the language is brought to the newest, in one place."""

from __future__ import annotations

import pytest

from sequentum_scrapy.definition import DefinitionError, parse_definition
from sequentum_scrapy.definition import migrate as migration

TEXT = "name: a\nstart: http://site/\ncommands: [{capture: {t: h1}}]\n"


def test_the_newest_version_is_what_an_absent_one_means():
    assert (
        parse_definition(TEXT, "a.yaml").agent
        == parse_definition("language: 1\n" + TEXT, "a.yaml").agent
    )


@pytest.mark.parametrize("version", ["0", "2", "one", "1.5", "true", "[1]"])
def test_any_other_version_is_refused_where_it_stands(version):
    with pytest.raises(DefinitionError) as caught:
        parse_definition(f"language: {version}\n{TEXT}", "a.yaml")
    assert [(found.line, found.address) for found in caught.value.findings] == [(1, "language")]


def test_each_step_of_a_migration_is_taken_in_turn(monkeypatch):
    steps = {
        -1: lambda tree: {**tree, "commands": tree["steps"]},
        0: lambda tree: {key: value for key, value in tree.items() if key != "steps"},
    }
    monkeypatch.setattr(migration, "MIGRATIONS", steps)
    old = {"language": -1, "steps": [1]}
    assert migration.migrate(old) == {"language": 1, "commands": [1]}
    assert old == {"language": -1, "steps": [1]}
