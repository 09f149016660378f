"""Forms of a page: their fields, what commands set in them, and the requests that they send.

The rules are those of HTML: which fields belong to a form, which of them are sent, and with what
value where nothing was set. The request itself is built by form2request; what that leaves out
(multipart bodies, the charset of the page, disabled fields) is done here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import lxml.html
from form2request import form2request
from lxml import etree

from .errors import ValueFailure
from .multipart import FilePart, encode_multipart
from .page import Page
from .text import text_of

_CONTROLS = ("input", "select", "textarea", "button")
_FORM_ATTRIBUTES = ("action", "method", "enctype")
_CONTROL_ATTRIBUTES = (
    "name", "type", "value", "checked", "multiple", "formaction", "formmethod", "formenctype",
)  # fmt: skip
_NOT_SET = frozenset({"submit", "image", "reset", "button"})
_POSTBACK = re.compile(
    r"(?:__doPostBack\(|WebForm_DoPostBackWithOptions\(\s*new\s+WebForm_PostBackOptions\()"
    r"\s*(['\"])(?P<target>.*?)\1\s*,\s*(['\"])(?P<argument>.*?)\3",
    re.DOTALL,
)
_MULTIPART = "multipart/form-data"
_URLENCODED = "application/x-www-form-urlencoded"

Setting = str | bool | Sequence[str]
"""What a control is set to: a text, a state, the values of the chosen options."""


@dataclass(frozen=True, slots=True)
class FormRequest:
    """What a form sends."""

    url: str
    method: str
    headers: dict[str, str]
    body: bytes | None


@dataclass(frozen=True, slots=True, eq=False)
class Filling:
    """A form, and what was set in it so far: for each control the value, the state or the files.

    ``broken`` says that a command failed to set a field, so that the form is not fit to be sent.
    """

    form: etree._Element
    values: dict[etree._Element, Setting] = field(default_factory=dict)
    files: dict[etree._Element, FilePart] = field(default_factory=dict)
    broken: bool = False

    def controls(self, page: Page) -> list[etree._Element]:
        """Return the controls of the form."""
        return controls(self.form, page)

    def setting(self, control: etree._Element, value: Setting) -> Filling:
        """Return the filling with a control set."""
        return replace(self, values={**self.values, control: value})

    def uploading(self, control: etree._Element, file: FilePart) -> Filling:
        """Return the filling with a file for a control."""
        return replace(self, files={**self.files, control: file})


def forms(page: Page) -> list[etree._Element]:
    """Return the forms of a page in document order."""
    return list(page.root.iter("form"))


def owner(control: etree._Element, page: Page) -> etree._Element | None:
    """Return the form that a control belongs to, by its ``form`` attribute or by where it stands."""
    name = control.get("form")
    if name is not None:
        return next((form for form in forms(page) if form.get("id") == name), None)
    return next(control.iterancestors("form"), None)


def controls(form: etree._Element, page: Page) -> list[etree._Element]:
    """Return the controls of a form in document order, those outside of it included."""
    name = form.get("id")
    inside = [
        control for control in form.iter(*_CONTROLS) if control.get("form") in (None, name or "")
    ]
    if name is None or b"form=" not in page.body:
        return inside
    return [
        control
        for control in page.root.iter(*_CONTROLS)
        if control.get("form") == name or control in inside
    ]


def field_names(form: etree._Element, page: Page) -> list[str]:
    """Return the names of the fields of a form that can be set, each once."""
    found = (control.get("name") for control in controls(form, page) if _is_field(control))
    return list(dict.fromkeys(name for name in found if name))


def _is_field(control: etree._Element) -> bool:
    return control.tag != "button" and kind_of(control) not in _NOT_SET


def kind_of(control: etree._Element) -> str:
    """Return what a control is: select, textarea, button, or the type of an input."""
    if control.tag == "input":
        return (control.get("type") or "text").strip().lower()
    return str(control.tag)


def is_submit(control: etree._Element) -> bool:
    """Tell whether a control submits its form."""
    if control.tag == "button":
        return (control.get("type") or "submit").strip().lower() == "submit"
    return control.tag == "input" and kind_of(control) in ("submit", "image")


def option_values(control: etree._Element) -> list[tuple[str, str]]:
    """Return the options of a drop-down list: value and label."""
    return [(_option_value(option), text_of(option)) for option in control.iter("option")]


def _option_value(option: etree._Element) -> str:
    value = option.get("value")
    return text_of(option) if value is None else value


def postback_of(node: Any) -> tuple[str, str] | None:
    """Return target and argument of the ``__doPostBack`` that an element calls, if it does."""
    if not isinstance(node, etree._Element):  # noqa: SLF001 - lxml's name for its public class
        return None
    for name in ("href", "onclick", "onchange"):
        found = _POSTBACK.search(node.get(name) or "")
        if found:
            return _unquoted(found["target"]), _unquoted(found["argument"])
    inner = node.find(".//a[@href]")
    return postback_of(inner) if inner is not None else None


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def send(
    page: Page,
    filling: Filling,
    *,
    button: etree._Element | None = None,
    extra: dict[str, str] | None = None,
) -> FormRequest:
    """Return the request of a form, as a click on ``button`` (absent: no click) would send it.

    ``extra`` are fields to set over those of the form, as for a postback. Raises ValueFailure
    where the form cannot be sent: another method than GET and POST, an address that is none.
    """
    try:
        clone, clicked = _clone(page, filling, button)
        multipart = _enctype(clone, clicked) == _MULTIPART
        made = form2request(
            clone,
            extra,
            click=False if clicked is None else clicked,
            enctype=_URLENCODED if multipart else None,
        )
    except (ValueError, NotImplementedError) as error:
        raise ValueFailure(f"the form cannot be sent: {error}") from None
    url = made.url.partition("#")[0]
    if made.method == "GET":
        return FormRequest(_recoded_url(url, page), "GET", {}, None)
    if multipart:
        content_type, body = encode_multipart(_parts(page, filling, made.body))
        return FormRequest(url, "POST", {"Content-Type": content_type}, body)
    return FormRequest(url, "POST", dict(made.headers), _recoded(made.body, page))


def _enctype(form: Any, button: Any) -> str:
    own = button.get("formenctype") if button is not None else None
    return (own or form.get("enctype") or "").strip().lower()


def _clone(
    page: Page, filling: Filling, button: etree._Element | None
) -> tuple[lxml.html.FormElement, lxml.html.HtmlElement | None]:
    """Return the form as lxml.html knows forms, with what was set, and the button in it."""
    form = lxml.html.Element("form", _attributes(filling.form, _FORM_ATTRIBUTES))
    form.getroottree().docinfo.URL = page.base
    if not form.get("action", "").strip():
        # No address is that of the page itself, whatever its <base> says.
        form.set("action", page.url)
    clicked = None
    for control in controls(filling.form, page):
        if control is not button and (_is_disabled(control) or not _is_field(control)):
            continue
        copy = etree.SubElement(form, control.tag, _attributes(control, _CONTROL_ATTRIBUTES))
        if control.tag == "textarea":
            copy.text = _with_crlf("".join(map(str, control.itertext())).removeprefix("\n"))
        elif control.tag == "select":
            _copy_options(control, copy)
        if control in filling.values:
            _set(copy, filling.values[control])
        if control is button:
            clicked = copy
            # Without a value form2request would leave it out; a browser sends an empty one.
            copy.set("value", copy.get("value", ""))
    return form, clicked


def _attributes(element: etree._Element, names: Sequence[str]) -> dict[str, str]:
    # A page may have attributes with names that no element can be made with.
    return {name: element.get(name, "") for name in names if name in element.attrib}


def _copy_options(control: etree._Element, copy: etree._Element) -> None:
    for option in control.iter("option"):
        if not _is_disabled(option):
            made = etree.SubElement(copy, "option", _attributes(option, ("selected",)))
            made.set("value", _option_value(option))


def _is_disabled(control: etree._Element) -> bool:
    if "disabled" in control.attrib:
        return True
    return any(
        "disabled" in outer.attrib for outer in control.iterancestors("fieldset", "optgroup")
    )


def _set(copy: etree._Element, value: Setting) -> None:
    if isinstance(value, bool):
        if value:
            copy.set("checked", "")
        else:
            copy.attrib.pop("checked", "")
    elif copy.tag == "select":
        chosen = [value] if isinstance(value, str) else list(value)
        for option in copy:
            option.attrib.pop("selected", "")
            if option.get("value") in chosen:
                option.set("selected", "")
    elif copy.tag == "textarea":
        copy.text = _with_crlf(str(value))
    else:
        copy.set("value", str(value))


def _with_crlf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def _recoded(body: bytes, page: Page) -> bytes:
    """Return an urlencoded body in the charset of the page, as a browser sends it."""
    charset = page.encoding
    if charset == "utf-8" or b"%" not in body:
        return body
    pairs = parse_qsl(body.decode(), keep_blank_values=True)
    return urlencode(pairs, encoding=charset, errors="xmlcharrefreplace").encode()


def _recoded_url(url: str, page: Page) -> str:
    address, mark, query = url.partition("?")
    return address + mark + _recoded(query.encode(), page).decode()


def _parts(page: Page, filling: Filling, body: bytes) -> Iterator[tuple[str, str | FilePart]]:
    """Yield the parts of a multipart body: the fields that form2request collected, and the files."""
    files = {
        control.get("name", ""): filling.files.get(control)
        for control in controls(filling.form, page)
        if kind_of(control) == "file" and not _is_disabled(control)
    }
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        yield name, (files[name] or FilePart("", b"")) if name in files else value
