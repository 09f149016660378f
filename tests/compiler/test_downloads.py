import pytest

from sequentum_scrapy.compiler.downloads import file_name, file_type, is_one_of, safe_path


@pytest.mark.parametrize(
    ("url", "disposition", "kind", "expected"),
    [
        ("http://a/x/b.pdf?v=1", "", "", "b.pdf"),
        ("http://a/b%20c.pdf", "", "", "b c.pdf"),
        ("http://a/get?id=5", "", "application/pdf", "get.pdf"),
        ("http://a/", "", "image/png", "file.png"),
        ("http://a/x", 'attachment; filename="re port.pdf"', "", "re port.pdf"),
        ("http://a/x", "attachment; filename*=UTF-8''%C3%BCber.pdf", "", "über.pdf"),
        ("http://a/x", 'attachment; filename="../../etc/pass.txt"', "", "pass.txt"),
        ("http://a/x", 'attachment; filename="C:\\\\dir\\\\a.txt"', "", "a.txt"),
        ("http://a/" + "n" * 300 + ".pdf", "", "", "n" * 96 + ".pdf"),
    ],
)
def test_the_name_of_a_file(url, disposition, kind, expected):
    assert file_name(url, disposition, kind) == expected


@pytest.mark.parametrize(
    ("body", "told", "name", "expected"),
    [
        (b"%PDF-1.4", "text/html", "a", "application/pdf"),
        (b"\x89PNG\r\n\x1a", "", "a", "image/png"),
        (
            b"PK\x03\x04",
            "application/vnd.oasis.opendocument.text",
            "a.odt",
            "application/vnd.oasis.opendocument.text",
        ),
        (b"PK\x03\x04", "application/octet-stream", "a.zip", "application/zip"),
        (b"a,b", "text/csv; charset=utf-8", "a", "text/csv"),
        (b"a,b", "application/octet-stream", "a.csv", "text/csv"),
        (b"?", "", "a", "application/octet-stream"),
    ],
)
def test_the_type_of_a_file(body, told, name, expected):
    assert file_type(body, told, name) == expected


def test_types_may_be_patterns():
    assert is_one_of("image/png", ["image/*"])
    assert is_one_of("image/png", [])
    assert not is_one_of("image/png", ["application/pdf", "text/*"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/b.pdf", "a/b.pdf"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("a\\..\\b", "a/b"),
        ("a/./b//c", "a/b/c"),
        ("a: b*?.pdf", "a_ b_.pdf"),
        ("...", "file"),
        ("", "file"),
        ("x\x00y", "x_y"),
        ("/".join("abcdefghijkl"), "a/b/c/d/e/f/g/l"),
    ],
)
def test_a_path_stays_in_its_folder(text, expected):
    assert safe_path(text) == expected
