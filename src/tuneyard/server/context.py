"""What the routes work with: one object a server, made once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from tuneyard.compute.system import Figures
from tuneyard.errors import NotFound
from tuneyard.jobs.storage.disk import Disk
from tuneyard.jobs.storage.uploads import Uploads
from tuneyard.jobs.view import view
from tuneyard.runner.folder import JobFolder

from .series import SeriesReader
from .shapes.jobs import JobView

if TYPE_CHECKING:
    from pathlib import Path

    from tuneyard.jobs.manager import Manager
    from tuneyard.secrets import Secrets

    from .index import Index


_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


@dataclass
class Context:
    """`manager.secrets` also holds those that were given to this server's memory alone.

    `practice` says that what jobs rent is rehearsed on this computer.
    """

    manager: Manager
    index: Index
    practice: bool = False
    series: SeriesReader = field(default_factory=SeriesReader)
    figures: Figures = field(init=False)
    uploads: Uploads = field(init=False)
    disk: Disk = field(init=False)

    def __post_init__(self) -> None:
        self.figures = Figures(self.home)
        self.uploads = Uploads(self.home)
        self.disk = Disk(self.manager, self.uploads)

    @property
    def home(self) -> Path:
        return self.manager.home

    def view(self, folder: JobFolder) -> JobView:
        """A job as a whole, as the API answers it."""
        return JobView.model_validate(view(self.manager, folder))

    def job(self, job_id: str) -> JobFolder:
        """A job by its whole id. Raises NotFound."""
        folder = JobFolder(self.manager.folder / job_id)
        if not _ID.fullmatch(job_id) or not folder.job.exists():
            raise NotFound(f"There is no job “{job_id}”.", code="no-job")
        return folder

    @property
    def secrets(self) -> Secrets:
        return self.manager.secrets


def _here(connection: HTTPConnection) -> Context:
    context: Context = connection.app.state.context
    return context


Here = Annotated[Context, Depends(_here)]
