from pathlib import Path

from sequentum_scrapy.definition import read_definition


def test_try_picks_the_commands_that_fit_the_page(shell, shop, site):
    output = shell("try", "agent_defs/shop.yaml", "--url", site.url + "product/3")
    assert "at commands[0].do[0].do[0].open" in output
    assert '"sku": "P00003"' in output
    assert "valid" in output
    listing = shell("try", "agent_defs/shop.yaml", "--url", site.url)
    assert "at start" in listing
    assert f"link {site.url}product/1" in listing


def test_try_says_why_a_record_is_not_valid(shell, shop, site):
    shop.write_text(shop.read_text().replace("title: h1", "title: .nothing"))
    output = shell("try", "agent_defs/shop.yaml", "--url", site.url + "product/3")
    assert "record 1: $.title: not found" in output


def test_try_reports_a_page_that_does_not_come(shell, shop):
    assert "connection refused" in shell(
        "try",
        "agent_defs/shop.yaml",
        "--url",
        "http://127.0.0.1:9/",
        "-s",
        "RETRY_ENABLED=False",
        code=2,
    )


def test_a_saved_try_is_a_test_that_passes_and_keeps_the_comments(shell, shop, site):
    shop.write_text("# The shop.\n" + shop.read_text())
    shell("try", "agent_defs/shop.yaml", "--url", site.url + "product/3", "--save", "third")
    text = shop.read_text()
    assert text.startswith("# The shop.\n")
    (test,) = read_definition(shop).agent.tests
    assert test.records == [{"sku": "P00003", "title": "Product 3", "url": site.url + "product/3"}]
    assert (Path(shop).parent / test.file).is_file()
    assert "passed" in shell("test")
    assert 'there is a test "third" already' in shell(
        "try", "agent_defs/shop.yaml", "--url", site.url + "product/3", "--save", "third", code=2
    )
    assert [agent["name"] for agent in shell.json("list")] == ["shop"]


def test_a_test_that_does_not_hold_shows_the_difference(shell, shop, site):
    shell("try", "agent_defs/shop.yaml", "--url", site.url + "product/3", "--save", "third")
    shop.write_text(shop.read_text().replace("title: Product 3", "title: Product 4"))
    output = shell("test", "agent_defs/shop.yaml", code=1)
    assert "record 1: title is 'Product 3', expected 'Product 4'" in output
    assert "0 passed, 1 failed" in output


def test_no_tests_are_not_passed_tests(shell, shop):
    assert "no tests here" in shell("test", code=2)
