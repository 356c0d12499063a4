"""The package's code, read."""

from __future__ import annotations

import ast
import gc


def tree_of(text: str) -> ast.Module:
    """Its syntax tree, made while the collector rests.

    Before Python 3.12 it fails with "recursion depth mismatch" when something that is collected meanwhile has
    code of its own read, as a traceback does that is written.
    """
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        gc.enable()
