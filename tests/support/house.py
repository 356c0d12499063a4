"""The package's rooms and modules, and who imports whom.

    PYTHONPATH=tests python -m support.house

prints each module with its lines and its first sentence, and what the house counts.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import precontractual_async

from .source import tree_of

PACKAGE = Path(precontractual_async.__file__).parent


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
        if name != "__init__":
            yield name, path


MODULES = dict(modules())


def imported(name: str, path: Path, *, for_types_too: bool = False) -> Iterator[str]:
    """The modules of the package that a module imports, anywhere in it; for types only when told so."""
    tree = tree_of(path.read_text())
    for_types = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level and (for_types_too or node not in for_types):
            base = package[: len(package) - node.level + 1]
            target = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            names = {f"{target}.{alias.name}".strip(".") for alias in node.names}
            yield from (names & MODULES.keys()) or {target}


def imports() -> dict[str, set[str]]:
    """What each module imports of the package, for types too."""
    return {name: set(imported(name, path, for_types_too=True)) for name, path in MODULES.items()}


def rooms(by_module: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """What each room imports of the others."""
    found: dict[str, set[str]] = {}
    for name, others in by_module.items():
        room = name.partition(".")[0]
        found.setdefault(room, set()).update({other.partition(".")[0] for other in others} - {room})
    return found


def circle(by_name: Mapping[str, set[str]]) -> list[str]:
    """Names that import each other in a circle; none when there is none."""
    try:
        TopologicalSorter(by_name).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def floors(by_room: Mapping[str, set[str]]) -> int:
    """The most rooms that stand on each other."""
    heights: dict[str, int] = {}
    for room in TopologicalSorter(by_room).static_order():
        heights[room] = 1 + max((heights[other] for other in by_room.get(room, ())), default=0)
    return max(heights.values())


def entries() -> list[str]:
    """What stands in the package's folder."""
    return sorted(path.name for path in PACKAGE.iterdir() if path.name not in ("__pycache__", "py.typed"))


def main() -> None:
    for name, path in MODULES.items():
        text = path.read_text()
        first = " ".join((ast.get_docstring(tree_of(text)) or "").partition("\n\n")[0].split())
        print(f"{name:38}{len(text.splitlines()):5}  {first}")
    by_module = imports()
    by_room = rooms(by_module)
    arrows = sum(map(len, by_room.values()))
    print(
        f"\n{len(MODULES)} modules, {sum(len(p.read_text().splitlines()) for p in MODULES.values()):,} lines"
    )
    print(f"{len(entries())} entries, {floors(by_room)} floors of rooms, {arrows} arrows between them")
    print(f"circles: {circle(by_module) or 'none'}")


if __name__ == "__main__":
    main()
