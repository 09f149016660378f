"""Trees of JSON values, with the texts that YAML is most likely to read as something else."""

from hypothesis import strategies as st

ODD = [
    "", " ", "~", "null", "true", "yes", "0o17", "017", "1e5", ".5e5", "1.", "+.5", "0x1F", "1_000",
    ".inf", "2020-01-01", "-", "- a", "---", "...", "a: b", "a #b", "#", "<<", "=", "!x", "&a", "*a",
    "%a", "@a", "`a", "? a", ": a", "a:", "::text", "{", "[", "]", "a, b", "x: {y}", "|", ">", "\\",
    "'", '"', "a'b\"c", "a\\'b", "\n", "\n\n", "a\n", "a\nb", "a\n\n\nb\n\n", "\na", "\n  a\n", " a\nb",
    "a\n b", "a \nb", "\ta", "a\tb", "a\n\tb\n", "a\r\nb", "a\rb", "--- a", "a\n--- b\n", "a\n...\n",
    "# a\nb", "a\n# b\n", "\x00", "\x7f", "\x85", "\u2028a", "\ufeff", "\ufffe", "é", "😀", "k" * 1010,
]  # fmt: skip

texts = st.sampled_from(ODD) | st.text(max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)
