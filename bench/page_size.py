"""How much JavaScript the page's first screen needs, compressed as a server would.

Built files are followed from index.html and from the chunk of the page with the list of jobs;
what loads only when it is opened (terminal, charts) doesn't count. The rival is the whole of
what was built.

Run: ./launch setup, then .venv/bin/python bench/page_size.py
"""

import gzip
import re
from pathlib import Path

STATIC = Path(__file__).parents[1] / "src" / "tuneyard" / "server" / "static"
_STATIC_IMPORT = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")


def main() -> None:
    entry = (STATIC / "index.html").read_text()
    first = set(re.findall(r"""["']/(assets/[\w.-]+\.js|theme\.js)["']""", entry))
    first |= {f"assets/{path.name}" for path in STATIC.glob("assets/Jobs-*.js")}
    needed = closure(first)
    everything = [path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js")]
    ours, whole = size(needed), size(everything)
    print(f"JavaScript for the first screen: {ours / 1e3:.1f} kB compressed, {len(needed)} files")
    print(f"  all of it: {whole / 1e3:.1f} kB, ratio {ours / whole:.2f}  (goal: under 120 kB)")


def closure(files: set[str]) -> set[str]:
    """These files and all that they import at once."""
    todo, found = list(files), set(files)
    while todo:
        text = (STATIC / todo.pop()).read_text()
        for name in _STATIC_IMPORT.findall(text):
            if (path := f"assets/{name}") not in found:
                found.add(path)
                todo.append(path)
    return found


def size(files: set[str] | list[str]) -> int:
    return sum(len(gzip.compress((STATIC / file).read_bytes(), 6)) for file in files)


if __name__ == "__main__":
    main()
