"""The same program in fewer bytes.

Left out are comments, docstrings, types and what isn't needed, see `needed`. Names become
short that only one file knows, and those of parameters that nobody passes by name.
"""

from __future__ import annotations

import ast
from threading import Lock
from typing import TYPE_CHECKING

import python_minifier

from .needed import FUNCTIONS, needed, own_words, words

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

_MEANT = frozenset({"ClassVar", "InitVar", "KW_ONLY"})  # types that change what a dataclass does
_MAY_BE_ANY = frozenset({"__init__", "partial"})  # what they call isn't told by their names
# Python 3.11's `ast` counts its depth for all threads together: of two at once, one may fail.
_ONE_AT_A_TIME = Lock()


def smaller(
    sources: Mapping[str, bytes],
    begin: Iterable[str],
    asked: Iterable[str],
    unread: Container[str] = (),
) -> dict[str, bytes]:
    """Files by name, of which those of Python are made smaller.

    The program begins in files whose names begin with one of `begin`; `asked` are names
    that are used from outside, or put together when they are asked for. Fields of classes
    that are `unread` where the program goes stay here, with what they are given.
    """
    with _ONE_AT_A_TIME:
        trees = {
            name: _WithoutTypes(unread).visit(_OldStrings().visit(ast.parse(source)))
            for name, source in sources.items()
            if name.endswith(".py")
        }
        known = needed(trees, begin, asked)
        calls = _Calls([trees[name] for name in known])
        return {
            name: _written(trees[name], known[name], calls) if name in known else source
            for name, source in sources.items()
            if name in known or not name.endswith(".py")
        }


def _written(tree: ast.Module, known: set[str], calls: _Calls) -> bytes:
    for parameters, by_name in _parameters(tree, calls):
        _shorten(parameters, by_name)
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


class _Calls:
    """What a program's calls pass by name, and to what.

    A function is known by its name. A variable, the result of a call, and what ``partial`` and
    ``as`` make may be any function that is handed on: what is passed to these by name, all of
    those keep. One without a name, a lambda, is only called so.
    """

    def __init__(self, trees: Iterable[ast.Module]) -> None:
        self._passed: set[tuple[str, str]] = set()  # name of a function, name of an argument
        self._anywhere: set[str] = set()
        self._starred: set[str] = set()  # names of functions that are called with ``**``
        nodes = [node for tree in trees for node in ast.walk(tree)]
        classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
        self._inherited = {word for node in classes for base in node.bases for word in words(base)}
        self._handed_on = _handed_on(nodes)
        may_be_any = {name for node in nodes for name in _bound(node)} | _MAY_BE_ANY
        for node in nodes:
            if isinstance(node, ast.Call):
                self._note(node, may_be_any)

    def by_name(self, called: str = "", within: ast.ClassDef | None = None) -> set[str] | None:
        """The parameters of a function that are passed by name; None where nobody can tell.

        `within` is the class that a method stands in.
        """
        names, unknown = {called}, False
        if within:
            if within.bases:
                return None  # others may call it, by the names that its base has
            if called == "__init__":
                names = {within.name} | {"cls"} & words(within)
            unknown = within.name in self._inherited  # and may be called by another name
        if names & self._starred:
            return None
        told = {name for function, name in self._passed if unknown or function in names}
        # Those between underscores are called by the language itself.
        plain = called and not called.startswith("__") and not unknown
        return told if plain and called not in self._handed_on else told | self._anywhere

    def _note(self, call: ast.Call, may_be_any: Container[str]) -> None:
        function = call.func
        called = function.attr if isinstance(function, ast.Attribute) else ""
        called = function.id if isinstance(function, ast.Name) else called
        for keyword in call.keywords:
            if keyword.arg in {None, "kwargs"}:  # those of a thread are for what is passed to it
                self._starred |= words(call if keyword.arg else function)
            elif not called or called in may_be_any:
                self._anywhere.add(str(keyword.arg))
            else:
                self._passed.add((called, str(keyword.arg)))


def _handed_on(nodes: Iterable[ast.AST]) -> set[str]:
    """The names of what isn't only called: it may be called by any other name as well."""
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    found = {word for node in nodes if id(node) not in called for word in _mentioned(node)}
    decorated = (node for node in nodes if isinstance(node, FUNCTIONS) and node.decorator_list)
    return found | {node.name for node in decorated}


def _mentioned(node: ast.AST) -> Iterable[str]:
    """To import a function by its own name is not to hand it on."""
    return () if isinstance(node, ast.alias) and not node.asname else own_words(node)


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that a value gets here, which may be a function."""
    if isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store):
        yield node.id if isinstance(node, ast.Name) else node.attr
    elif isinstance(node, ast.alias) and node.asname:
        yield node.asname


def _parameters(
    node: ast.AST, calls: _Calls, within: ast.ClassDef | None = None
) -> Iterator[tuple[ast.arguments, set[str]]]:
    """Those of functions that nobody but the program calls, and which are passed by name."""
    for part in ast.iter_child_nodes(node):
        yield from _parameters(part, calls, part if isinstance(part, ast.ClassDef) else None)
        if isinstance(part, (ast.Lambda, *FUNCTIONS)):
            called = "" if isinstance(part, ast.Lambda) else part.name
            by_name = calls.by_name(called, within)
            if by_name is not None:
                yield part.args, by_name


def _shorten(parameters: ast.arguments, by_name: Container[str]) -> None:
    """Lets the minifier rename those that nobody passes by name."""
    names = [*parameters.posonlyargs, *parameters.args]
    kept = [number for number, name in enumerate(names) if name.arg in by_name]
    first = min(kept, default=len(names))
    parameters.posonlyargs, parameters.args = names[:first], names[first:]


class _WithoutTypes(ast.NodeTransformer):
    """Annotations are left to the fields of classes, as ``int``: a dataclass wants some."""

    def __init__(self, unread: Container[str]) -> None:
        self._unread = unread
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
            if isinstance(node.target, ast.Name) and node.target.id in self._unread:
                return None
            if not _MEANT & words(node.annotation):
                node.annotation = ast.Name("int", ast.Load())
            return node
        return ast.Assign([node.target], node.value) if node.value else None

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        node.keywords = [keyword for keyword in node.keywords if keyword.arg not in self._unread]
        return node

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
