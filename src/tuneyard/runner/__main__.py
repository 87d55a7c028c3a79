"""The runner's commands; also the entry of runner.pyz.

``run FOLDER`` runs a job; ``call MODULE ARGS`` runs a step of ours under whichever
Python it was started with. In a pod ``pod`` is PID 1, and ``face FOLDER`` serves its job.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path


def main(argv: list[str]) -> int:
    command, *rest = argv
    if command == "run":
        from . import supervise  # noqa: PLC0415 - a step of ours needs none of it

        return supervise.main(rest)
    if command == "pod":
        from .pod import guard  # noqa: PLC0415 - only there in a pod

        guard.main(rest)
    if command == "face":
        from .pod import serve  # noqa: PLC0415 - same

        return serve.main(rest)
    return _call(*rest)


def _call(module: str, *arguments: str) -> int:
    """Runs a module's ``main`` and leaves its exit code as proof, whoever was watching."""
    work = Path.cwd()
    try:
        code = int(importlib.import_module(module).main(list(arguments)))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        _leave_proof(work, 1)
        raise
    _leave_proof(work, code)
    return code


def _leave_proof(work: Path, code: int) -> None:
    from .folder import write_json  # noqa: PLC0415 - needed only at the end
    from .process import JOB, STEP  # noqa: PLC0415

    if STEP not in os.environ:
        return
    attempt = int(os.environ[JOB].rpartition(":")[2])
    write_json(work / f"proof-{os.environ[STEP]}.json", {"exit": code, "attempt": attempt})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
