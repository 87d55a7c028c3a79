"""Fields of settings: pydantic, with what a form, the CLI's help and the docs need to know."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

Importance = Literal["basic", "advanced", "expert"]


def setting(
    default: Any,
    title: str,
    help: str,  # noqa: A002 - the form's own word
    *,
    importance: Importance = "advanced",
    group: str = "",
    unit: str = "",
    env: str = "",
    widget: str = "",
    shown_when: dict[str, Any] | None = None,
    choices: dict[str, str] | None = None,
    **bounds: Any,
) -> Any:
    """One setting.

    `help` is one line. `env` is the variable it was known by in older scripts.
    `widget` hints at how to ask for it (``dataset``, ``path``, ``hub-model``,
    ``language``…); `shown_when` names another field and the values for which this
    one matters; `choices` says in words what each value means. `bounds` are
    pydantic's (``ge``, ``le``, ``gt``, ``max_length``).
    """
    extra: dict[str, Any] = {
        "importance": importance,
        "group": group,
        "unit": unit,
        "env": env,
        "widget": widget,
        "shown_when": shown_when,
        "choices": choices,
    }
    return Field(
        default=default,
        title=title,
        description=help,
        json_schema_extra={name: value for name, value in extra.items() if value},
        **bounds,
    )
