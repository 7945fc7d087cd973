"""The examples in docstrings hold."""

from __future__ import annotations

import doctest
import importlib

import pytest

from tests.test_architecture import FILES, module_name

WITH_EXAMPLES = [module_name(file) for file in FILES if ">>> " in file.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_every_example_of_a_docstring_gives_what_it_says(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > 0
    assert found.failed == 0
