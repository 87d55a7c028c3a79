"""The page's files: hashed ones are kept by browsers for good, the entry is asked for each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.responses import FileResponse, HTMLResponse
from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI
    from starlette.responses import Response

_FOR_GOOD = "public, max-age=31536000, immutable"

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Tuneyard</title>
<h1>The page was not built</h1>
<p>Tuneyard was installed without its page. In a checkout, <code>./launch setup</code> builds it.
The command <code>tuneyard</code> works without it.</p>
"""


def install(app: FastAPI, static: Path) -> None:
    """Answers files of `static`, and its entry for every other address outside the API."""

    @app.get("/{path:path}", include_in_schema=False)
    def page(path: str) -> Response:
        if path == "api" or path.startswith("api/"):
            raise HTTPException(404)
        if file := _file(static, path):
            kept = _FOR_GOOD if path.startswith("assets/") else "no-cache"
            return FileResponse(file, headers={"Cache-Control": kept})
        entry = static / "index.html"
        if path.startswith("assets/"):
            raise HTTPException(404)
        if not entry.is_file():
            return HTMLResponse(_NOT_BUILT, status_code=503)
        return FileResponse(entry, headers={"Cache-Control": "no-cache"})


def _file(static: Path, path: str) -> Path | None:
    """One that was built, wherever else the path may lead."""
    try:
        file = (static / path).resolve()
        return file if file.is_relative_to(static.resolve()) and file.is_file() else None
    except (OSError, ValueError):  # a name that no disk takes
        return None
