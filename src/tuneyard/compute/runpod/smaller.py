"""The same program in fewer bytes.

Left out are comments, docstrings, types, and what nothing in the program mentions by name;
local and private names become short. Names are compared as words, wherever they stand, in
strings too: something of the same name keeps another, and nothing that is used goes.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING, TypeGuard

import python_minifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MEANT = frozenset({"ClassVar", "InitVar", "KW_ONLY"})  # types that change what a dataclass does


def smaller(sources: Mapping[str, bytes], asked: Iterable[str]) -> dict[str, bytes]:
    """Files by name, of which those of Python are made smaller.

    `asked` are names that are used from outside, or put together when they are asked for.
    """
    trees = {
        name: _WithoutTypes().visit(ast.parse(source))
        for name, source in sources.items()
        if name.endswith(".py")
    }
    _sweep(trees.values(), set(asked))
    everywhere = Counter(word for tree in trees.values() for word in _words(tree))
    keywords = {word for tree in trees.values() for word in _keywords(tree)}
    return {
        name: _written(trees[name], everywhere, keywords) if name in trees else source
        for name, source in sources.items()
    }


def _written(tree: ast.Module, everywhere: Counter[str], keywords: set[str]) -> bytes:
    here = _words(tree)
    kept = [word for word in here if not _is_private(word) or everywhere[word] > 1]
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and _is_private(function.name):
            _shorten_parameters(function.args, keywords)
    text = python_minifier.minify(
        ast.unparse(ast.fix_missing_locations(tree)),
        remove_annotations=False,  # what is left is meant
        remove_literal_statements=True,
        hoist_literals=False,
        rename_globals=True,
        preserve_globals=kept,
    )
    return text.encode()


def _shorten_parameters(parameters: ast.arguments, keywords: set[str]) -> None:
    """Lets the minifier rename those that nobody passes by name."""
    names = [*parameters.posonlyargs, *parameters.args]
    by_name = [number for number, name in enumerate(names) if name.arg in keywords]
    first = min(by_name, default=len(names))
    parameters.posonlyargs, parameters.args = names[:first], names[first:]


class _WithoutTypes(ast.NodeTransformer):
    """Annotations are left to the fields of classes, as ``int``: a dataclass wants some."""

    def __init__(self) -> None:
        self._in_class = False

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._inside(node, in_class=True)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self._inside(node, in_class=False)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        if self._in_class:
            if not _MEANT & _words(node.annotation):
                node.annotation = ast.Name("int", ast.Load())
            return node
        return ast.Assign([node.target], node.value) if node.value else None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        return None if node.module == "__future__" else node

    def visit_If(self, node: ast.If) -> ast.AST | None:
        unused = {"TYPE_CHECKING", "__name__ == '__main__'"}
        return None if ast.unparse(node.test) in unused else self.generic_visit(node)

    def _inside(self, node: ast.ClassDef | ast.FunctionDef, *, in_class: bool) -> ast.AST:
        before, self._in_class = self._in_class, in_class
        self.generic_visit(node)
        self._in_class = before
        node.body = node.body or [ast.Pass()]
        return node


def _sweep(trees: Iterable[ast.Module], asked: set[str]) -> None:
    """Leaves out definitions that nothing mentions which is itself needed, and then imports."""
    for tree in trees:
        tree.body = [statement for statement in tree.body if _names(statement) != {"__all__"}]
    needed: set[ast.stmt] = set()
    mentioned: dict[ast.Module, set[str]] = {tree: set() for tree in trees}
    while True:
        anywhere = asked.union(*mentioned.values())
        new = [
            (tree, statement)
            for tree in trees
            for statement in tree.body
            if statement not in needed and _is_needed(statement, mentioned[tree], anywhere)
        ]
        if not new:
            break
        for tree, statement in new:
            needed.add(statement)
            mentioned[tree] |= _words(statement)
    for tree in trees:
        tree.body = [s for s in tree.body if s in needed and _trimmed(s, mentioned[tree], anywhere)]


def _is_needed(statement: ast.stmt, here: set[str], anywhere: set[str]) -> bool:
    names = _names(statement)
    return names is None or any(
        name in (here if _is_private(name) else anywhere) for name in names
    )


def _names(statement: ast.stmt) -> set[str] | None:
    """What a statement defines and no more than that; None if it also does something."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return {statement.name} if not statement.decorator_list or True else None
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {_bound(alias) for alias in statement.names}
    if isinstance(statement, ast.Assign):
        targets = {t.id if isinstance(t, ast.Name) else "" for t in statement.targets}
        calls = any(isinstance(node, ast.Call) for node in ast.walk(statement.value))
        return None if calls or "" in targets else targets
    return None
