"""The face of a pod: its job over HTTP, for home and for pages. A process of its own.

All it knows is in the job's folder: one that is killed and started again goes on as if
nothing had been, and only tickets are forgotten. What it gives out is masked.
"""

from __future__ import annotations

import gzip
import hmac
import io
import mimetypes
import os
import select
import sys
import threading
import time
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tuneyard.runner.folder import JobFolder, write_json, write_text
from tuneyard.runner.states import can_save

from . import begin_again, files, inputs
from .face import Face
from .stream import CHANNELS, Stream
from .web import Handler, Refused, Server

if TYPE_CHECKING:
    from .inputs import Input

PORT = 8471

_HEARTBEAT = float(os.environ.get("TUNEYARD_HEARTBEAT", "15"))  # seconds
_BATCH = 0.05  # seconds in which bytes gather
_MOST = 4 << 20  # bytes of one read
_SHOWN = ("audio/", "image/png", "image/jpeg", "image/webp")  # all else is only downloaded


def main(argv: list[str]) -> int:
    """``face FOLDER``: serves until it is killed."""
    folder = JobFolder(Path(argv[0]).absolute())
    face = Face(folder, os.environ.get("TUNEYARD_FACE_TOKEN", ""))
    threading.Thread(target=face.finish_inputs, daemon=True).start()
    with serving(face, int(os.environ.get("TUNEYARD_FACE_PORT", PORT))) as server:
        print(f"The face of {folder.id} listens on port {server.server_address[1]}", flush=True)
        server.serve_forever()
    return 0


def serving(face: Face, port: int) -> Server:
    handler = type("JobHandler", (_Handler,), {"face": face, "origins": face.origins})
    return Server(("0.0.0.0", port), handler)  # noqa: S104 - the proxy comes from outside


