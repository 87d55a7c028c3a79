"""REST v2: which question is which, who may ask it, and its answer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from . import catalog, contract, tailing, views
from .answers import Answer, Refused, Request, of_json, unprocessable
from .shapes import Record, violations

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from .faults import Route
    from .world import World

    Handler = Callable[["Rest", Request, str], Answer]


@dataclass(frozen=True)
class Entry:
    """`own` says that a pod's own key may ask it, about that pod."""

    route: Route
    pattern: str
    method: str
    handler: Handler
    own: bool = False


class Rest:
    """`closing` ends the streams."""

    def __init__(self, world: World, closing: threading.Event) -> None:
        self.world, self._closing = world, closing

    def find(self, request: Request) -> tuple[Entry, str]:
        """What is asked for, and about which one. Raises Refused: 404, 405."""
        found = [(entry, match) for entry in ENTRIES if (match := _match(entry, request.path))]
        if not found:
            raise Refused(404, "resource not found")
        for entry, match in found:
            if entry.method == request.method:
                return entry, unquote(match.groupdict().get("id") or "")
        raise Refused(405, "method not allowed", allowed=[entry.method for entry, _ in found])

    def answer(self, request: Request, entry: Entry, name: str) -> Answer:
        """Raises Refused."""
        self._permit(request, entry, name)
        return entry.handler(self, request, name)

    def _permit(self, request: Request, entry: Entry, name: str) -> None:
        if request.key == "account":
            return
        ends = entry.route in {"action", "delete"}
        unwilling = ends and "rest" in self.world.faults.end_refused
        if not entry.own or request.key != name or unwilling:
            raise Refused(403, "access denied")

    # -- pods ---------------------------------------------------------------------

    def list_pods(self, request: Request, _name: str) -> Answer:
        pods = [views.pod(pod) for pod in self.world.listed()]
        size = self.world.faults.page
        if size is None:
            return of_json({"pods": pods})
        begin = int(cursor) if (cursor := request.query.get("cursor", "")).isdigit() else 0
        more = begin + size < len(pods)
        pagination = {"nextCursor": str(begin + size) if more else None, "hasNextPage": more}
        return of_json({"pods": pods[begin : begin + size], "pagination": pagination})

    def create_pod(self, request: Request, _name: str) -> Answer:
        return of_json(views.pod(self.world.create(read(request, contract.CREATE))), 201)

    def get_pod(self, _request: Request, name: str) -> Answer:
        return of_json(views.pod(self.world.pod(name)))

    def update_pod(self, request: Request, name: str) -> Answer:
        pod = self.world.pod(name)
        self.world.update(pod, read(request, contract.UPDATE))
        return of_json(views.pod(pod))

    def delete_pod(self, _request: Request, name: str) -> Answer:
        self.world.end(self.world.pod(name))
        return Answer(204)

    def act(self, request: Request, name: str) -> Answer:
        pod, action = self.world.pod(name), read(request, contract.ACTION)["action"]
        self.world.act(pod, action)
        return Answer(204) if action == "terminate" else of_json(views.pod(pod))

    # -- logs ---------------------------------------------------------------------

    def logs(self, request: Request, name: str) -> Answer:
        pod = self.world.pod(name)
        begin, heartbeat = tailing.begin(request, pod.log), self.world.settings.heartbeat
        stream = tailing.stream(pod.log, begin, heartbeat, self._closing)
        return Answer(200, headers=tailing.HEADERS, stream=stream)

    # -- what there is ------------------------------------------------------------

    def gpus(self, request: Request, _name: str) -> Answer:
        query = request.query
        stock = query.get("include") == "AVAILABILITY"
        if query.get("include") not in {None, "AVAILABILITY"}:
            raise unprocessable("include: value must be one of 'AVAILABILITY'")
        if stock != ("product" in query):
            raise Refused(400, "include=AVAILABILITY and product require each other")
        only_with = {"count", "cloud", "countryCodes", "cudaVersions", "minCudaVersion"}
        if not stock and (given := sorted(only_with & query.keys())):
            raise Refused(400, f"{given[0]} requires include=AVAILABILITY")
        if "cudaVersions" in query and "minCudaVersion" in query:
            raise Refused(400, "cudaVersions and minCudaVersion are mutually exclusive")
        if query.get("cloud", "SECURE") not in contract.CLOUDS:
            raise unprocessable("cloud: value must be one of 'SECURE', 'COMMUNITY'")
        if not re.fullmatch(r"[1-9]\d*", query.get("count", "1")):
            raise unprocessable("count: must be >= 1")
        listed = [views.gpu(one, query if stock else None) for one in catalog.GPUS]
        return of_json({"gpus": [one for one in listed if one]})

    def data_centers(self, request: Request, _name: str) -> Answer:
        stock = "GPU_AVAILABILITY" in request.query.get("include", "").split(",")
        regions = request.query.get("regions", "").split(",")
        listed = [
            views.data_center(one, stock=stock)
            for one in catalog.DATA_CENTERS
            if regions == [""] or one.region in regions
        ]
        return of_json({"dataCenters": listed})

    # -- volumes ------------------------------------------------------------------

    def list_volumes(self, _request: Request, _name: str) -> Answer:
        volumes = [views.volume(one) for one in self.world.volumes]
        return of_json({"networkVolumes": volumes})

    def create_volume(self, request: Request, _name: str) -> Answer:
        return of_json(views.volume(self.world.create_volume(read(request, contract.VOLUME))), 201)

    def get_volume(self, _request: Request, name: str) -> Answer:
        return of_json(views.volume(self.world.volumes.get(name)))

    def delete_volume(self, _request: Request, name: str) -> Answer:
        self.world.delete_volume(name)
        return Answer(204)

    # -- money --------------------------------------------------------------------

    def bills(self, request: Request, _name: str) -> Answer:
        """One record a pod, of all its time: RunPod's own come late and by the day."""
        wanted = request.query.get("podId")
        pods = [*self.world.ended, *self.world.pods.values()]
        records = [views.bill(pod) for pod in pods if wanted in {None, pod.id}]
        amounts = ("totalAmount", "gpuAmount", "cpuAmount", "diskAmount")
        metadata = {
            "query": {"podId": wanted, "bucketSize": "day", **views.last_month()},
            "recordCount": len(records),
            "uniquePodCount": len(records),
            "totals": {name: sum(record[name] for record in records) for name in amounts},
        }
        return of_json({"records": records, "metadata": metadata})


