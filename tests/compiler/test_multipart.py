from email import message_from_bytes

from sequentum_scrapy.compiler.multipart import FilePart, encode_multipart


def parsed(parts):
    content_type, body = encode_multipart(parts)
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    return [
        (
            part.get_param("name", header="content-disposition"),
            part.get_filename(),
            part.get_content_type() if part["content-type"] else None,
            part.get_payload(decode=True),
        )
        for part in message.get_payload()
    ]


def test_fields_and_files_come_out_as_they_went_in():
    assert parsed([("q", "tea"), ("photo", FilePart("a.png", b"\x89PNG\r\n")), ("q", "ä")]) == [
        ("q", None, None, b"tea"),
        ("photo", "a.png", "image/png", b"\x89PNG\r\n"),
        ("q", None, None, "ä".encode()),
    ]


def test_a_file_that_was_not_chosen_has_an_empty_name():
    assert parsed([("photo", FilePart("", b""))]) == [
        ("photo", "", "application/octet-stream", b"")
    ]


def test_a_name_cannot_break_out_of_its_header():
    _, body = encode_multipart([('a"\r\nX: y', FilePart('b"\n.txt', b""))])
    assert b'name="a%22%0D%0AX: y"; filename="b%22%0A.txt"' in body


def test_the_same_form_is_the_same_body_and_another_is_not():
    assert encode_multipart([("a", "1")]) == encode_multipart([("a", "1")])
    assert encode_multipart([("a", "1")]) != encode_multipart([("a", "2")])


def test_the_boundary_is_not_in_the_data():
    content_type, body = encode_multipart([("a", "--" * 100)])
    boundary = content_type.partition("boundary=")[2].encode()
    assert body.count(boundary) == 2
