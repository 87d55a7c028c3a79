"""What all of it shares: bars as tqdm draws them, and who is the first of the ranks."""

import os
import sys
import time

_EIGHTHS = " ▏▎▍▌▋▊▉"


def is_main_process() -> bool:
    return os.environ.get("RANK", "0") == "0"


class Bar:
    """A bar on stderr: rewritten with a carriage return, and a line's end when it is closed."""

    def __init__(self, total: int, desc: str = "", unit: str = "it") -> None:
        self.total = total
        self.unit = unit
        self.done = 0
        self.begun = time.monotonic()
        self.name(desc)
        self._draw("00:00<?, ?" + unit)

    def name(self, desc: str) -> None:
        self.desc = f"{desc}: " if desc else ""

    def update(self, count: int = 1) -> None:
        self.done += count
        passed = max(1e-4, time.monotonic() - self.begun)
        left = passed / self.done * (self.total - self.done)
        rate = f"{self.done / passed:5.2f}{self.unit}"
        self._draw(f"{_clock(passed)}<{_clock(left)}, {rate}")

    def close(self) -> None:
        sys.stderr.write("\n")
        sys.stderr.flush()

    def _draw(self, times: str) -> None:
        whole, part = divmod(int(self.done / max(1, self.total) * 80), 8)
        bar = ("█" * whole + (_EIGHTHS[part] if whole < 10 else "")).ljust(10)
        share = f"{100 * self.done / max(1, self.total):3.0f}%"
        sys.stderr.write(f"\r{self.desc}{share}|{bar}| {self.done}/{self.total} [{times}/s]")
        sys.stderr.flush()


def bar_at_once(total: int, desc: str = "", unit: str = "it") -> None:
    bar = Bar(total, desc, unit)
    bar.update(total)
    bar.close()


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"
