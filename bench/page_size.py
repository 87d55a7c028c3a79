"""How much JavaScript the first screen needs, compressed as a server would.

Built files are followed from index.html and from the chunk of the page that comes first: the
list of jobs in the app, the form for keys in the page without a server. What loads only when it
is opened (terminal, charts) doesn't count. The rival is the whole of what was built.

Run: ./launch setup, then .venv/bin/python bench/page_size.py
"""

import gzip
import re
from pathlib import Path

BUILT = Path(__file__).parents[1] / "src" / "tuneyard"
FIRST = {"server": "Jobs", "site": "VisitPage"}  # the chunk of the first page of each build
_STATIC_IMPORT = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")


def main() -> None:
    for build, page in FIRST.items():
        report(build, BUILT / build / "static", page)


def report(build: str, static: Path, page: str) -> None:
    entry = (static / "index.html").read_text()
    first = set(re.findall(r"""["']\.?/(assets/[\w.-]+\.js|theme\.js)["']""", entry))
    first |= {f"assets/{path.name}" for path in static.glob(f"assets/{page}-*.js")}
    needed = closure(static, first)
    everything = [path.relative_to(static).as_posix() for path in static.rglob("*.js")]
    ours, whole = size(static, needed), size(static, everything)
    print(f"JavaScript for the first screen of the {build}: ", end="")
    print(f"{ours / 1e3:.1f} kB compressed, {len(needed)} files")
    print(f"  all of it: {whole / 1e3:.1f} kB, ratio {ours / whole:.2f}  (goal: under 120 kB)")


def closure(static: Path, files: set[str]) -> set[str]:
    """These files and all that they import at once."""
    todo, found = list(files), set(files)
    while todo:
        text = (static / todo.pop()).read_text()
        for name in _STATIC_IMPORT.findall(text):
            if (path := f"assets/{name}") not in found:
                found.add(path)
                todo.append(path)
    return found


def size(static: Path, files: set[str] | list[str]) -> int:
    return sum(len(gzip.compress((static / file).read_bytes(), 6)) for file in files)


if __name__ == "__main__":
    main()
