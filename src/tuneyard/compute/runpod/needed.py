"""What of a program is needed, from where it begins: modules, what they define, and methods.

What a name means is followed through the imports. Where that can't be seen, because a module
is handed on as a value, all of it counts that is mentioned by name anywhere; the same holds
for methods, since nobody knows whose they are. A string that is a name mentions it as well.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

_NAME = re.compile(r"[A-Za-z_][\w.]*")
_BY_WORD = frozenset({"eval", "exec", "globals"})  # reach what is named nowhere
# What nobody misses if nobody asks for what it makes.
_HARMLESS = frozenset({"Path", "TypeVar", "frozenset", "re.compile"})


def needed(
    trees: Mapping[str, ast.Module], begin: Iterable[str], asked: Iterable[str]
) -> dict[str, set[str]]:
    """Leaves in `trees`, by the names of their files, only what is needed.

    The program begins in files whose names begin with one of `begin`; `asked` are names
    that are used from outside. Returns the files that are needed, each with the names that
    other files know something in it by.
    """
    modules = {_dotted(name): _Module(name, tree) for name, tree in trees.items()}
    search = _Search(modules, frozenset(asked))
    for name, module in modules.items():
        if module.file.startswith(tuple(begin)):
            search.reach(name)
    search.run()
    for name in search.known:
        _cut(modules[name].tree, search.needed)
    return {modules[name].file: known for name, known in search.known.items()}


def words(node: ast.AST) -> set[str]:
    """All that it mentions by name."""
    return {word for part in ast.walk(node) for word in own_words(part)}


def own_words(node: ast.AST) -> Iterable[str]:
    """What it mentions itself, without its parts."""
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


class _Module:
    """One file: what it does, what it defines, and what it knows by which names."""

    def __init__(self, file: str, tree: ast.Module) -> None:
        self.file = file
        self.tree = tree
        tree.body = [one for statement in tree.body for one in _single(statement)]
        self.does = [statement for statement in tree.body if _defined(statement) is None]
        self.defines: dict[str, list[ast.stmt]] = defaultdict(list)
        for statement in tree.body:
            for name in _defined(statement) or ():
                self.defines[name].append(statement)
        self.imported: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self.imported[alias.asname or alias.name].add((self.source(node), alias.name))

    def source(self, node: ast.ImportFrom) -> str:
        """The module that is imported from."""
        package = _dotted(self.file).split(".")
        above = package[: len(package) - node.level + self.file.endswith("__init__.py")]
        return ".".join([*(above if node.level else []), *([node.module] if node.module else [])])


class _Search:
    """`known` are the modules that are reached, `needed` their statements and methods."""

    def __init__(self, modules: Mapping[str, _Module], asked: frozenset[str]) -> None:
        self.known: dict[str, set[str]] = {}
        self.needed: set[ast.AST] = set()
        self._modules = modules
        self._asked = asked
        self._values: set[str] = set()  # modules that are handed on
        self._methods: list[tuple[str, ast.stmt]] = []  # that wait for somebody who names them
        self._words: set[str] = set()
        self._todo: list[tuple[str, ast.stmt]] = []

    def reach(self, name: str) -> None:
        """A module is imported, and with it those above it: what it does is done."""
        if name in self.known or name not in self._modules:
            return
        self.known[name] = set()
        self.reach(name.rpartition(".")[0])
        for statement in self._modules[name].does:
            self._need(name, statement)
        for each in self._asked:
            self._ask(name, each)

    def run(self) -> None:
        while self._todo:
            self._read(*self._todo.pop())
            if not self._todo:
                self._by_word()

    def _by_word(self) -> None:
        for name in self._values:
            for each in self._words & self._modules[name].defines.keys():
                self._ask(name, each)
        for name, method in self._methods:
            if getattr(method, "name", "") in self._words:
                self._need(name, method)

    def _need(self, name: str, statement: ast.stmt) -> None:
        if statement not in self.needed:
            self.needed.add(statement)
            self._todo.append((name, statement))

    def _ask(self, name: str, each: str) -> None:
        """What others know by a name in a module that is reached."""
        for statement in self._modules[name].defines.get(each, ()):
            self.known[name].add(each)
            self._need(name, statement)

    def _read(self, name: str, statement: ast.stmt) -> None:
        """Follows all that a statement mentions."""
        module = self._modules[name]
        later = _plain_methods(statement)
        self._methods += [(name, method) for method in later]
        owners: set[ast.AST] = set()  # names that stand before a dot
        # What is imported inside of one may be known to others without being defined.
        compound = not isinstance(statement, (*FUNCTIONS, ast.ClassDef, ast.ImportFrom))
        for node in _walk(statement, later):
            if isinstance(statement, ast.ClassDef) or not isinstance(node, ast.Name):
                self._words.update(own_words(node))
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self._take(module.source(node), alias.name, hand_on=compound)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    self._hand_on(alias.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                owners.add(node.value)
                for target in self._meant(module, node.value.id):
                    self._ask(target, node.attr)
                    for further in self._called(target, node.attr):
                        self._hand_on(further)
            elif isinstance(node, ast.Name):
                self._mention(name, node.id, owner=node in owners)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                self.reach(node.value)

    def _mention(self, name: str, each: str, *, owner: bool) -> None:
        module = self._modules[name]
        for statement in module.defines.get(each, ()):
            self._need(name, statement)
        if each in _BY_WORD:
            self._values.add(name)
        if not owner:
            for target in self._meant(module, each):
                self._hand_on(target)

    def _meant(self, module: _Module, each: str) -> set[str]:
        """The modules, all reached, that a name in this one may stand for."""
        pairs = module.imported.get(each, ())
        found = {target for source, name in pairs for target in self._called(source, name)}
        for target in found:
            self.reach(target)
        return found

    def _called(self, source: str, name: str) -> set[str]:
        """The modules that `source` knows by a name: the one below it, or what it imports."""
        found = {f"{source}.{name}"} & self._modules.keys()
        if source in self._modules:
            module = self._modules[source]
            for statement in module.defines.get(name, ()):
                if not isinstance(statement, ast.ImportFrom):
                    return set()
                origin = module.source(statement), statement.names[0].name
                if origin != (source, name):
                    found = self._called(*origin)
        return found

    def _take(self, source: str, each: str, *, hand_on: bool) -> None:
        self.reach(source)
        if source in self._modules:
            self._ask(source, each)
        for target in self._called(source, each):
            self.reach(target)
            if hand_on:
                self._hand_on(target)

    def _hand_on(self, name: str) -> None:
        self.reach(name)
        if name in self._modules:
            self._values.add(name)


def _cut(tree: ast.Module, needed: set[ast.AST]) -> None:
    tree.body = [statement for statement in tree.body if statement in needed]
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef):
            gone = [method for method in _plain_methods(statement) if method not in needed]
            body = [part for part in statement.body if part not in gone]
            statement.body = body or [ast.Pass()]


def _plain_methods(statement: ast.stmt) -> list[ast.stmt]:
    """Those of a class that nobody calls but by name: it is based on nothing."""
    if not isinstance(statement, ast.ClassDef) or statement.bases or statement.keywords:
        return []
    return [
        part
        for part in statement.body
        if isinstance(part, FUNCTIONS) and not part.name.startswith("__")
    ]


def _walk(statement: ast.stmt, without: list[ast.stmt]) -> Iterator[ast.AST]:
    """Whatever holds something comes before it."""
    todo: list[ast.AST] = [statement]
    for node in todo:
        yield node
        todo += [part for part in ast.iter_child_nodes(node) if part not in without]


def _single(statement: ast.stmt) -> Iterator[ast.stmt]:
    """An import as one statement a name."""
    if isinstance(statement, ast.Import):
        yield from (ast.Import([alias]) for alias in statement.names)
    elif isinstance(statement, ast.ImportFrom):
        module, level = statement.module, statement.level
        yield from (ast.ImportFrom(module, [alias], level) for alias in statement.names)
    elif _defined(statement) != {"__all__"}:
        yield statement


def _defined(statement: ast.stmt) -> set[str] | None:
    """The names that a statement gives a meaning to; None of one that does more than that."""
    if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    if isinstance(statement, ast.Assign):
        names = {target.id for target in statement.targets if isinstance(target, ast.Name)}
        calls = [node.func for node in ast.walk(statement.value) if isinstance(node, ast.Call)]
        harmless = all(ast.unparse(called) in _HARMLESS for called in calls)
        return names if len(names) == len(statement.targets) and harmless else None
    return None


def _dotted(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
