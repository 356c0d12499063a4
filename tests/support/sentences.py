"""The sentences that stand in the package's code: what is handed to the errors that a row can carry."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TypeGuard

import precontractual_async
from precontractual_async.model import errors

from .source import tree_of

PACKAGE = Path(precontractual_async.__file__).parent

OF_ROWS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.Fault | errors.InvalidIdentifier)
}
"""The errors whose words can stand behind a row."""

Template = tuple[str, ...]
"""A sentence cut where something is put in: one part when nothing is."""


def templates(kinds: AbstractSet[str] = OF_ROWS, but_in: Container[str] = ()) -> Iterator[Template]:
    """What every call of one of these errors says, as far as it is written there or a line above."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if str(path.relative_to(PACKAGE)) in but_in:
            continue
        tree = tree_of(path.read_text())
        of_rows = kinds is OF_ROWS and path.stem in ("dates", "planning")
        named = kinds | ({"ValueError"} if of_rows else set())
        for function in (
            each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
        ):
            yield from _told(function, named)
        calls = [node for node in ast.walk(tree) if _is_call(node, named)]
        starred = [each for call in calls for each in call.args if isinstance(each, ast.Starred)]
        yield from _of_constants({name for each in starred for name in _names(each)}, path)


def _is_call(node: ast.AST, named: AbstractSet[str]) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in named


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and each.id.isupper()}


def _of_constants(names: set[str], path: Path) -> Iterator[Template]:
    """What stands in tables of these names, in the module or in one beside it."""
    for module in sorted(path.parent.glob("*.py")) if names else ():
        of_module = {
            node.target.id: node.value
            for node in tree_of(module.read_text()).body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
        }
        for name in names & of_module.keys():
            tables = [
                of_module[name],
                *(of_module[each] for each in _names(of_module[name]) & of_module.keys()),
            ]
            found = (_template(node) for table in tables for node in _outermost(table))
            yield from (each for each in found if each and any(" " in part for part in each))


def _outermost(node: ast.AST) -> Iterator[ast.AST]:
    """The texts, and not the parts of those that are put together."""
    if isinstance(node, ast.Constant | ast.JoinedStr):
        yield node
    else:
        for each in ast.iter_child_nodes(node):
            yield from _outermost(each)


def _told(function: ast.AST, named: AbstractSet[str]) -> Iterator[Template]:
    for call in (node for node in ast.walk(function) if _is_call(node, named)):
        for argument in call.args[:2]:
            yield from _resolved(argument, function)


def _resolved(node: ast.AST, function: ast.AST) -> Iterator[Template]:
    if isinstance(node, ast.Constant | ast.JoinedStr):
        yield from filter(None, (_template(node),))
    elif isinstance(node, ast.Name):
        for each in ast.walk(function):
            if (
                isinstance(each, ast.Assign)
                and isinstance(each.targets[0], ast.Name)
                and each.targets[0].id == node.id
            ):
                yield from filter(None, (_template(each.value),))


def _template(node: ast.AST) -> Template | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return (node.value,)
    if not isinstance(node, ast.JoinedStr):
        return None
    marked = "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)
    return tuple(marked.split("\0"))


def fits(template: Template, sentence: str) -> bool:
    """Whether a sentence may have been made of it."""
    return re.fullmatch(".+".join(map(re.escape, template)), sentence) is not None
