"""What `tuneyard plan` says of a job that runs in a rented pod."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from .words import size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHOWN = 8  # offers; the rest is counted


def lines(remote: Mapping[str, Any]) -> Iterator[str]:
    """From `jobs.remote.terms.planning.described`, as rich's markup."""
    yield "\nwhere"
    yield from map(escape, _offers(remote))
    yield f"\n{escape(remote['limits'])}"
    if problem := remote["problem"]:
        yield f"  {escape(problem['sentence'])} {escape(problem['next_step'])}"
    yield from map(escape, _inputs(remote["inputs"]))
    yield from map(escape, _needed(remote["secrets"]))
    yield f"\nresults\n  {escape(remote['results'])}"
    if remote["request"]:
        yield "\nwhat RunPod is asked for"
        shown = json.dumps(_short(remote["request"]), indent=2, ensure_ascii=False)
        yield from (f"  {escape(line)}" for line in shown.splitlines())
        yield "  As a command: tuneyard plan … --json, under remote.curl"


def _offers(remote: Mapping[str, Any]) -> Iterator[str]:
    fitting = [offer for offer in remote["offers"] if offer["fits"]]
    width = max((len(offer["name"]) for offer in fitting[:_SHOWN]), default=0)
    for offer in fitting[:_SHOWN]:
        count = f"{offer['count']} × " if offer["count"] > 1 else ""
        yield (
            f"  {count}{offer['name']:<{width}}  {offer['memory_gb']:>3} GB  {offer['cloud']:<9}  "
            f"{_price(offer['full_dollars_an_hour'])} an hour  {_whole(offer['dollars'])}"
            f"{_stock(offer['stock'])}"
        ).rstrip()
    more = len(fitting) - _SHOWN
    if more > 0:
        yield f"  and {more} more"
    if not fitting:
        yield "  No GPU fits. See why, of each: tuneyard plan … --json"
    if remote["source"] == "table":
        yield f"  Prices as of {remote['date']}: without a key RunPod isn't asked."


def _price(dollars: float | None) -> str:
    return "unknown price" if dollars is None else f"${dollars:.2f}"


def _whole(dollars: float | None) -> str:
    return "" if dollars is None else f"≈ ${dollars:.2f} in all  "


def _stock(stock: str) -> str:
    return "" if stock == "unknown" else f"stock: {stock}"


def _inputs(inputs: list[Mapping[str, Any]]) -> Iterator[str]:
    if inputs:
        yield "\nwhat travels"
    for each in inputs:
        yield f"  {each['setting']}: {each['path']}, {each['files']:,} files, {size(each['bytes'])}"
        yield f"    {each['note']}"


def _needed(secrets: list[Mapping[str, Any]]) -> Iterator[str]:
    for secret in secrets:
        if not secret["held"]:
            yield f"  It needs {secret['name']}, which nobody holds: tuneyard secrets set {secret['name']}"


def _short(request: Mapping[str, Any]) -> dict[str, Any]:
    """Without the start command, which is the same for all jobs."""
    return {**request, "args": "(unpacks the runner and starts it)"}
