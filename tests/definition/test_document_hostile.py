"""Definitions made to do harm: a plain error at once, in little memory."""

import gc
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sequentum_scrapy.definition.document import MAX_BYTES, MAX_DEPTH, MAX_NODES, read_bytes
from sequentum_scrapy.definition.errors import DefinitionError
from sequentum_scrapy.definition.reading import parse_document, read_definition

SECONDS = 1.0
MEMORY = 200 * 1024 * 1024


def filled(unit: str, before: str = "", after: str = "") -> str:
    """Return as many units as a definition may hold."""
    room = MAX_BYTES - len(before) - len(after)
    return before + unit * (room // len(unit.encode())) + after


DEEP = f"nested over {MAX_DEPTH} deep"
MANY = f"over {MAX_NODES:,} values"
LINES = "over 100,000 lines"
QUOTE = "a quote that is not closed"
REFERENCES = "anchors and aliases"

YAML = {
    "too large": ("x" * (MAX_BYTES + 1), "over 1,048,576 bytes"),
    "open brackets": (filled("["), DEEP),
    "open brackets with spaces": ("[ \n " * 100_000, DEEP),
    "open lists with items": (filled("[a,"), DEEP),
    "open braces": (filled("{a: "), DEEP),
    "open braces in quotes": (filled('{"a":'), DEEP),
    "dashes": (filled("- "), DEEP),
    "deep blocks": ("\n".join(" " * depth + "a:" for depth in range(1000)), DEEP),
    "question marks": (filled("? "), "a key is a text"),
    "flat list": (filled("a,", "[", "]"), MANY),
    "lines of a list": ("- a\n" * (MAX_NODES + 1), MANY),
    "empty lists": (filled("[],", "[", "]"), MANY),
    "lists at the deepest": ("- " + "[" * 60 + "a," * 300_000, MANY),
    "alias bomb": (
        "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        REFERENCES,
    ),
    "alias of itself": ("a: &a [*a]", REFERENCES),
    "many anchors": (filled("&a ", "a: "), REFERENCES),
    "long anchor": (filled("x", "a: &"), REFERENCES),
    "long tag": (filled("x", "a: !"), "the tag !xxx"),
    "tag of escapes": (filled("%41", "a: !<", ">"), "the tag !<%41"),
    "directives": ("%TAG ! tag:a:\n" * 50_000, "directives"),
    "long number of a version": ("%YAML 1." + "1" * 100_000 + "\n---\na: 1", "directives"),
    "same key": ("a: 1\n" * 100_000, "twice"),
    "long key twice": (f'{{? "{"x" * 400_000}" : 1, ? "{"x" * 400_000}" : 1}}', "twice"),
    "long key": (filled("x", "", ": 1"), "not YAML"),
    "integer": (filled("1", "a: "), "300 digits"),
    "exponent": (filled("9", "a: 1e"), "300 digits"),
    "hexadecimal": (filled("f", "a: 0x"), "300 digits"),
    "open quote": (filled("x", 'a: "'), QUOTE),
    "open quote of lines": (("a: '" + "x\n" * 100_000), QUOTE),
    "open quote of quotes": (filled("''", "a: '"), QUOTE),
    "lines": (filled("\n", "a: 1"), LINES),
    "documents": ("---\n" * 100_000, "a second document"),
    "commas": (filled(",", "["), "not YAML"),
    "colons": (filled("a: "), "not YAML"),
    "controls": (filled("\x01", "a: "), "the control character U+0001"),
    "a control at the end": (filled("é", "", "\0"), "a NUL"),
    "tabs": (filled("\t"), ""),
}  # fmt: skip

JSON = {
    "open brackets": (filled("["), DEEP),
    "open braces": (filled('{"a":'), DEEP),
    "flat list": (filled("1,", "[", "1]"), MANY),
    "empty lists": (filled("[],", "[", "[]]"), MANY),
    "integer": (filled("1"), "300 digits"),
    "open quote": (filled("x", '{"a":"'), QUOTE),
    "open quote of escapes": (filled('\\"', '{"a":"'), QUOTE),
    "blanks": (filled(" ", "{"), "expected a key"),
    "lines": (filled("\n", "{"), LINES),
    "lines of a list": ("[\n" + "1,\n" * (MAX_NODES + 1) + "]", MANY),
    "long key twice": (f'{{"{"x" * 400_000}": 1, "{"x" * 400_000}": 1}}', "twice"),
    "words": (filled("x"), "expected a value"),
}

REFUSED = [
    pytest.param(text, file, message, id=f"{file}: {name}")
    for file, cases in (("a.yaml", YAML), ("a.json", JSON))
    for name, (text, message) in cases.items()
]

LARGE = {
    "text on a line": filled("x", 'a: "', '"'),
    "escapes": filled("\\x41", 'a: "', '"'),
    "spaces": filled(" ", "a: 1"),
    "page on a line": filled("<p>x</p> ", "a: '", "'"),
    "page on lines": "a: |\n" + "  <p>x</p>\n" * 90_000,
    "folded lines": "a: >\n" + "  x y z a\n" * 90_000,
    "comments": "# comment\n" * 90_000 + "a: 1\n",
    "values": "\n".join(f"key{number}: value" for number in range(MAX_NODES - 1)),
    "values at the deepest": "\n".join("  " * depth + "k:" for depth in range(60))
    + "".join("\n" + "  " * 60 + f"k{number}: 1" for number in range(7000)),
    "json": '{"a": "' + "x" * 1_000_000 + '"}',
}


def seconds_to(read, *arguments) -> float:
    """Return the CPU time of a call, of the best of four where the first was slow."""
    times = []
    # What other tests have left in memory is not to be gone through for it.
    gc.freeze()
    try:
        while not times or (times[-1] >= SECONDS and len(times) < 4):
            started = time.process_time()
            read(*arguments)
            times.append(time.process_time() - started)
    finally:
        gc.unfreeze()
    return min(times)


def refusal(text: str, file: str) -> DefinitionError:
    with pytest.raises(DefinitionError) as caught:
        parse_document(text, file)
    return caught.value


@pytest.mark.parametrize(("text", "file", "message"), REFUSED)
def test_a_hostile_definition_is_refused_in_a_second(text, file, message):
    error = refusal(text, file)
    assert message in str(error)
    assert len(str(error)) < 500
    assert seconds_to(refusal, text, file) < SECONDS


@pytest.mark.parametrize("name", LARGE)
def test_the_largest_definitions_that_are_allowed_are_read_as_fast(name):
    text = LARGE[name]
    assert len(text) <= MAX_BYTES
    assert seconds_to(parse_document, text, "a.yaml") < SECONDS


@pytest.mark.parametrize("opening", ["- ", "[", "{a: "])
def test_the_deepest_allowed_is_read_and_one_more_is_not(opening):
    closing = {"- ": "", "[": "]", "{a: ": "}"}[opening]
    text = opening * MAX_DEPTH + "x" + closing * MAX_DEPTH
    tree = parse_document(text, "a.yaml").tree
    for _ in range(MAX_DEPTH):
        tree = tree["a"] if isinstance(tree, dict) else tree[0]
    assert tree == "x"
    assert DEEP in str(refusal(opening + text + closing, "a.yaml"))


def test_the_deepest_json_is_read_and_one_more_is_not():
    assert parse_document("[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH, "a.json").tree
    assert DEEP in str(refusal("[" * (MAX_DEPTH + 1) + "1", "a.json"))


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(DefinitionError, match="over 1,048,576 bytes"):
        read_definition(path)


def test_a_pipe_or_a_device_is_not_read(tmp_path):
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero"), tmp_path):
        with pytest.raises(DefinitionError, match="not a file"):
            read_definition(path)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no /proc here")
def test_a_file_that_says_it_is_empty_is_read_no_further_than_allowed():
    assert 0 < len(read_bytes(Path("/proc/self/maps"))) <= MAX_BYTES + 1


PROGRAM = """
import resource, sys
from pathlib import Path
from sequentum_scrapy.definition import DefinitionError, read_definition
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        read_definition(path)
    except DefinitionError as error:
        assert str(error)
    else:
        raise SystemExit(f"{path} was taken")
print((peak() - before) * (1 if sys.platform == "darwin" else 1024))
"""


def test_a_process_that_reads_them_all_grows_by_less_than_it_may(tmp_path):
    cases = [(f"{n}.yaml", text) for n, (text, _) in enumerate(YAML.values())]
    cases += [(f"{n}.json", text) for n, (text, _) in enumerate(JSON.values())]
    cases += [(f"large-{n}.yaml", text) for n, text in enumerate(LARGE.values())]
    for name, text in cases:
        (tmp_path / name).write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < MEMORY
