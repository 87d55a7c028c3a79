"""TensorBoard's files, as torch wrote one."""

import importlib
import math
from pathlib import Path

from tuneyard.recipes.diffusion_pipe.trainer.scalars import Reader, Scalar

REAL = Path(__file__).parents[1] / "real" / "written-by-torch.tfevents"


# A type checker knows it as a module of the scripted trainer's own.
events = importlib.import_module("fakes.diffusion_pipe.repository.utils.events")


def everything(reader: Reader) -> list[Scalar]:
    return [scalar for _, scalars in reader.new() for scalar in scalars]


def test_a_real_file_is_read() -> None:
    found = everything(Reader(REAL))
    assert [(s.tag, s.step) for s in found] == [
        ("train/loss", 1),
        ("train/loss", 2),
        ("train/loss", 3),
        ("train/loss", 300),
        ("cats/loss_quantile_0.10", 300),
        ("cats/loss", 300),
        ("train/epoch_loss", 2),
    ]
    assert [s.value for s in found[-3:-1]] == [0.5, 0.625]
    assert math.isnan(found[-1].value)
    assert all(1.79e9 < s.t < 1.8e9 for s in found)


def test_a_file_that_grows_is_read_once_and_only_where_it_is_whole(tmp_path: Path) -> None:
    data, path = REAL.read_bytes(), tmp_path / "events"
    whole = everything(Reader(REAL))
    reader, found = Reader(path), []
    for size in range(1, len(data) + 1):
        path.write_bytes(data[:size])
        found += everything(reader)
    assert repr(found) == repr(whole)
    assert reader.offset == len(data)


def test_it_is_read_on_from_any_record() -> None:
    whole = everything(Reader(REAL))
    for at, scalars in Reader(REAL).new():
        rest = everything(Reader(REAL, at))
        index = len(whole) - len(rest)
        assert repr(whole[index:]) == repr(rest)
        assert repr(whole[index - len(scalars) : index]) == repr(scalars)


def test_a_record_larger_than_what_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "events"
    writer = events.SummaryWriter(str(tmp_path))
    (written,) = tmp_path.glob("events.out*")
    writer.add_scalar("x" * 3_000_000, 0.5, 7)
    writer.add_scalar("y", 1.5, 8)
    writer.close()
    written.rename(path)
    assert [(s.tag[:1], s.value, s.step) for s in everything(Reader(path))] == [
        ("x", 0.5, 7),
        ("y", 1.5, 8),
    ]


def test_the_scripted_trainer_writes_what_torch_writes(tmp_path: Path) -> None:
    """Its checksums too: the same event has the same bytes, but for its time."""
    writer = events.SummaryWriter(str(tmp_path))
    writer.add_scalar("train/loss", 1.0, 1)
    writer.close()
    (path,) = tmp_path.glob("events.out.tfevents.*")
    (scalar,) = everything(Reader(path))
    assert (scalar.tag, scalar.step, scalar.value) == ("train/loss", 1, 1.0)
    data = REAL.read_bytes()
    length = data[:8]
    assert events._checksum(length) == data[8:12]
    first = int.from_bytes(length, "little")
    assert events._checksum(data[12 : 12 + first]) == data[12 + first : 16 + first]
