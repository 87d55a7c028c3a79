"""What pods of these tests run: a server that tells what reached it. It is sent as text.

GET /env, /boots (starts on this disk), /range, /events (two, the second when /go was asked for),
/never (answers once /go was asked for), /cut (promises more than it sends), /file/<bytes>;
PUT and POST answer what they were sent.
"""

import http.server
import json
import os
import threading
from pathlib import Path

BOOTS = Path(os.environ["HOME"], "boots")
BOOTS.write_text(BOOTS.read_text() + "*" if BOOTS.exists() else "*")
GO = threading.Event()


class Face(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name, _, argument = self.path[1:].partition("/")
        if name == "env":
            self.say(json.dumps(dict(os.environ)).encode())
        elif name == "boots":
            self.say(BOOTS.read_bytes())
        elif name == "range":
            self.say(self.headers["Range"].encode(), 206, {"Content-Range": "bytes 1-2/10"})
        elif name == "events":
            self.events()
        elif name == "never":
            GO.wait()
            self.say(b"after all")
        elif name == "cut":
            self.say(b"half", headers={"Content-Length": "8"})
            self.close_connection = True
        elif name == "file":
            self.say(b"x" * int(argument))
        elif name == "go":
            GO.set()
            self.say(b"gone")
        else:
            self.say(b"nothing here", 404)

    do_HEAD = do_GET  # noqa: N815 - their names

    def do_PUT(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.say(self.command.encode() + b" " + body)

    do_POST = do_PATCH = do_DELETE = do_OPTIONS = do_PUT  # noqa: N815 - same

    def events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in (b"data: first\n\n", b"data: second\n\n", b""):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))
            if event.endswith(b"first\n\n"):
                GO.wait()

    def say(self, body: bytes, status: int = 200, headers: "dict[str, str] | None" = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


if __name__ == "__main__":
    address = ("0.0.0.0", int(os.environ["TUNEYARD_FACE_PORT"]))
    print("listening", flush=True)
    http.server.ThreadingHTTPServer(address, Face).serve_forever()
