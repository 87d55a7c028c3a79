"""The first process: chooses GPUs, starts the second, and hears no signal for it.

SIGTERM ends this process alone. CUDA_VISIBLE_DEVICES is ignored and deleted where
--include or --num_gpus is given, and becomes an --include where neither is.
"""

import argparse
import base64
import json
import os
import subprocess
import sys

from deepspeed.logs import log
from deepspeed.steering import option


def main() -> None:
    arguments = _parse()
    log(
        "runner.py:214:fetch_hostfile",
        "Unable to find hostfile, will proceed with training with local resources only.",
        "WARNING",
    )
    _visible_devices(arguments)
    if arguments.num_gpus >= 0 and arguments.include:
        raise ValueError("Cannot specify num_nodes/gpus with include/exclude")
    there = range(option("gpus", 8))
    if not there:
        raise RuntimeError("Unable to proceed, no GPU resources available")
    world = json.dumps({"localhost": _chosen(arguments, there)}).encode()
    command = [
        *(sys.executable, "-u", "-m", "deepspeed.launcher.launch"),
        f"--world_info={base64.urlsafe_b64encode(world).decode()}",
        f"--master_addr={arguments.master_addr}",
        f"--master_port={arguments.master_port}",
        "--enable_each_rank_log=None",
        "--log_level=info",
        arguments.script,
        *arguments.rest,
    ]
    log("runner.py:618:main", f"cmd = {' '.join(command)}")
    second = subprocess.Popen(command)
    second.wait()
    if second.returncode > 0:
        sys.exit(second.returncode)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--include", default="")
    parser.add_argument("--num_gpus", type=int, default=-1)
    parser.add_argument("--master_addr", default="127.0.0.1")
    parser.add_argument("--master_port", type=int, default=29500)
    parser.add_argument("script")
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    return parser.parse_args()


def _visible_devices(arguments: argparse.Namespace) -> None:
    if not (devices := os.environ.pop("CUDA_VISIBLE_DEVICES", "")):
        return
    detected = f"Detected VISIBLE_DEVICES={devices}"
    if arguments.include or arguments.num_gpus > 0:
        print(
            f"{detected} but ignoring it because one or several of --include/--exclude/--num_gpus/"
            "--num_nodes cl args were used. If you want to use CUDA_VISIBLE_DEVICES don't pass any"
            " of these arguments to deepspeed."
        )
    else:
        arguments.include = f"localhost:{devices}"
        print(f"{detected}: setting --include={arguments.include}")


def _chosen(arguments: argparse.Namespace, there: range) -> list[int]:
    if arguments.num_gpus > 0:
        return list(range(arguments.num_gpus))
    if not arguments.include:
        return list(there)
    host, _, slots = arguments.include.partition(":")
    chosen = sorted({int(slot) for slot in slots.split(",")})
    for slot in chosen:
        if slot not in there:
            raise ValueError(f"No slot '{slot}' specified on host '{host}'")
    return chosen


if __name__ == "__main__":
    main()
