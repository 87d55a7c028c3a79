"""The same program in fewer bytes.

Left out are comments, docstrings, types and what isn't needed, see `needed`. Names become
short that only one file knows, and those of parameters that nobody passes by name.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import python_minifier

from .needed import FUNCTIONS, needed, words

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

_MEANT = frozenset({"ClassVar", "InitVar", "KW_ONLY"})  # types that change what a dataclass does


def smaller(
    sources: Mapping[str, bytes], begin: Iterable[str], asked: Iterable[str]
) -> dict[str, bytes]:
    """Files by name, of which those of Python are made smaller.

    The program begins in files whose names begin with one of `begin`; `asked` are names
    that are used from outside, or put together when they are asked for.
    """
    trees = {
        name: _WithoutTypes().visit(_OldStrings().visit(ast.parse(source)))
        for name, source in sources.items()
        if name.endswith(".py")
    }
    known = needed(trees, begin, asked)
    keywords = {word for name in known for word in _keywords(trees[name])}
    return {
        name: _written(trees[name], known[name], keywords) if name in known else source
        for name, source in sources.items()
        if name in known or not name.endswith(".py")
    }


def _written(tree: ast.Module, known: set[str], keywords: set[str]) -> bytes:
    for parameters in _parameters(tree, keywords):
        _shorten(parameters, keywords)
    # Longer names that are the same everywhere are shorter, compressed, than short ones that aren't.
    public = {name for name in words(tree) if not name.startswith("_")}
    text = python_minifier.minify(
        ast.unparse(ast.fix_missing_locations(tree)),
        remove_annotations=False,  # what is left is meant
        remove_literal_statements=True,
        hoist_literals=False,
        rename_globals=True,
        preserve_globals=[*known, *public],
    )
    return text.encode()


def _parameters(
    node: ast.AST, keywords: set[str], within: ast.ClassDef | None = None
) -> Iterator[ast.arguments]:
    """Those of functions that nobody but the program calls, and never with ``**``."""
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.ClassDef):
            yield from _parameters(part, keywords, part)
            continue
        yield from _parameters(part, keywords)
        if isinstance(part, ast.Lambda):
            yield part.args
        elif isinstance(part, FUNCTIONS) and not (within and within.bases):
            called = {part.name}
            if within and part.name == "__init__":
                called = {within.name} | {"cls"} & words(within)
            if not called & keywords:
                yield part.args


def _shorten(parameters: ast.arguments, keywords: Container[str]) -> None:
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

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self._inside(node, in_class=False)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - the transformer's name for it

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        if self._in_class:
            if not _MEANT & words(node.annotation):
                node.annotation = ast.Name("int", ast.Load())
            return node
        return ast.Assign([node.target], node.value) if node.value else None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        return None if node.module == "__future__" else node

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        never = {"TYPE_CHECKING", "__name__ == '__main__'"}
        return node.orelse if ast.unparse(node.test) in never else node

    def _inside(
        self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, *, in_class: bool
    ) -> ast.AST:
        before, self._in_class = self._in_class, in_class
        self.generic_visit(node)
        self._in_class = before
        node.body = node.body or [ast.Pass()]
        return node


class _OldStrings(ast.NodeTransformer):
    """Before Python 3.12 the quotes inside of an f-string had to be others than its own.

    A newer one, at home, would write what an older one, in a pod, can't read. So those
    with a string inside become calls of ``format``.
    """

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        values: list[ast.expr] = []
        template = ast.Constant(self._template(node, values))
        if not any(_is_quoted(part) for value in values for part in ast.walk(value)):
            return node
        call = ast.Attribute(template, "format", ast.Load())
        return ast.Call(call, [self.visit(value) for value in values], [])

    def _template(self, node: ast.JoinedStr, values: list[ast.expr]) -> str:
        """The text with a field for each value, which are added to `values` in order."""
        text = ""
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                values.append(part.value)
                conversion = f"!{chr(part.conversion)}" if part.conversion > 0 else ""
                spec = part.format_spec
                told = f":{self._template(spec, values)}" if isinstance(spec, ast.JoinedStr) else ""
                text += f"{{{conversion}{told}}}"
            elif isinstance(part, ast.Constant):
                text += str(part.value).replace("{", "{{").replace("}", "}}")
        return text


def _is_quoted(node: ast.AST) -> bool:
    texts = isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
    return texts or isinstance(node, ast.JoinedStr)


def _keywords(tree: ast.Module) -> Iterator[str]:
    """Names that arguments are passed by, and those of functions called with ``**``."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            for keyword in call.keywords:
                yield from (keyword.arg,) if keyword.arg else words(call.func)
