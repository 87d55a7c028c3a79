"""The part of RunPod's REST v2 contract that Tuneyard sends, restated by hand.

It stands for RunPod's own validation: whatever is not named here would be refused there
(HTTP 422), or by a rule of its handler (HTTP 400): `_rules`.
"""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from compute.runpod.scripted import Request


@dataclass(frozen=True)
class Text:
    least: int = 0
    pattern: str = ""
    among: tuple[str, ...] = ()

    def problems(self, value: Any, at: str) -> list[str]:
        if not isinstance(value, str):
            return [f"{at}: not a string"]
        if len(value) < self.least:
            return [f"{at}: too short"]
        if self.among and value not in self.among:
            return [f"{at}: must be one of {self.among}"]
        return [] if re.search(self.pattern, value) else [f"{at}: doesn't match {self.pattern}"]


@dataclass(frozen=True)
class Whole:
    least: int

    def problems(self, value: Any, at: str) -> list[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            return [f"{at}: not an integer"]
        return [] if value >= self.least else [f"{at}: less than {self.least}"]


@dataclass(frozen=True)
class List:
    of: Any
    most: int = 1_000_000

    def problems(self, value: Any, at: str) -> list[str]:
        if not isinstance(value, list):
            return [f"{at}: not an array"]
        found = [] if len(value) <= self.most else [f"{at}: more than {self.most} items"]
        return found + [p for n, v in enumerate(value) for p in self.of.problems(v, f"{at}[{n}]")]


@dataclass(frozen=True)
class Texts:
    """A map of texts under any names."""

    def problems(self, value: Any, at: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{at}: not an object"]
        return [p for name, text in value.items() for p in Text().problems(text, f"{at}.{name}")]


@dataclass(frozen=True)
class Object:
    """Nothing is allowed beside `fields`."""

    fields: dict[str, Any]
    required: tuple[str, ...] = field(default=())

    def problems(self, value: Any, at: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{at}: not an object"]
        found = [f"{at}: missing property '{name}'" for name in self.required if name not in value]
        for name, inner in value.items():
            if name in self.fields:
                found += self.fields[name].problems(inner, f"{at}.{name}")
            else:
                found.append(f"{at}: additional properties '{name}' not allowed")
        return found


CREATE = Object(
    {
        "name": Text(least=1),
        "image": Text(),
        "args": Text(),
        "disk": Whole(1),
        "env": Texts(),
        "ports": List(Text(pattern=r"^\d{1,5}/(http|tcp)$")),
        "cloud": Text(among=("SECURE", "COMMUNITY")),
        "dataCenterIds": List(Text()),
        "gpu": Object(
            {"id": Text(), "count": Whole(1), "minCudaVersion": Text(pattern=r"^\d+\.\d+$")},
            ("id",),
        ),
        "mounts": Object(
            {"network": List(Object({"volumeId": Text(), "path": Text()}, ("volumeId", "path")), 1)}
        ),
    },
    ("name", "image"),
)

ACTION = Object({"action": Text(among=("start", "stop", "restart", "terminate"))}, ("action",))

GRAPHQL = Object({"query": Text(least=1)}, ("query",))

_ONE = r"/v2/pods/[^/?#]+"


@dataclass(frozen=True)
class Route:
    """What may be asked: queries by name, each a pattern; unknown ones would be ignored there."""

    method: str
    path: str
    queries: dict[str, str] = field(default_factory=dict)
    body: Object | None = None


ROUTES = [
    Route("GET", "/v2/pods", {"cursor": ".+"}),
    Route("POST", "/v2/pods", body=CREATE),
    Route("GET", _ONE),
    Route("DELETE", _ONE),
    Route("POST", f"{_ONE}/action", body=ACTION),
    Route(
        "GET",
        f"{_ONE}/logs",
        {
            "source": "container|system",
            "tail": r"\d{1,3}|[1-4]\d{3}|5000",
            "since": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
        },
    ),
    Route("GET", "/v2/network-volumes", {"cursor": ".+"}),
    Route(
        "GET",
        "/v2/catalog/gpus",
        {
            "include": "AVAILABILITY",
            "product": "POD",
            "count": r"[1-9]\d*",
            "cloud": "SECURE|COMMUNITY",
            "minCudaVersion": r"\d+\.\d+",
        },
    ),
    Route("POST", "/graphql", body=GRAPHQL),
]

LARGEST = 102_400  # bytes of a body


def problems_of(data: Any, shape: Object) -> list[str]:
    return shape.problems(data, "$") + (_rules(data) if shape is CREATE else [])


def wrong(request: Request) -> list[str]:
    """All that RunPod would not take of a request as it came over the wire."""
    path, _, query = request.path.partition("?")
    route = next(
        (r for r in ROUTES if r.method == request.method and re.fullmatch(r.path, path)), None
    )
    if route is None:
        return [f"{request.method} {path}: there is no such route"]
    found = [
        f"{path}: the query {name}={value}"
        for name, value in parse_qsl(query, keep_blank_values=True)
        if not re.fullmatch(route.queries.get(name, r"(?!)"), value)
    ]
    if not request.headers.get("user-agent", "").startswith("tuneyard/"):
        found.append(f"{path}: no name of its own")
    if not request.headers.get("authorization", "").startswith("Bearer "):
        found.append(f"{path}: no bearer token")
    if route.body is None:
        return found + [f"{path}: a body"] * bool(request.body)
    if len(request.body) >= LARGEST or request.headers["content-type"] != "application/json":
        found.append(f"{path}: the body's size or kind")
    return found + problems_of(request.json, route.body)


def _rules(data: dict[str, Any]) -> list[str]:
    """What the contract says in words only, or was found out the hard way."""
    found = []
    if "count" not in data.get("gpu", {}):
        found.append("gpu.count: without it there is never any capacity")
    if any(center != center.upper() for center in data.get("dataCenterIds", [])):
        found.append("dataCenterIds: not in capitals")
    if data.get("mounts") and data.get("cloud") != "SECURE":
        found.append("mounts: network volumes are on the secure cloud only")
    return found