ENTRIES = (
    Entry("list", "/v2/pods", "GET", Rest.list_pods),
    Entry("create", "/v2/pods", "POST", Rest.create_pod),
    Entry("get", "/v2/pods/{id}", "GET", Rest.get_pod, own=True),
    Entry("update", "/v2/pods/{id}", "PATCH", Rest.update_pod),
    Entry("delete", "/v2/pods/{id}", "DELETE", Rest.delete_pod, own=True),
    Entry("action", "/v2/pods/{id}/action", "POST", Rest.act, own=True),
    Entry("logs", "/v2/pods/{id}/logs", "GET", Rest.logs, own=True),
    Entry("catalog", "/v2/catalog/gpus", "GET", Rest.gpus),
    Entry("catalog", "/v2/catalog/datacenters", "GET", Rest.data_centers),
    Entry("volumes", "/v2/network-volumes", "GET", Rest.list_volumes),
    Entry("volumes", "/v2/network-volumes", "POST", Rest.create_volume),
    Entry("volumes", "/v2/network-volumes/{id}", "GET", Rest.get_volume),
    Entry("volumes", "/v2/network-volumes/{id}", "DELETE", Rest.delete_volume),
    Entry("billing", "/v2/billing/pods", "GET", Rest.bills),
)


def read(request: Request, shape: Record) -> dict[str, Any]:
    """The body. Raises Refused: 413 if it is too large, 400 if it is no JSON, 422 if it has
    another shape.
    """
    if len(request.body) > contract.LARGEST_BODY:
        raise Refused(413, f"request body exceeds the {contract.LARGEST_BODY} byte limit")
    try:
        body = json.loads(request.body)
    except ValueError:
        raise Refused(400, "request body is not valid JSON") from None
    if wrong := violations(body, shape):
        raise unprocessable(*wrong)
    if shape is contract.CREATE and not {"templateId", "image"} & body.keys():
        raise unprocessable("$: missing property 'image'")
    return dict(body)


def mistake(request: Request, entry: Entry) -> str:
    """What is wrong with a body by the contract, whatever it will be answered; "" if nothing."""
    shapes = {"create": contract.CREATE, "update": contract.UPDATE, "action": contract.ACTION}
    if entry.route not in shapes:
        return ""
    try:
        body = read(request, shapes[entry.route])
    except Refused as refused:
        return "; ".join([refused.detail, *refused.errors])
    if entry.route == "create":
        # The answer to this is the one to no capacity, which nobody would take for a mistake.
        uncounted = "gpu" in body and "count" not in body["gpu"]
        return "gpu.count is missing" if uncounted else contract.broken_rule_of_create(body)
    return contract.broken_rule(body) if entry.route == "update" else ""


def _match(entry: Entry, path: str) -> re.Match[str] | None:
    return re.fullmatch(entry.pattern.replace("{id}", "(?P<id>[^/]+)"), path)
