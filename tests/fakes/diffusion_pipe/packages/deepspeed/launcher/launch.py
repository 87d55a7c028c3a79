"""The second process: starts one process a GPU, and ends all of them when one of them fails."""

import argparse
import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from types import FrameType
from typing import NoReturn

from deepspeed.logs import log

_SIGNALS = {2: "SIGINT", 15: "SIGTERM"}


class Ranks:
    def __init__(self) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []
        self.command: list[str] = []
        self.code: int | None = None

    def start(self, arguments: argparse.Namespace, devices: list[int]) -> None:
        environment = {
            **os.environ,
            "CUDA_VISIBLE_DEVICES": ",".join(map(str, devices)),
            "MASTER_ADDR": arguments.master_addr,
            "MASTER_PORT": str(arguments.master_port),
            "WORLD_SIZE": str(len(devices)),
            "LOCAL_SIZE": str(len(devices)),
        }
        log(
            "launch.py:174:main",
            f"Setting CUDA_VISIBLE_DEVICES={environment['CUDA_VISIBLE_DEVICES']}",
        )
        for rank in range(len(devices)):
            self.command = [
                *(sys.executable, "-u", arguments.script, f"--local_rank={rank}"),
                *arguments.rest,
            ]
            mine = {**environment, "RANK": str(rank), "LOCAL_RANK": str(rank)}
            process = subprocess.Popen(self.command, env=mine)
            log("launch.py:245:main", f"process {process.pid} spawned with command: {self.command}")
            self.processes.append(process)

    def wait(self) -> None:
        living = list(self.processes)
        while living:
            for process in list(living):
                if process.poll() is None:
                    continue
                if process.returncode != 0:
                    self.code = process.returncode
                    self.end(signal.SIGTERM, None)
                log("launch.py:285:main", f"Process {process.pid} exits successfully.")
                living.remove(process)
            time.sleep(0.05)

    def end(self, number: int, _frame: FrameType | None) -> NoReturn:
        for process in self.processes:
            log("launch.py:253:sigkill_handler", f"Killing subprocess {process.pid}")
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        for process in self.processes:
            process.wait()
        if self.code is not None:
            log(
                "launch.py:259:sigkill_handler",
                f"{self.command} exits with return code = {self.code}",
                "ERROR",
            )
            sys.exit(self.code)
        log("launch.py:262:sigkill_handler", f"Main process received {_SIGNALS[number]}, exiting")
        sys.exit(1)


def main() -> None:
    arguments = _parse()
    for name in os.environ:
        if "NCCL" in name:
            log("launch.py:146:main", f"0 {name}={os.environ[name]}")
    world = json.loads(base64.urlsafe_b64decode(arguments.world_info))
    devices = world["localhost"]
    log("launch.py:152:main", f"WORLD INFO DICT: {world}")
    log("launch.py:158:main", f"nnodes=1, num_local_procs={len(devices)}, node_rank=0")
    ranks: defaultdict[str, list[int]] = defaultdict(list, localhost=list(range(len(devices))))
    log("launch.py:169:main", f"global_rank_mapping={ranks}")
    log("launch.py:170:main", f"dist_world_size={len(devices)}")
    all_of_them = Ranks()
    all_of_them.start(arguments, devices)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, all_of_them.end)
    all_of_them.wait()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--world_info")
    parser.add_argument("--master_addr")
    parser.add_argument("--master_port", type=int)
    parser.add_argument("--enable_each_rank_log")
    parser.add_argument("--log_level")
    parser.add_argument("script")
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    return parser.parse_args()


if __name__ == "__main__":
    main()
