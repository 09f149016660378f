import pytest

from sequentum_scrapy.compiler.errors import ValueFailure
from sequentum_scrapy.compiler.files import AgentFiles


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "defs" / "data").mkdir(parents=True)
    (tmp_path / "defs" / "data" / "a.csv").write_text("a")
    (tmp_path / "secret.txt").write_text("s")
    return tmp_path / "defs"


def test_a_file_of_the_folder_or_below_is_found(folder):
    assert AgentFiles([folder]).find("data/a.csv") == folder / "data" / "a.csv"
    assert AgentFiles([folder / "other", folder]).find("./data/a.csv") == folder / "data" / "a.csv"


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../secret.txt", "data/../../secret.txt", "data\\a.csv", "C:/a.csv"]
)
def test_what_leads_out_is_refused(folder, name):
    with pytest.raises(ValueFailure, match="leads out of the folder"):
        AgentFiles([folder]).find(name)


def test_a_link_that_leads_out_is_refused(folder):
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    with pytest.raises(ValueFailure, match="a link that leads out"):
        AgentFiles([folder]).find("link.txt")


@pytest.mark.parametrize("name", ["b.csv", "data", ""])
def test_what_is_not_there_is_said(folder, name):
    with pytest.raises(ValueFailure, match=r"there is no file .* \(looked in "):
        AgentFiles([folder]).find(name)


def test_without_folders_there_are_no_files():
    with pytest.raises(ValueFailure, match="looked in no folder"):
        AgentFiles().find("a.csv")
