"""The same program in fewer bytes.

Left out are comments, docstrings, types, modules that nothing imports, and what nothing in
the program mentions by name; local and private names become short. Names are compared as
words, wherever they stand, and strings that are a name count as well: something of the same
name keeps another, and nothing that is used goes.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import python_minifier

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

_NAME = re.compile(r"[A-Za-z_][\w.]*")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_MEANT = frozenset({"ClassVar", "InitVar", "KW_ONLY"})  # types that change what a dataclass does


def smaller(
    sources: Mapping[str, bytes], begin: Iterable[str], asked: Iterable[str]
) -> dict[str, bytes]:
    """Files by name, of which those of Python are made smaller.

    The program begins in modules whose names begin with one of `begin`; `asked` are names
    that are used from outside, or put together when they are asked for.
    """
    trees = {
        name: _WithoutTypes().visit(_OldStrings().visit(ast.parse(source)))
        for name, source in sources.items()
        if name.endswith(".py")
    }
    for _ in range(2):  # what was swept away imports nothing any more
        trees = _reached(trees, tuple(begin))
        imported = _sweep(list(trees.values()), set(asked))
    keywords = {word for tree in trees.values() for word in _keywords(tree)}
    return {
        name: _written(trees[name], imported, keywords) if name in trees else source
        for name, source in sources.items()
        if name in trees or not name.endswith(".py")
    }


def _written(tree: ast.Module, imported: set[str], keywords: set[str]) -> bytes:
    for function in ast.walk(tree):
        if isinstance(function, _FUNCTIONS) and _is_private(function.name, but=keywords):
            _shorten_parameters(function.args, keywords)
    known = _words(tree).union(*(_defined(statement) or () for statement in tree.body))
    text = python_minifier.minify(
        ast.unparse(ast.fix_missing_locations(tree)),
        remove_annotations=False,  # what is left is meant
        remove_literal_statements=True,
        hoist_literals=False,
        rename_globals=True,
        preserve_globals=[name for name in known if not _is_private(name, but=imported)],
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
            if not _MEANT & _words(node.annotation):
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


def _reached(trees: Mapping[str, ast.Module], begin: tuple[str, ...]) -> dict[str, ast.Module]:
    """The modules that are imported, or named by a string, from where the program begins."""
    files = {_dotted(name): name for name in trees}
    todo = [module for module, name in files.items() if name.startswith(begin)]
    found: set[str] = set()
    while todo:
        module = todo.pop()
        if module not in found and module in files:
            found.add(module)
            todo += [module.rpartition(".")[0], *_modules(module, files[module], trees)]
    return {files[module]: trees[files[module]] for module in files if module in found}


def _modules(module: str, name: str, trees: Mapping[str, ast.Module]) -> Iterator[str]:
    """What may be a module, of all that one imports or names."""
    package = module if name.endswith("__init__.py") else module.rpartition(".")[0]
    for node in ast.walk(trees[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            parts = [*(above if node.level else []), *([node.module] if node.module else [])]
            yield ".".join(parts)
            yield from (".".join([*parts, alias.name]) for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _dotted(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _sweep(trees: list[ast.Module], asked: set[str]) -> set[str]:
    """Leaves out what no statement mentions that is needed itself; returns what is imported."""
    for tree in trees:
        tree.body = [one for statement in tree.body for one in _single(statement)]
    here: dict[ast.Module, set[str]] = {tree: set() for tree in trees}
    imported: set[str] = set()
    needed: set[ast.stmt] = set()
    while True:
        anywhere = asked.union(*here.values())
        new = [
            (tree, statement)
            for tree in trees
            for statement in tree.body
            if statement not in needed
            and _is_needed(_defined(statement), here[tree] | imported, anywhere)
        ]
        for tree, statement in new:
            needed.add(statement)
            here[tree] |= _words(statement)
            if isinstance(statement, ast.ImportFrom):
                imported |= _words(statement)
        if not new:
            break
    for tree in trees:
        tree.body = [statement for statement in tree.body if statement in needed]
    return imported


def _single(statement: ast.stmt) -> Iterator[ast.stmt]:
    """An import as one statement a name."""
    if isinstance(statement, ast.Import):
        yield from (ast.Import([alias]) for alias in statement.names)
    elif isinstance(statement, ast.ImportFrom):
        module, level = statement.module, statement.level
        yield from (ast.ImportFrom(module, [alias], level) for alias in statement.names)
    elif _defined(statement) != {"__all__"}:
        yield statement


def _is_needed(defined: set[str] | None, here: set[str], anywhere: set[str]) -> bool:
    if defined is None:
        return True
    return any(name in (here if _is_private(name) else anywhere) for name in defined)


def _defined(statement: ast.stmt) -> set[str] | None:
    """The names that a statement gives a meaning to; None of one that does more than that."""
    if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    if isinstance(statement, ast.Assign):
        names = {target.id for target in statement.targets if isinstance(target, ast.Name)}
        calls = any(isinstance(node, ast.Call) for node in ast.walk(statement.value))
        return names if len(names) == len(statement.targets) and not calls else None
    return None


def _words(node: ast.AST) -> set[str]:
    """All that it mentions by name."""
    return {word for part in ast.walk(node) for word in _own_words(part)}


def _own_words(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        return (node.attr,)
    if isinstance(node, ast.alias):
        return (node.name.rpartition(".")[2], node.asname or "")
    if isinstance(node, ast.keyword):
        return (node.arg or "",)
    if isinstance(node, ast.Constant) and _NAME.fullmatch(str(node.value)):
        return str(node.value).split(".")
    return ()


def _keywords(tree: ast.Module) -> Iterator[str]:
    """Names that arguments are passed by, and those of functions called with ``**``."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            for keyword in call.keywords:
                yield from (keyword.arg,) if keyword.arg else _words(call.func)


def _is_private(name: str, but: Container[str] = ()) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in but
