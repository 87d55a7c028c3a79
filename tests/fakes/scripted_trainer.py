"""A small scripted trainer with the bad habits of real ones; standard library only.

    scripted_trainer.py STEPS [forks] [floods] [deaf]

It goes through STEPS steps, appends one event line a step, prints, and leaves a
checkpoint every three steps, from which the next start goes on. `forks`: starts
helpers in sessions of their own that close every descriptor. `floods`: prints
without end. `deaf`: ignores SIGTERM. It finds out whether it is alone.

What it has printed it also says in ``printed-<pid>``, after each line; so a test
can tell whether a byte of the log was lost.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

HELPER = """
import os, time
os.setsid()
os.closerange(0, 256)
time.sleep(600)
"""


class Trainer:
    def __init__(self, steps: int, habits: set[str]) -> None:
        self.steps = steps
        self.habits = habits
        self.lines = 0
        self.asked = False
        self.printed = os.open(f"printed-{os.getpid()}", os.O_WRONLY | os.O_CREAT)
        self.helper: subprocess.Popen[bytes] | None = None
        self.alone = open("trainer.alone", "w")  # noqa: SIM115 - held until the process ends

    def run(self) -> int:
        try:
            fcntl.flock(self.alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            open("second-trainer", "w").close()
            return 99
        os.set_inheritable(self.alone.fileno(), False)
        signal.signal(signal.SIGTERM, signal.SIG_IGN if "deaf" in self.habits else self.ask)
        if "forks" in self.habits:
            self.helper = subprocess.Popen([sys.executable, "-S", "-c", HELPER])
        code = self.train()
        if self.helper is not None:
            self.helper.kill()
            self.helper.wait()
        return code

    def ask(self, *_: object) -> None:
        self.asked = True

    def train(self) -> int:
        for step in range(self.checkpoint() + 1, self.steps + 1):
            self.say(f"step {step}")
            if "floods" in self.habits:
                for _ in range(300):
                    self.say("x" * 80)
            self.event(
                {
                    "t": time.time(),
                    "event": "step",
                    "step": step,
                    "steps": self.steps,
                    "loss": 1 / step,
                }
            )
            if step % 3 == 0:
                self.save(step)
            if self.asked:
                self.save(step)
                return 143
            time.sleep(0.02)
        return 0

    def say(self, text: str) -> None:
        self.lines += 1
        os.write(1, f"{os.getpid()} {self.lines} {text}\n".encode())
        os.pwrite(self.printed, b"%09d" % self.lines, 0)

    def event(self, data: dict[str, object]) -> None:
        with open("events.jsonl", "ab", buffering=0) as file:
            file.write(json.dumps(data).encode() + b"\n")

    def checkpoint(self) -> int:
        try:
            with open("checkpoint") as file:
                return int(file.read())
        except FileNotFoundError:
            return 0

    def save(self, step: int) -> None:
        with open("checkpoint.part", "w") as file:
            file.write(str(step))
        Path("checkpoint.part").replace("checkpoint")
        self.event({"t": time.time(), "event": "checkpoint", "step": step})


def main(argv: list[str]) -> int:
    return Trainer(int(argv[0]), set(argv[1:])).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
