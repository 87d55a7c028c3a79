"""DeepSpeed's own lines: a stamp, a level, where it was said, what."""

import sys
import time


def stamp() -> str:
    now = time.time()
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now)) + f",{int(now % 1 * 1000):03d}"


def log(where: str, said: str, level: str = "INFO") -> None:
    sys.stdout.write(f"[{stamp()}] [{level}] [{where}] {said}\n")
    sys.stdout.flush()


def log_dist(said: str) -> None:
    log("logging.py:123:log_dist", f"[Rank 0] {said}")