class _Handler(Handler):
    face: Face

    def respond(self) -> None:
        address = urlsplit(self.path)
        first, _, self.rest = unquote(address.path)[1:].partition("/")
        self.query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        if first == "t":
            self._ticket()
            return
        self._must_be_ours()
        verb = "GET" if self.command == "HEAD" else self.command
        call = self.routes.get(f"{verb} {first}{'/' if self.rest else ''}")
        if call is None:
            raise Refused(404, "not-found", "A pod has nothing of that name.")
        call(self)

    def _must_be_ours(self) -> None:
        token = self.headers.get("Authorization", "").partition(" ")[2].encode()
        if not self.face.token or not hmac.compare_digest(token, self.face.token.encode()):
            raise Refused(401, "unauthorized", "This pod belongs to somebody else's job.")
        self.server.note(self.connection, busy=True)

    # -- the job ------------------------------------------------------------------

    def _job(self) -> None:
        self.answer(200, self.face.job())

    def _read(self) -> None:
        if self.rest not in CHANNELS:
            raise Refused(404, "not-found", f"There are {', '.join(CHANNELS)} to read.")
        limit = min(self._number("limit", 1 << 20), _MOST)
        chunk = self.face.read(self.rest, self._number("offset", 0), max(1, limit))
        headers = {
            "Tuneyard_Next": str(chunk.next),
            "Tuneyard_Reset": str(int(chunk.reset)),
            "Tuneyard_Incarnation": self.face.pod()["incarnation"],
            "Content_Type": "application/octet-stream",
        }
        data = chunk.data
        if self.query.get("gzip") == "1" and "gzip" in self.headers.get("Accept-Encoding", ""):
            data, headers["Content_Encoding"] = gzip.compress(data, 6), "gzip"
        self.answer(200, data, **headers)

    def _stream(self) -> None:
        offsets = {channel: self._number(channel, 0) for channel in CHANNELS}
        last = self.headers.get("Last-Event-ID", "").split(",")
        if len(last) == len(CHANNELS) and all(one.isdecimal() for one in last):
            offsets = dict(zip(CHANNELS, map(int, last), strict=True))
        if not self.face.viewers.acquire(blocking=False):
            raise Refused(503, "viewers", "Too many follow this job: read it by offset instead.")
        try:
            self._follow(Stream(offsets, self.face.read, self.face.job))
        finally:
            self.face.viewers.release()

    def _follow(self, stream: Stream) -> None:
        first = stream.new()  # whatever may fail fails before the answer begins
        self.close_connection = True
        self.head(200, {"Content_Type": "text/event-stream", "Connection": "close"})
        if self.command == "HEAD":
            return
        self.send(first or b":\n\n")
        spoke = time.monotonic()
        while not stream.over and not select.select([self.connection], [], [], _BATCH)[0]:
            if frames := stream.new():
                self.send(frames)
            elif time.monotonic() < spoke + _HEARTBEAT:
                continue
            else:
                self.send(b":\n\n")
            spoke = time.monotonic()

    # -- files --------------------------------------------------------------------

    def _files(self) -> None:
        self.answer(200, list(files.listed(self.face.folder).values()))

    def _file(self) -> None:
        self._give(self.rest)

    def _give(self, path: str) -> None:
        found = files.listed(self.face.folder).get(path)
        if found is None:
            raise _no_file()
        kind = mimetypes.guess_type(path)[0] or ""
        headers = {"Content_Type": kind}
        if not kind.startswith(_SHOWN):
            name = quote(path.rpartition("/")[2])
            headers = {
                "Content_Type": "application/octet-stream",
                "Content_Disposition": f"attachment; filename*=UTF-8''{name}",
            }
        try:
            file = open(self.face.folder.path / path, "rb")  # noqa: SIM115 - closed below
        except OSError:  # it was there a moment ago
            raise _no_file() from None
        with file:
            status = os.fstat(file.fileno())
            etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
            if files.is_record(path):
                masked = self.face.masker().mask(file.read())
                self.give(io.BytesIO(masked), len(masked), etag, **headers)
            else:
                self.give(file, status.st_size, etag, **headers)

    def _new_ticket(self) -> None:
        path = str(self.json().get("path"))
        if path not in files.listed(self.face.folder):
            raise _no_file()
        self.answer(200, {"url": f"/t/{self.face.tickets.give(path)}"})

    def _ticket(self) -> None:
        path = self.face.tickets.path(self.rest)
        if path is None or self.command not in ("GET", "HEAD"):
            raise Refused(404, "no-ticket", "This address has ended. Ask for another one.")
        self.server.note(self.connection, busy=True)
        self._give(path)

    # -- inputs -------------------------------------------------------------------

    def _input(self) -> None:
        self.answer(200, self.face.store.status(self._one()))

    def _put_input(self) -> None:
        one, offset = self._one(), self._number("offset", 0)
        if one.hub:
            raise Refused(409, "from-hub", "The pod fetches this input from the Hub itself.")
        self.answer(200, self.face.store.put(one, offset, self.body()))

    def _one(self) -> Input:
        one = self.face.inputs().get(self.rest)
        if one is None:
            raise Refused(404, "no-input", "The job has no such input.")
        return one

    # -- what is to be done -------------------------------------------------------

    def _stop(self) -> None:
        how = self.json().get("how")
        if how not in ("save", "now"):
            raise Refused(422, "how", "A job stops how: “save” or “now”.")
        if self.face.ended:
            raise Refused(409, "already-ended", "The job has already ended.")
        write_text(self.face.folder.stop, f"{how}\n")
        self.answer(200, {"how": how})

    def _save(self) -> None:
        if not can_save(self.face.state()):
            raise Refused(409, "cannot-save", "The job is not at work on what can be saved.")
        self.face.folder.save.touch()
        self.answer(200, {})

    def _again(self) -> None:
        entries: Any = self.json().get("inputs")
        try:
            found = inputs.manifest({"inputs": entries})
            places = [inputs.target(self.face.folder, one) for one in found.values()]
        except (LookupError, TypeError, ValueError):
            places = []
        if not places:
            raise Refused(422, "inputs", "Say with which inputs it begins, each with its place.")
        if begin_again.too_late(self.face.state()):
            raise Refused(409, "already-ended", begin_again.TOO_LATE)
        known = {sha: one.place for sha, one in self.face.inputs().items()}
        if any(known.get(sha) != one.place for sha, one in found.items()):
            begin_again.ask(self.face.folder, entries)
        self.head(204, {})

    def _collected(self) -> None:
        incarnation = self.face.pod()["incarnation"]
        if self.json().get("incarnation") != incarnation:
            words = "Other results than these were collected: the pod's disk was wiped."
            raise Refused(409, "incarnation", words, incarnation=incarnation)
        if not self.face.ended:
            raise Refused(409, "not-ended", "The job has not ended: there may be more to collect.")
        note = {"incarnation": incarnation, "t": time.time()}
        write_json(self.face.folder.path / "pod.collected", note)
        self.answer(200, note)

    def _end(self) -> None:
        write_text(self.face.folder.path / "pod.end", f"{time.time()}\n")
        self.answer(200, {"ending": True})

    def _number(self, name: str, default: int) -> int:
        try:
            return int(self.query.get(name, default))
        except ValueError:
            raise Refused(400, name, f"“{name}” is a whole number.") from None

    routes = MappingProxyType(
        {
            "GET job": _job,
            "GET read/": _read,
            "GET stream": _stream,
            "GET files": _files,
            "GET files/": _file,
            "POST tickets": _new_ticket,
            "GET inputs/": _input,
            "PUT inputs/": _put_input,
            "POST stop": _stop,
            "POST save": _save,
            "POST again": _again,
            "POST collected": _collected,
            "POST end": _end,
        }
    )


def _no_file() -> Refused:
    return Refused(404, "no-file", "The job has no such file.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
