"""The app: routes, errors, safety and the page, put together."""

from __future__ import annotations

import asyncio
import contextlib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic_core import to_json

from . import live, page, problems
from .routes import (
    computes,
    disk,
    files,
    jobs,
    logs,
    places,
    pods,
    profiles,
    queue,
    recipes,
    secrets,
    session,
    system,
    uploads,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

    from .context import Context
    from .security import Security

_HOUR = 3600.0

STATIC = Path(__file__).parent / "static"

_ROUTES = (
    session,
    jobs,
    logs,
    files,
    queue,
    recipes,
    computes,
    pods,
    system,
    disk,
    places,
    uploads,
    secrets,
    profiles,
)


class App(FastAPI):
    """FastAPI with a guard before all else, so that even a mistake's answer passes it, and with
    errors of one kind in its OpenAPI.
    """

    guard: Security | None = None

    def build_middleware_stack(self) -> ASGIApp:
        stack = super().build_middleware_stack()
        return self.guard.middleware(stack) if self.guard else stack

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            problems.only_problems(super().openapi())
        return super().openapi()


def create_app(context: Context, security: Security | None = None, static: Path = STATIC) -> App:
    """The whole app over one context. Without `security` it is only good for its OpenAPI."""
    app = App(
        title="Tuneyard",
        version=version("tuneyard"),
        description="Sets up, launches and watches the training of AI models.",
        openapi_url="/api/openapi.json",
        docs_url=None,  # they load scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
        default_response_class=Json,
        generate_unique_id_function=_name,
    )
    app.state.context = context
    app.state.live = live.Live(context)
    problems.install(app)
    api = APIRouter(prefix="/api", responses=problems.RESPONSES)
    for module in _ROUTES:
        api.include_router(module.router)
    app.include_router(api)
    app.include_router(live.router)
    page.install(app, static)
    if security is not None:
        app.state.security = app.guard = security
    return app


class Json(JSONResponse):
    """JSON as browsers read it: a loss that is no number is null."""

    def render(self, content: Any) -> bytes:
        return to_json(content, inf_nan_mode="null")


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    context: Context = app.state.context
    await context.index.look()
    chores = [asyncio.create_task(chore) for chore in (context.index.run(), _sweep(context))]
    async with app.state.live:
        yield
    for chore in chores:
        chore.cancel()
    await asyncio.gather(*chores, return_exceptions=True)


async def _sweep(context: Context) -> None:
    """Uploads that were broken off are removed a day later."""
    while True:
        await asyncio.to_thread(context.uploads.sweep)
        await asyncio.sleep(_HOUR)


def _name(route: APIRoute) -> str:
    """The function's own name: what a generated client calls it."""
    return route.name
