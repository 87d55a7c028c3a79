"""The storage of large files: signed addresses instead of tokens."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from .answering import Handler
from .faults import Refused


class StoreHandler(Handler):
    def act(self) -> None:
        parts = urlsplit(self.path)
        if self.headers.get("Authorization") or "signature=" not in parts.query:
            raise Refused(400, "", "Only one auth mechanism allowed")
        sha256 = parts.path.rpartition("/")[2]
        if self.command == "PUT":
            content = self.body()
            if hashlib.sha256(content).hexdigest() != sha256:
                raise Refused(400, "", "BadDigest")
            self.hub.blob(sha256).parent.mkdir(parents=True, exist_ok=True)
            self.hub.blob(sha256).write_bytes(content)
            self.reply(b"", 200, {"ETag": f'"{sha256[:32]}"'})
            return
        found = self.hub.find_blob(sha256)
        if found is None:
            raise Refused(404)
        self.reply_file(found.read_bytes(), sha256[:32], {})
