"""The examples in docstrings are run as they stand."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import precontractual_async

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(precontractual_async.__path__, "precontractual_async.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    """Every example gives what it says."""
    assert doctest.testmod(importlib.import_module(name)).failed == 0
