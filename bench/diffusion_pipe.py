"""The recipe diffusion-pipe against the real trainer, which trains a tiny Flux or Wan on the CPU.

Everything is real but four things: the weights are random and few, what the trainer calls
"cuda" is the CPU, its submodules are stood in for, with a reader of clips in the place of
ComfyUI's, and Wan's text encoder and VAE have other sizes than the trainer's code says (see
real_diffusion_pipe/). Its train.py, its Flux and its Wan, DeepSpeed with one process, two, or a
model in two stages, PEFT, Diffusers, Weights & Biases and the whole of our plan run as on a GPU.
Prints for each case what we say beside what the trainer did, and ends with 1 where they differ.

Needs a checkout of diffusion-pipe (submodules may be empty) and a Python 3.12 that has its
requirements, as src/tuneyard/recipes/diffusion_pipe/requirements.txt lists them, and g++. A
case takes one to four minutes; everything that it made is in the folder that is told at first.

Run: .venv/bin/python bench/diffusion_pipe.py CHECKOUT PYTHON [case …]
"""

import os
import sys
import tempfile
import time
import traceback
from inspect import cleandoc
from pathlib import Path

from real_diffusion_pipe import stage
from real_diffusion_pipe.cases import CASES, Case
from real_diffusion_pipe.training import Stage

# Two cores in the place of two GPUs: the runner gives them out, DeepSpeed counts them.
_TWO = {"TUNEYARD_GPUS": "core-0,core-1", "LOCAL_SIZE": "2", "DS_ACCELERATOR": "cpu"}


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__)
        return 2
    checkout, python, *names = sys.argv[1:]
    chosen = [case for case in CASES if not names or case.__name__ in names]
    root = Path(tempfile.mkdtemp(prefix="real-diffusion-pipe-"))
    print(f"Everything that is made: {root}", flush=True)
    os.environ.update(_TWO, OMP_NUM_THREADS="1")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # Python would read torch anew each time
    own = stage.python(Path(python), root / "python")
    shared = Stage(
        root,
        stage.repository(Path(checkout), root / "git"),
        own,
        stage.model(own, root / "tiny-flux"),
    )
    different = sum(_differs(case, shared) for case in chosen)
    print(f"{different} of {len(chosen)} cases differ.")
    return min(different, 1)


def _differs(case: Case, shared: Stage) -> bool:
    print(f"\n{case.__name__}: {cleandoc(case.__doc__ or '')}", flush=True)
    begun, good = time.monotonic(), True
    try:
        for check in case(shared):
            good &= check.good
            shown = f"{check.ours!s:.200}"
            other = "" if check.good else f"; the trainer: {check.real!s:.200}"
            print(f"  {'ok ' if check.good else 'NOT'} {check.what}: {shown}{other}", flush=True)
    except Exception:  # noqa: BLE001 - the other cases still have something to say
        traceback.print_exc()
        good = False
    print(f"  {time.monotonic() - begun:.0f} s", flush=True)
    return not good


if __name__ == "__main__":
    sys.exit(main())
