"""Why a script of one's own fails: rules as data, asked before the general ones.

Only what says more than the general rules do, most special first: a traceback names the
error of almost any Python script, so it stands last.
"""

from __future__ import annotations

from tuneyard.runner.causes import GENERAL, Rule

_TRAIN = ("train",)

_OWN = (
    Rule(
        code="command-missing",
        pattern=r"^(?:[^\n:]+: )?(?:line \d+: |\d+: )(?:exec: )?(?P<command>[^\s:]+): (?:command )?not found",
        steps=_TRAIN,
        sentence="The script calls {command}, which is not installed here.",
        next_step="Install it in the script's first lines, or choose an image that has it.",
    ),
    Rule(
        code="variable-missing",
        pattern=r"^[^\n]+: line \d+: (?P<name>[A-Za-z_]\w*): (?:unbound variable"
        r"|parameter null or not set|[^\n]*not set[^\n]*)$",
        steps=_TRAIN,
        sentence="The script needs the variable {name}, and it has no value.",
        next_step="Set it under environment; if it is a token, name it under secrets. Then resume.",
    ),
    Rule(
        code="not-allowed",
        pattern=r"(?P<path>[^\s:']+): Permission denied$",
        exit_codes=(126,),
        steps=_TRAIN,
        sentence="{path} can't be run: the right to is missing.",
        next_step="Call it by its program, as bash {path}, or make it executable in the script.",
    ),
    Rule(
        code="python-package",
        pattern=r"^(?:ModuleNotFoundError|ImportError): No module named '(?P<module>[^'.]+)",
        steps=_TRAIN,
        sentence="The script's Python lacks the package {module}.",
        next_step="Name it under requirements, and resume.",
    ),
    Rule(
        code="file-missing",
        pattern=r"^FileNotFoundError: \[Errno 2\] No such file or directory: '(?P<path>[^']+)'",
        steps=_TRAIN,
        sentence="The script looks for {path}, which is not there.",
        next_step="Give what it needs under files, or the path under environment; then resume.",
    ),
    Rule(
        code="crashed",
        pattern="",
        exit_codes=(-11, 139, -6, 134, -4, 132, -8, 136, -7, 135),
        steps=_TRAIN,
        sentence="The script crashed, in a library rather than in its own lines.",
        next_step="See its last lines. Often two packages don't fit each other, or this GPU.",
    ),
)

_LAST = (
    Rule(
        code="python-error",
        pattern=r"^(?P<error>(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt)(?:: [^\n]{1,300})?)$",
        exit_codes=(1,),
        steps=_TRAIN,
        sentence="The script ended with “{error}”.",
        next_step="See the lines above it in the log; correct the script, and resume.",
    ),
)

_PACKAGE = "module-missing"  # says the same of any trainer, in words that fit a script less

RULES: tuple[Rule, ...] = (
    *_OWN,
    *(rule for rule in GENERAL if rule.pattern and rule.code != _PACKAGE),
    *_LAST,
)
"""A script's own, then the general ones, then the line that ends any traceback."""
