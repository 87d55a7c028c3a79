"""The scripted trainer prints what the real one printed."""

import os
import re
import subprocess
from pathlib import Path

from fakes.diffusion_pipe import making

REAL = Path(__file__).parent / "real" / "complete.log"
# Of a CPU alone, or of how many processes the bars happened to be drawn by.
ELSEWHERE = re.compile(
    r"Failed to load CPU|DeepSpeed deepspeed\.ops|Map \(num_proc|\s*\d+%\||Saving the"
)
DIFFERS = [
    (r"\[20[\d-]+ [\d:,]+\]", "[stamp]"),
    (r"loss: \S+ iter time \(s\): \S+ samples/sec: \S+", "figures"),
    (r"\[00:00.*", "[times"),
    (r"\b[0-9a-f]{16}\b", "fingerprint"),
    (r"/\S*/(?=ds1/|out/)", "/data/"),
    (r"\d{8}_\d\d-\d\d-\d\d", "run"),
    (r"[Pp]rocess \d+", "process 1"),
    (r"(cmd =|with command:).*", r"\1"),
    (r"backend \w+", "backend"),
]


def test_its_console_is_the_real_one_s(tmp_path: Path) -> None:
    data, evaluation = tmp_path / "ds1/a", tmp_path / "ds1/b"
    making.pictures(data, 4)
    making.pictures(data, 2, size=(48, 96))
    making.pictures(evaluation, 4)
    (tmp_path / "out").mkdir()
    job = _configs(tmp_path, data, evaluation)
    python, vendor = making.python(tmp_path / "python"), making.checkout(tmp_path / "vendor")
    done = subprocess.run(
        [
            *(python, "-u", "-m", "deepspeed.launcher.runner", "--include", "localhost:0"),
            *("train.py", "--deepspeed", "--config", job, "--master_port", "29499"),
        ],
        cwd=vendor,
        env={name: value for name, value in os.environ.items() if name != "FAKE_TRAINER"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=True,
    )
    assert _plain(done.stdout) == _plain(REAL.read_bytes())


def _configs(place: Path, data: Path, evaluation: Path) -> Path:
    sizes = "resolutions = [64]\nenable_ar_bucket = true\nar_buckets = [0.5, 1.0]\n[[directory]]\n"
    (place / "data.toml").write_text(f'{sizes}path = "{data}"\nnum_repeats = 2\n')
    (place / "cats.toml").write_text(f'{sizes}path = "{evaluation}"\n')
    (place / "job.toml").write_text(
        f"""output_dir = "{place}/out"
dataset = "{place}/data.toml"
epochs = 3
save_every_n_epochs = 1
save_every_n_steps = 5
checkpoint_every_n_epochs = 2
eval_every_n_epochs = 1
eval_datasets = [{{name = "cats", config = "{place}/cats.toml"}}]
warmup_steps = 2
[model]
type = "wan"
dtype = "bfloat16"
[adapter]
type = "lora"
rank = 8
[optimizer]
type = "adamw"
lr = 0.002
"""
    )
    return place / "job.toml"


def _plain(printed: bytes) -> list[str]:
    """Its lines without what differs from run to run."""
    lines = printed.decode().replace("\r", "\n").split("\n")
    kept = [line for line in lines if line.strip() and not ELSEWHERE.match(line)]
    for pattern, instead in DIFFERS:
        kept = [re.sub(pattern, instead, line) for line in kept]
    return kept
