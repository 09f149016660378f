# ruff: noqa: E501 - a table of one mistake a line
"""Every mistake gives a line that says where it is, what is wrong and what to do."""

import textwrap

import pytest

from sequentum_scrapy.definition import DefinitionError, parse_definition

HEAD = "name: shop\nstart: http://shop.example/\n"
CAPTURE = HEAD + "commands:\n  - capture:\n      "
OUTPUT = HEAD + "commands: [{capture: {title: h1}}]\noutput:\n"
SETTINGS = HEAD + "commands: [{capture: {title: h1}}]\nsettings:\n"


def findings(text: str) -> list[str]:
    try:
        definition = parse_definition(text, "a.yaml")
    except DefinitionError as error:
        return [str(finding) for finding in error.findings]
    return [str(finding) for finding in definition.warnings]


CASES = [
    # the whole
    ("- a", "a.yaml:1:1: a definition is a mapping (name: …)"),
    ("name: x", 'a.yaml:1:1 commands: "commands" is missing'),
    ("nam: x\ncommands: [{capture: {a: b}}]", 'a.yaml:1:1 name: "name" is missing'),
    ("nam: x\ncommands: [{capture: {a: b}}]", 'a.yaml:1:1 nam: unknown key "nam" (did you mean "name"?)'),
    ("name: my shop", 'a.yaml:1:7 name: "my shop" is no name (letters, digits, - and _, without spaces)'),
    ("language: 2\n" + HEAD, "a.yaml:1:11 language: this definition is in version 2 of the language, newer than this program knows (1) (upgrade sequentum-scrapy)"),
    (HEAD + "commands: []", "a.yaml:3:11 commands: is empty"),
    (HEAD + "commands: {capture: {a: b}}", "a.yaml:3:11 commands: expected a list, not a mapping"),
    # commands
    (HEAD + "commands: [h1]", "a.yaml:3:12 commands[0]: a command is a mapping (as: - open: h3 a)"),
    (HEAD + "commands: [{}]", "a.yaml:3:12 commands[0]: an empty command (known: branch, capture, "),
    (HEAD + "commands: [{pagniate: a}]", 'a.yaml:3:13 commands[0].pagniate: unknown key "pagniate" (did you mean "paginate"?)'),
    (HEAD + "commands: [{open: a, list: b}]", "a.yaml:3:12 commands[0]: more than one command in one mapping: open and list (begin each with its own -)"),
    (HEAD + "commands: [{list: a, limt: 3}]", 'a.yaml:3:22 commands[0].limt: unknown key "limt" (did you mean "limit"?)'),
    (HEAD + "commands: [{list: a, limit: 0}]", "a.yaml:3:29 commands[0].limit: must be at least 1, not 0"),
    (HEAD + 'commands: [{list: a, limit: "3"}]', 'a.yaml:3:29 commands[0].limit: expected a whole number, not "3" (without the quotes)'),
    (HEAD + "commands: [{list: a, do: {capture: {a: b}}}]", "a.yaml:3:26 commands[0].do: expected a list, not a mapping"),
    (HEAD + "commands: [{list: a, on_error: skipp}]", 'a.yaml:3:32 commands[0].on_error: "skipp" is none of stop, skip or keep (did you mean "skip"?)'),
    (HEAD + "commands: [{open: a, body: x, json: {}}]", "a.yaml:3:12 commands[0]: body and json exclude each other"),
    (HEAD + "commands: [{open: a, method: FETCH}]", 'a.yaml:3:30 commands[0].method: "FETCH" is none of GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS'),
    (HEAD + "commands: [{open: {url: 5}}]", "a.yaml:3:25 commands[0].open.url: expected a text, not 5"),
    (HEAD + "commands: [{paginate: {click: a}}]", "a.yaml:3:23 commands[0].paginate: paginate: {click: …} needs a live page"),
    (HEAD + "commands: [{for_each: {fil: a.csv}}]", 'a.yaml:3:24 commands[0].for_each.fil: unknown key "fil" (did you mean "file"?)'),
    (HEAD + "commands: [{for_each: a.csv}]", "a.yaml:3:23 commands[0].for_each: expected a list of rows, {input: NAME} or {file: …}"),
    (HEAD + "commands: [{for_each: {file: ''}}]", "a.yaml:3:30 commands[0].for_each.file: is empty"),
    (HEAD + "commands: [{for_each: {file: /etc/x.csv}}]", '"/etc/x.csv" leads out of the folder (a file lies beside the definition, or below)'),
    (HEAD + "commands: [{for_each: {file: a/../../x.csv}}]", "leads out of the folder"),
    (HEAD + "commands: [{for_each: {file: a.dat}}]", 'the ending of "a.dat" does not tell its format (format: one of csv, jsonl, json, txt, xlsx, parquet)'),
    (HEAD + "commands: [{for_each: {file: a.csv, format: xls}}]", '"xls" is none of csv, jsonl, json, txt, xlsx or parquet'),
    (HEAD + "commands: [{for_each: {file: a.csv, sheet: b}}]", "a.yaml:3:23 commands[0].for_each: sheet does not go with csv"),
    (HEAD + "commands: [{for_each: {file: a.jsonl, delimiter: ;}}]", "delimiter does not go with jsonl"),
    (HEAD + "commands: [{for_each: {file: a.csv, items: b}}]", "items does not go with csv"),
    (HEAD + "commands: [{for_each: {file: a.csv, delimiter: ab}}]", "commands[0].for_each.delimiter: is longer than 1 characters"),
    (HEAD + "commands: [{for_each: {file: a.csv, encoding: klingon}}]", 'unknown encoding "klingon" (as utf-8, latin-1, cp1252)'),
    (HEAD + "commands: [{for_each: {file: a.csv, columns: []}}]", "commands[0].for_each.columns: is empty"),
    (HEAD + "commands: [{for_each: {file: a.json, items: 'a['}}]", "invalid JMESPath"),
    # forms
    (HEAD + "commands: [{fill: {}}, {submit: null}]", "a.yaml:3:19 commands[0].fill: is empty"),
    (HEAD + "commands: [{fill: q}, {submit: null}]", 'a.yaml:3:19 commands[0].fill: expected a mapping, not "q"'),
    (HEAD + "commands: [{fill: {q: true}}, {submit: null}]", "a.yaml:3:23 commands[0].fill.q: expected a text, not true"),
    (HEAD + "commands: [{fill: {q: [a]}}, {submit: null}]", "a.yaml:3:23 commands[0].fill.q: expected a text, not a list"),
    (HEAD + "commands: [{fill: {q: '{{ inptu.q }}'}}, {submit: null}]", 'unknown name in "{{ inptu.q }}": inptu (did you mean "input"?)'),
    (HEAD + "commands: [{fill: {q: a}, do: []}, {submit: null}]", 'a.yaml:3:27 commands[0].do: unknown key "do"'),
    (HEAD + "commands: [{fil: {q: a}}, {submit: null}]", 'a.yaml:3:13 commands[0].fil: unknown key "fil" (did you mean "fill"?)'),
    (HEAD + "commands: [{fill: {q: a}}, {capture: {t: h1}}]", "a.yaml:3:12 commands[0]: warning: nothing is submitted after this (add submit:)"),
    (HEAD + "commands: [{select: {q: {a: b}}}, {submit: null}]", "a.yaml:3:25 commands[0].select.q: expected a text, not a mapping"),
    (HEAD + "commands: [{select: {q: []}}, {submit: null}]", "a.yaml:3:25 commands[0].select.q: is empty"),
    (HEAD + "commands: [{check: {q: null}}, {submit: null}]", "a.yaml:3:24 commands[0].check.q: expected a text, not nothing"),
    (HEAD + "commands: [{upload: {q: ../a.png}}, {submit: null}]", '"../a.png" leads out of the folder'),
    (HEAD + "commands: [{upload: {q: ''}}, {submit: null}]", "a.yaml:3:25 commands[0].upload.q: is empty"),
    (HEAD + "commands: [{upload: {q: '{{ secret.K }}'}}, {submit: null}]", "a secret may not stand here"),
    (HEAD + "commands: [{submit: 3}]", "a.yaml:3:21 commands[0].submit: expected a selector of the button, {event_target: …} or nothing"),
    (HEAD + "commands: [{submit: 'a >'}]", 'a.yaml:3:21 commands[0].submit: invalid CSS selector "a >"'),
    (HEAD + "commands: [{submit: {event_argument: a}}]", 'a.yaml:3:21 commands[0].submit.event_target: "event_target" is missing'),
    (HEAD + "commands: [{submit: {event_target: a, event_arg: b}}]", 'unknown key "event_arg" (did you mean "event_target"?)'),
    (HEAD + "commands: [{submit: null}]", "warning: submit holds no commands (add do:)"),
    (HEAD + "commands: [{lookup: a, do: [{fill: {q: a}}]}]", "fill cannot stand in a lookup"),
    ("name: a\ncommands: [{fill: {q: a}}, {submit: null}]", "there is no page here yet (give a start address)"),
    # start and links
    ("name: a\nstart: {file: u.csv, sitemap: b}\ncommands: [{capture: {t: h1}}]", 'unknown key "file"'),
    ("name: a\nstart: {sitmap: b}\ncommands: [{capture: {t: h1}}]", 'a.yaml:2:9 start.sitmap: unknown key "sitmap"'),
    ("name: a\nstart: {sitemap: 'http://b/', allow: ['(']}\ncommands: [{capture: {t: h1}}]", 'invalid regular expression "("'),
    ("name: a\nstart: {url: 'http://b/', body: x, json: {}}\ncommands: [{capture: {t: h1}}]", "a.yaml:2:8 start: body and json exclude each other"),
    ("name: a\nstart: {file: ../u.txt}\ncommands: [{capture: {t: h1}}]", '"../u.txt" leads out of the folder'),
    ("name: a\nstart: []\ncommands: [{capture: {t: h1}}]", "a.yaml:2:8 start: is empty"),
    (HEAD + "commands: [{open: {links: {alow: []}}, do: [{capture: {t: h1}}]}]", 'a.yaml:3:28 commands[0].open.links.alow: unknown key "alow" (did you mean "allow"?)'),
    (HEAD + "commands: [{open: {links: {allow: a}}, do: [{capture: {t: h1}}]}]", 'a.yaml:3:35 commands[0].open.links.allow: expected a list, not "a"'),
    (HEAD + "commands: [{open: {links: {deny: ['(']}}, do: [{capture: {t: h1}}]}]", "invalid regular expression"),
    (HEAD + "commands: [{open: {links: {within: 'a >'}}, do: [{capture: {t: h1}}]}]", "invalid CSS selector"),
    # transform
    (HEAD + "commands: [{transform: {}}, {capture: {t: h1}}]", "no change is given (one of remove, unwrap, replace, parse_json, parse_html, response, encoding)"),
    (HEAD + "commands: [{transform: {remove: a, unwrap: b}}, {capture: {t: h1}}]", "more than one change: remove and unwrap (make it a list)"),
    (HEAD + "commands: [{transform: [{remove: 'a >'}]}, {capture: {t: h1}}]", 'a.yaml:3:34 commands[0].transform[0].remove: invalid CSS selector "a >"'),
    (HEAD + "commands: [{transform: {remov: a}}, {capture: {t: h1}}]", 'unknown key "remov" (did you mean "remove"?)'),
    (HEAD + "commands: [{transform: {encoding: klingon}}, {capture: {t: h1}}]", 'unknown encoding "klingon"'),
    (HEAD + "commands: [{transform: {replace: {}}}, {capture: {t: h1}}]", "commands[0].transform.replace: is empty"),
    (HEAD + "commands: [{transform: {replace: {a: '\\2'}}}, {capture: {t: h1}}]", 'invalid replacement "\\2": invalid group reference 2'),
    (HEAD + "commands: [{transform: {replace: {a: '\\g<x>'}}}, {capture: {t: h1}}]", "unknown group name 'x'"),
    (HEAD + "commands: [{transform: {encoding: hex}}, {capture: {t: h1}}]", 'unknown encoding "hex"'),
    (HEAD + "commands: [{transform: {encoding: idna}}, {capture: {t: h1}}]", 'unknown encoding "idna"'),
    (HEAD + "commands: [{transform: [{remove: a}, {encoding: utf-8}]}, {capture: {t: h1}}]", "a.yaml:3:24 commands[0].transform: encoding comes before the other changes (put it first)"),
    (HEAD + "commands: [{transform: {remove: 'a::text'}}, {capture: {t: h1}}]", "a.yaml:3:33 commands[0].transform.remove: only elements can be taken out (CSS or XPath of elements)"),
    (HEAD + "commands: [{transform: {unwrap: {regex: a}}}, {capture: {t: h1}}]", "commands[0].transform.unwrap: only elements can be taken out"),
    (CAPTURE + "a: {css: b, replace: {b: '\\2'}}", 'commands[0].capture.a.replace: invalid replacement "\\2"'),
    (CAPTURE + "a: {json_ld: 'Product.offers['}", 'a.yaml:5:20 commands[0].capture.a.json_ld: invalid JMESPath "offers["'),
    (CAPTURE + "a: {json_ld: .price}", '".price" is no type, or type and JMESPath (as Product, or Product.offers.price)'),
    (CAPTURE + "a: {microdata: a b}", '"a b" is no type, or type and JMESPath'),
    (HEAD + "commands: [{transform: []}, {capture: {t: h1}}]", "a.yaml:3:24 commands[0].transform: is empty"),
    (HEAD + "commands: [{transform: 3}, {capture: {t: h1}}]", "a.yaml:3:24 commands[0].transform: expected a mapping, not 3"),
    (HEAD + "commands: [{transform: {parse_json: {json: a}}}, {capture: {t: h1}}]", 'unknown key "json"'),
    # files, scripts, blocks
    (HEAD + "commands: [{download: a}]", 'a.yaml:3:12 commands[0].as: "as" is missing'),
    (HEAD + "commands: [{download: a, as: f, types: [pdf]}]", "commands[0].types[0]:"),
    (HEAD + "commands: [{download: a, as: f, max_bytes: big}]", '"big" is no size (as 500kB, 20MB or 1GB)'),
    (HEAD + "commands: [{download: a, as: f, max_bytes: 0}]", "must be at least 1, not 0"),
    (HEAD + "commands: [{download: a, as: f, path: '{{ fil.name }}'}]", 'unknown name in "{{ fil.name }}": fil (did you mean "file"?)'),
    (HEAD + "commands: [{script: length}]", "commands[0].script:"),
    (HEAD + "commands: [{script: a._b}]", "commands[0].script:"),
    (HEAD + "commands: [{script: a.b, with: {x: '{{ row. }}'}}]", "a.yaml:3:36 commands[0].with.x: invalid template"),
    (HEAD + "commands: [{script: a.b, with: {x: ['{{ secret.K }}']}}]", "a secret may not stand here"),
    (HEAD + "commands: [{script: a.b, capture: {t: h1}}]", "more than one command in one mapping: script and capture"),
    (HEAD + "commands: [{open: {url: a}, json: {q: '{{ inptu.q }}'}, do: [{capture: {t: h1}}]}]", 'unknown name in "{{ inptu.q }}": inptu'),
    (HEAD + "commands: [{run: part}]", 'a.yaml:3:18 commands[0].run: no block and no Agent "part" (no blocks and no Agents here)'),
    # sessions
    (HEAD + "commands: [{capture: {t: h1}}, {login: 'http://a/', verify: {exists: b}, do: [{submit: null}]}]", "a.yaml:3:32 commands[1]: a login is the first of the commands (it holds for the whole run)"),
    (HEAD + "commands: [{login: 'http://a/', do: [{submit: null}]}, {capture: {t: h1}}]", 'a.yaml:3:12 commands[0].verify: "verify" is missing'),
    (HEAD + "commands: [{login: 'http://a/', verify: {exist: b}, do: [{submit: null}]}, {capture: {t: h1}}]", 'unknown key "exist" (did you mean "exists"?)'),
    (HEAD + "commands: [{login: {url: a}, verify: {exists: b}}, {capture: {t: h1}}]", "a.yaml:3:20 commands[0].login: expected a text, not a mapping"),
    (HEAD + "commands: [{login: 'http://a/', verify: {exists: b}, do: [{export: null}]}, {capture: {t: h1}}]", "export cannot stand in a login"),
    (HEAD + "commands: [{login: 'http://a/', verify: {exists: b}}, {capture: {t: h1}}]", "warning: login holds no commands (add do:)"),
    (HEAD + "commands: [{retry: 0, when: {status: [500]}, do: [{capture: {t: h1}}]}]", "a.yaml:3:20 commands[0].retry: must be at least 1, not 0"),
    (HEAD + "commands: [{retry: 3, do: [{capture: {t: h1}}]}]", '"when" is missing'),
    (HEAD + "commands: [{retry: 3, when: {}, do: [{capture: {t: h1}}]}]", "no sign is given (one of status, selector, text, min_bytes, fewer)"),
    (HEAD + "commands: [{retry: 3, when: {status: 500}, do: [{capture: {t: h1}}]}]", "a.yaml:3:38 commands[0].when.status: expected a list, not 500"),
    (HEAD + "commands: [{retry: 3, when: {status: [99]}, do: [{capture: {t: h1}}]}]", "must be at least 100, not 99"),
    (HEAD + "commands: [{retry: 3, when: {text: '('}, do: [{capture: {t: h1}}]}]", "invalid regular expression"),
    (HEAD + "commands: [{retry: 3, when: {fewer: {of: a}}, do: [{capture: {t: h1}}]}]", '"than" is missing'),
    (HEAD + "commands: [{retry: 3, when: {status: [500]}, backoff: 2 s, do: [{capture: {t: h1}}]}, {capture: {u: h2}}]", "a retry stands alone on its page (move what stands beside it under it)"),
    (HEAD + "commands: [{retry: 3, when: {status: [500]}, backoff: soon, do: [{capture: {t: h1}}]}]", '"soon" is no length of time (as 500ms, 2s, 5m, 1h or 1d)'),
    (HEAD + "commands: [{retry: 3, when: {status: [500]}, backoff: -1, do: [{capture: {t: h1}}]}]", "must be at least 0, not -1"),
    (HEAD + "commands: [{list: a, do: [{retry: 3, when: {status: [500]}, do: [{capture: {t: h1}}]}]}]", "a retry is for a whole page (put it right under the command that opens it)"),
    # selectors
    (CAPTURE + "a: p.price_color >", 'a.yaml:5:10 commands[0].capture.a: invalid CSS selector "p.price_color >": expected selector, got <EOF>'),
    (CAPTURE + "a: //p[", 'a.yaml:5:10 commands[0].capture.a: invalid XPath "//p[": invalid expression'),
    (CAPTURE + "a: {xpath: count(}", 'a.yaml:5:18 commands[0].capture.a.xpath: invalid XPath "count(": invalid number of arguments'),
    (CAPTURE + "a: {jmespath: 'a['}", 'a.yaml:5:21 commands[0].capture.a.jmespath: invalid JMESPath "a["'),
    (CAPTURE + "a: {css: b, regex: '('}", 'a.yaml:5:26 commands[0].capture.a.regex: invalid regular expression "("'),
    (CAPTURE + "a: [h1, 'h2 >']", 'a.yaml:5:15 commands[0].capture.a[1]: invalid CSS selector "h2 >"'),
    (CAPTURE + 'a: "{{ input.q }}"', "(a template goes under value:)"),
    (HEAD + "commands: [{list: 3}]", "a.yaml:3:19 commands[0].list: a selector is text (CSS or XPath), {css: …}"),
    (HEAD + "commands: [{list: []}]", "a.yaml:3:19 commands[0].list: is empty"),
    (HEAD + "commands: [{list: {csss: a}}]", 'a.yaml:3:20 commands[0].list.csss: unknown key "csss" (did you mean "css"?)'),
    # fields
    (CAPTURE + "a: 3", "a.yaml:5:10 commands[0].capture.a: a field is a selector, a mapping with a source"),
    (CAPTURE + "a: {cs: b}", 'a.yaml:5:11 commands[0].capture.a.cs: unknown key "cs" (did you mean "css"?)'),
    (CAPTURE + "a: {css: b, as: prize}", '(did you mean "price"?)'),
    (CAPTURE + "a: {css: b, xpath: //c}", "a.yaml:5:10 commands[0].capture.a: more than one source: css and xpath (keep one)"),
    (CAPTURE + "a: {as: text}", "a field needs a source"),
    (CAPTURE + "a: {list: b}", "list needs fields (for a list of texts use all: true)"),
    (CAPTURE + "a: {css: b, fields: {}}", "a.yaml:5:27 commands[0].capture.a.fields: is empty"),
    (CAPTURE + "a: {css: b, attr: c, fields: {d: e}}", "attr does not go with fields"),
    (CAPTURE + "a: {css: b, attr: c, html: true}", "attr and html exclude each other"),
    (CAPTURE + "a: {jmespath: b, attr: c}", "attr goes with css or xpath, not with jmespath"),
    (CAPTURE + "a: {page: url, all: true}", "all does not go with page"),
    (CAPTURE + "a: {page: colour}", '"colour" is none of url, title, status, html, text or number'),
    (CAPTURE + "a: {css: b, format: '%d'}", "format goes with as: date or as: datetime"),
    (CAPTURE + "a: {css: b, decimal: ','}", "decimal goes with as: integer, number or price"),
    (CAPTURE + "a: {css: b, default: 1, optional: true}", "default and optional exclude each other"),
    (CAPTURE + "a: {css: b, replace: {'(': x}}", 'a.yaml:5:29 commands[0].capture.a.replace.(: invalid regular expression "("'),
    (CAPTURE + "a: {css: b, optional: 1}", "a.yaml:5:29 commands[0].capture.a.optional: expected true or false, not 1"),
    (HEAD + "commands: [{capture: {}}]", "a.yaml:3:22 commands[0].capture: is empty"),
    # templates and conditions
    (CAPTURE + "a: {value: '{{ foo }}'}", 'unknown name in "{{ foo }}": foo (known: input, page, record, row, run)'),
    (CAPTURE + "a: {value: '{{ input.q }}'}", '"q" is not among the inputs (declare it under inputs)'),
    (CAPTURE + "a: {value: '{{ secret.K }}'}", 'a secret may not stand here: "{{ secret.K }}" (secrets go into what is sent: addresses, headers, bodies, forms)'),
    (CAPTURE + "a: {value: '{{ row.a.upper() }}'}", "calls are not allowed: use a filter, as |lower"),
    (CAPTURE + "a: {value: '{% for x in row %}{% endfor %}'}", '"for" is not allowed here'),
    (CAPTURE + "a: {value: '{{ row.a|uper }}'}", 'unknown filter "uper"; did you mean "upper"?'),
    (CAPTURE + "a: {value: '{{ row.a'}", "invalid template"),
    (HEAD + "commands: [{branch: page.status = 1}]", "expected token 'the end', got '=' (compare with ==)"),
    (HEAD + "commands: [{branch: {exist: a}}]", 'unknown key "exist" (did you mean "exists"?)'),
    (HEAD + "commands: [{branch: 3}]", "a condition is an expression, {exists: selector} or {missing: selector}"),
    # output
    (OUTPUT + "  schema: {type: objct}", "a.yaml:5:11 output.schema: not a valid JSON Schema at $.type"),
    (OUTPUT + "  schema: {$ref: 'http://a/'}", "leads out of the schema (define it under $defs)"),
    (OUTPUT + "  key: title", 'a.yaml:5:8 output.key: expected a list, not "title"'),
    (OUTPUT + "  key: [titel]", 'a.yaml:5:9 output.key[0]: no command captures the key "titel" (did you mean "title"?)'),
    (OUTPUT + "  schema: {required: [price]}", 'a.yaml:5:23 output.schema.required[0]: "price" is required, but no command captures it'),
    (OUTPUT + "  schema: {properties: {titel: {}}}", 'a.yaml:3:30 commands[0].capture.title: warning: "title" is not in the output schema (did you mean "titel"?)'),
    (OUTPUT + "  schema: {properties: {a: {}}, additionalProperties: false}", 'a.yaml:3:30 commands[0].capture.title: "title" is not in the output schema'),
    (OUTPUT + "  on_invalid: ignore", '"ignore" is none of drop, keep or fail'),
    (OUTPUT + "  success: {max_invalid: 101%}", '"101%" is not a share (a whole number, or a percentage as 1%)'),
    (OUTPUT + "  success: {min_records: 3, max_records: 2}", "min_records is over max_records"),
    (OUTPUT + "  records: {review: {schema: {}}}", 'warning: no command makes a record of the type "review"'),
    # settings
    (SETTINGS + "  concurency: 2", 'unknown key "concurency" (did you mean "concurrency"?)'),
    (SETTINGS + "  robots: no", '"no" is none of obey or ignore'),
    (SETTINGS + "  limits: {pages: 0}", "must be at least 1, not 0"),
    (SETTINGS + "  scrapy: {ADDONS: {}}", "a.yaml:5:12 settings.scrapy.ADDONS: ADDONS is read before an Agent is (set it in the project's settings)"),
    (SETTINGS + "  scrapy: {DUPEFILTER_CLASS: a.B}", "an Agent may not set DUPEFILTER_CLASS"),
    (SETTINGS + "  scrapy: {DOWNLOAD_DELAYS: 1}", 'did you mean "DOWNLOAD_DELAY"?'),
    (SETTINGS + "  delay: soon", 'a.yaml:5:10 settings.delay: "soon" is no length of time (as 500ms, 2s, 5m, 1h or 1d)'),
    (SETTINGS + "  timeout: 0", "a.yaml:5:12 settings.timeout: must be over 0, not 0"),
    (SETTINGS + "  concurrency_per_domain: 0", "must be at least 1, not 0"),
    (SETTINGS + "  sessions: 0", "a.yaml:5:13 settings.sessions: must be at least 1, not 0"),
    (SETTINGS + "  sessions: 3\n  cookies: false", "sessions need cookies (leave out cookies: false)"),
    (SETTINGS + "  user_agent: []", "a.yaml:5:15 settings.user_agent: is empty"),
    (SETTINGS + "  user_agent: {a: b}", "a.yaml:5:15 settings.user_agent: expected a text, not a mapping"),
    (SETTINGS + "  impersonate: chrome\n  user_agent: a", "impersonate and user_agent exclude each other (a browser has its own name)"),
    (SETTINGS + "  accept_language: ''", "a.yaml:5:20 settings.accept_language:"),
    (SETTINGS + "  proxy: {}", "a.yaml:5:10 settings.proxy: proxies come either from urls or from a pool"),
    (SETTINGS + "  proxy: {urls: [a], pool: b}", "proxies come either from urls or from a pool"),
    (SETTINGS + "  proxy: {urls: a}", 'a.yaml:5:17 settings.proxy.urls: expected a list, not "a"'),
    (SETTINGS + "  proxy: {urls: []}", "settings.proxy.urls: is empty"),
    (SETTINGS + "  proxy: {pool: a, rotate: often}", '"often" is none of request, session or on_block'),
    (SETTINGS + "  proxy: {pool: a, cool_off: x}", '"x" is no length of time'),
    (SETTINGS + "  proxy: {pool: a, when_exhausted: panic}", '"panic" is none of wait or fail'),
    (SETTINGS + "  block: {}", "a.yaml:5:10 settings.block: no sign is given"),
    (SETTINGS + "  block: {attempts: 3}", "no sign is given (one of status, selector, text, min_bytes"),
    (SETTINGS + "  block: {status: [403], attempts: -1}", "must be at least 0, not -1"),
    (SETTINGS + "  block: {status: [403], max_blocked: 120%}", '"120%" is not a share'),
    (SETTINGS + "  block: {min_bytes: 0}", "must be at least 1, not 0"),
    (SETTINGS + "  block: {text: '('}", "invalid regular expression"),
    # the parts together
    (HEAD + "commands: [{name: a, list: b, do: [{name: a, capture: {t: h1}}]}]", 'a second command named "a"'),
    (HEAD + "commands: [{capture: {t: h1}}, {exit: null}]", "exit stands in no list (exit: run ends the run)"),
    (HEAD + "commands: [{list: a, name: row, do: [{capture: {t: h1}}, {exit: rows}]}]", '(did you mean "row"?)'),
    (HEAD + "commands: [{list: a, do: [{exit: null}, {capture: {t: h1}}]}]", "warning: never reached: the exit before it is unconditional"),
    (HEAD + "browser: true\ncommands: [{capture: {t: h1}}]\nsettings: {browser: {timezone: Lisbon}}", 'settings.browser.timezone: "Lisbon" is no time zone (did you mean "Europe/Lisbon"?)'),
    (HEAD + "browser: true\ncommands: [{capture: {t: h1}}]\nsettings: {browser: {locale: xx_yy_zz}}", "settings.browser.locale: "),
    (HEAD + "commands: [{open: a}]", "warning: open holds no commands (add do:)"),
    (HEAD + "commands: [{lookup: a, do: [{list: b, do: [{capture: {t: h1}}]}]}]", "list cannot stand in a lookup: its page joins one record"),
    (HEAD + "commands: [{list: a, do: [{capture: {t: h1}}]}, {capture: {u: h2}}]", "warning: captured too late for the rows of the list before it (move it up)"),
    (HEAD + "commands: [{list: a, record: reviw, do: [{capture: {t: h1}}]}]", '"reviw" is not under output.records (declare it there)'),
    (HEAD + "commands: [{for_each: {input: rows}, do: [{capture: {t: h1}}]}]", '"rows" is not among the inputs'),
    (HEAD + "inputs: {rows: {type: string}}\ncommands: [{for_each: {input: rows}, do: [{capture: {t: h1}}]}]", 'the input "rows" is not a list (type: array)'),
    (HEAD + "inputs: {q: {type: integer, default: a}}\ncommands: [{capture: {t: h1}}]", "a.yaml:3:38 inputs.q.default: the default does not fit"),
    ("name: a\ncommands: [{list: b, do: [{capture: {t: h1}}]}]", "there is no page here yet (give a start address)"),
    (HEAD + "commands: [{list: a, do: [{exit: run}]}]", "warning: no command captures anything"),
    (OUTPUT + "tests: [{name: a, url: b, records: []}]", "a saved page has either a file or its html"),
    (OUTPUT.replace("output:\n", "") + "tests: [{name: a, url: b, records: [], file: ../x.html}]", "a saved page lies beside the definition, or below"),
    (OUTPUT.replace("output:\n", "") + "tests: [{name: a, url: b, records: [], html: x, at: nowhere}]", 'no command named "nowhere"'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_a_mistake_is_said_where_it_is(text, expected):
    found = findings(text)
    assert any(expected in line for line in found), "\n".join(found) or "no findings"
    assert all("\n" not in line for line in found)
    assert not any("nput should" in line or "ctx" in line for line in found)


def test_all_mistakes_of_a_file_are_said_at_once_in_the_order_of_the_file():
    text = textwrap.dedent("""\
        name: shop
        start: http://shop.example/
        commands:
          - pagniate: li.next a
            do:
              - list: article >
                do:
                  - capture:
                      price: {css: .price, as: prize}
        settings:
          concurency: 2
        """)
    assert [line.split(" ")[0] for line in findings(text)] == [
        "a.yaml:4:5",
        "a.yaml:6:15",
        "a.yaml:9:40",
        "a.yaml:11:3",
    ]


def test_a_finding_is_a_json_object_for_programs():
    with pytest.raises(DefinitionError) as error:
        parse_definition("nam: x", "a.yaml")
    assert error.value.findings[0].as_dict() | {"message": "", "hint": ""} == {
        "file": "a.yaml", "line": 1, "column": 1, "address": "commands", "severity": "error",
        "message": "", "hint": "",
    }  # fmt: skip


def test_a_good_definition_has_no_findings():
    assert findings(CAPTURE + "a: h1") == []


@pytest.mark.parametrize(
    "commands",
    [
        "{fill: {q: a}}, {wait: b}, {capture: {t: h1}}",
        "{check: {q: true}}, {capture: {t: h1}}",
        "{submit: button}, {capture: {t: h1}}",
        "{paginate: {click: button}, until: '{{ true }}'}, {list: li, do: [{capture: {t: h1}}]}",
        "{click: a, do: [{fill: {q: a}}, {submit: button}]}, {capture: {t: h1}}",
    ],
)
def test_what_a_live_page_does_by_itself_is_not_missed(commands):
    assert findings(f"{HEAD}browser: true\ncommands: [{commands}]") == []
