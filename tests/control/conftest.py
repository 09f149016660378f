from __future__ import annotations

import pytest

from sequentum_scrapy.control.project import Project


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return the project of an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SCRAPY_SETTINGS_MODULE", raising=False)
    return Project.find()
