"""`python -m tests.tools.layout [FOLDER]`: flat modules, floors and circles of imports, lengths of modules, patterns.

FOLDER: another checkout to measure, such as an older version. Only imports at the top of a module count: they are what
loads with it.
"""

import ast
import statistics
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def modules(folder: Path) -> dict[str, Path]:
    """Return {dotted name: file} of worker and hooks."""
    found = {}
    for root in ("worker", "hooks"):
        for path in sorted((folder / root).rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(files: Mapping[str, Path]) -> dict[str, set[str]]:
    """Return {module: the modules of ours that load with it}; a package that holds no code is nobody's import."""
    empty = {name for name, path in files.items() if not _has_code(path)}
    return {
        name: {one for one in _imported(path, files) if one != name and one not in empty}
        for name, path in files.items()
    }


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import each other in a circle (Tarjan's strongly connected components)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        number[name] = low[name] = len(number)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in number:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], number[other])
        if low[name] == number[name]:
            place = stack.index(name)
            group = stack[place:]
            del stack[place:]
            if len(group) > 1:
                found.append(sorted(group))

    for name in graph:
        if name not in number:
            visit(name)
    return found


def floors(graph: Mapping[str, set[str]]) -> int:
    """Return how many modules stand on each other in the longest chain; a circle is one floor."""
    home = {name: group[0] for group in circles(graph) for name in group}
    height: dict[str, int] = {}

    def of(name: str) -> int:
        if name not in height:
            height[name] = 0
            members = [one for one in graph if home.get(one, one) == name]
            below = {home.get(other, other) for one in members for other in graph[one]} - {name}
            height[name] = 1 + max((of(one) for one in below), default=0)
        return height[name]

    return max(of(home.get(name, name)) for name in graph)


def rooms(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return the same graph of rooms: folders and modules that lie in worker/, and hooks as one."""
    found: dict[str, set[str]] = {_room(name): set() for name in graph}
    for name, others in graph.items():
        found[_room(name)] |= {_room(other) for other in others} - {_room(name)}
    return found


def _room(name: str) -> str:
    return ".".join(name.split(".")[:2]) if name.startswith("worker.") else name.split(".")[0]


def _has_code(path: Path) -> bool:
    if path.name != "__init__.py":
        return True
    return any(not isinstance(node, ast.Expr) for node in ast.parse(path.read_text(encoding="utf-8")).body)


def _imported(path: Path, files: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name in files)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                full = f"{node.module}.{one.name}"
                if full in files:
                    yield full
                elif node.module in files:
                    yield node.module


def patterns(folder: Path) -> int:
    """Return how many sentences of ours are still matched by a table to be said in Korean: pairs of two texts.

    Not those of others, who know no messages: the system, the browser, the database.
    """
    tables = [*(folder / "worker" / "i18n" / "korean").glob("*.py"), *(folder / "worker" / "korean").glob("*.py")]
    tables = [table for table in tables if table.name != "foreign.py"]
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in tables)
    return sum(_is_pair(node) for tree in trees for node in ast.walk(tree))


def _is_pair(node: ast.AST) -> bool:
    if not isinstance(node, ast.Tuple) or len(node.elts) != 2:
        return False
    return all(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in node.elts)


def main() -> int:
    """Print the measures, a line each."""
    folder = Path(sys.argv[1]).resolve() if sys.argv[1:] else PROJECT
    files = modules(folder)
    graph = imports(files)
    lengths = {
        name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in files.items() if _has_code(path)
    }
    flat = [name for name, path in files.items() if path.parent == folder / "worker" and path.name != "__init__.py"]
    longest = max(lengths, key=lambda name: lengths[name])
    print(f"modules flat in worker/: {len(flat)}")
    print(f"floors of imports: {floors(graph)}; circles: {len(circles(graph))} {circles(graph) or ''}")
    print(f"floors of rooms: {floors(rooms(graph))}")
    print(f"median module: {statistics.median(lengths.values()):.0f} lines; longest: {lengths[longest]} ({longest})")
    print(f"sentences of ours that are matched by a pattern: {patterns(folder)}")
    print(f"lines of Python in worker and hooks: {sum(lengths.values()):,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
