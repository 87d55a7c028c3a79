"""Writes the OpenAPI that the page's client is generated from.

``python -m tuneyard.server.openapi web/openapi.json``; a test holds the file current.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tuneyard.home import home
from tuneyard.jobs.manager import Manager

from .app import create_app
from .context import Context
from .index import Index


def text() -> str:
    manager = Manager(home())
    app = create_app(Context(manager, Index(manager)))
    return json.dumps(app.openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
