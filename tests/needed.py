"""What becomes of a test that needs what is not here."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def not_here(reason: str) -> NoReturn:
    """Skip the test that is run; where CI is set, fail it: there everything is to be tried."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
