import json
from pathlib import Path
from typing import Any

import pytest

from pictures import asked, clip, picture, pictures, weights
from tuneyard.jobs import plan as plans
from tuneyard.jobs.job import build
from tuneyard.recipes.diffusion_pipe import check
from tuneyard.runner.problems import Problem, Report

SDXL = {"input_blocks.0.0.weight": [320, 4, 3, 3], "label_emb.0.0.weight": [1280, 2816]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return pictures(tmp_path / "cups", (600, 600), (900, 450), of_each=3)


def codes(report: Report) -> list[tuple[str, str]]:
    return [(problem.code, problem.severity) for problem in report.problems]


def only(report: Report, code: str) -> Problem:
    (found,) = [problem for problem in report.problems if problem.code == code]
    return found


# --- at home


def test_a_good_dataset(folder: Path) -> None:
    report = check.check(asked(folder, enable_ar_bucket=True, num_repeats=2.0, epochs=10))

    assert report.problems == []
    assert report.not_checked == []
    assert report.facts["steps_per_epoch"] == 12
    assert report.facts["steps"] == 120
    assert report.facts["items"] == 12
    (table,) = report.facts["tables"]
    assert table["title"] == "Sizes of the training"
    assert table["columns"] == ["Size", "Items", "Batch", "Steps", "Left over"]
    assert table["rows"] == [["512 × 512", 6, 1, 6, 0], ["720 × 368", 6, 1, 6, 0]]


def test_at_most_so_many_steps(folder: Path) -> None:
    assert check.check(asked(folder, epochs=10, max_steps=7)).facts["steps"] == 7


def test_sizes_that_fill_no_batch(folder: Path) -> None:
    picture(folder / "z.png", (450, 900))
    settings = asked(folder, enable_ar_bucket=True, micro_batch_size_per_gpu="2")

    report = check.check(settings)

    assert only(report, "bucket-dropped").sentence == (
        "1 item fills no batch at that size and is never trained on: 368×720 (1 item)."
    )
    assert report.facts["steps_per_epoch"] == 2
    assert [row[-1] for row in report.facts["tables"][0]["rows"]] == [1, 1, 1]


def test_no_size_that_fills_a_batch(folder: Path) -> None:
    report = check.check(asked(folder, micro_batch_size_per_gpu="7"))

    assert only(report, "buckets-empty").severity == "error"
    assert "steps" not in report.facts


def test_pictures_that_will_be_enlarged(folder: Path) -> None:
    report = check.check(asked(folder, resolutions=["1024"]))

    assert codes(report) == [("media-small", "warning")]
    assert report.problems[0].sentence.startswith(
        "6 files are smaller than 1024×1024 and will be enlarged, which blurs them: 000.png (600×600)"
    )


def test_clips_and_lengths(tmp_path: Path) -> None:
    for name, frames in (("a", 40), ("b", 90), ("c", 12)):
        clip(tmp_path / f"{name}.mp4", frames, fps=24, size=(640, 640))
    settings = asked(tmp_path, model="wan", frame_buckets=[17, 50], ckpt_path="hf:a/Wan2.1-T2V-14B")

    report = check.check(settings)

    assert codes(report) == [("video-short", "warning")]
    assert report.problems[0].sentence == (
        "At 16 frames a second 1 file is shorter than 17 frames and so left out: c.mp4 (8 frames)."
    )
    (table,) = report.facts["tables"]
    assert table["rows"] == [["512 × 512", 17, 1, 1, 1, 0], ["512 × 512", 49, 1, 1, 1, 0]]


def test_a_length_that_is_cut_is_told_once(tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4", 90, fps=24, size=(640, 640))
    rows = [{"path": str(tmp_path)}]
    told = {"model": "wan", "ckpt_path": "hf:a/Wan2.1-T2V-14B", "frame_buckets": [17, 50]}
    job = build({"recipe": "diffusion-pipe", "settings": {**told, "directories": rows}})
    report = plans.check(job, tmp_path / "home")
    (cut,) = [problem for problem in report.problems if "frame_buckets" in problem.field]
    assert (cut.code, cut.field) == ("frames-cut", "frame_buckets")
    assert cut.sentence == "Wan 2.1, 2.2 cuts clips to lengths of its own: 50 to 49 frames."
    assert cut.next_step == "Better is 49."


def test_clips_for_a_model_of_pictures(folder: Path) -> None:
    clip(folder / "z.mp4", 20)

    report = check.check(asked(folder))

    assert codes(report) == [("video-unwanted", "warning")]
    assert report.facts["steps_per_epoch"] == 6


def test_exact_sizes_that_the_trainer_mixes_up(folder: Path) -> None:
    sizes = ["960x704", "704x960", "960x704x33"]

    report = check.check(asked(folder, model="wan", ckpt_path="hf:a/b-2.1", size_buckets=sizes))

    assert only(report, "sizes-mixed").severity == "warning"
    good = asked(folder, size_buckets=["512x768", "768x512"])
    assert codes(check.check(good)) == []


def test_the_same_folder_is_looked_through_once(folder: Path) -> None:
    picture(folder / "z.png", caption=None)
    evaluation = [{"name": "same", "path": str(folder), "resolutions": ["256"]}]

    report = check.check(asked(folder, folder, evaluation=evaluation))

    assert codes(report) == [("caption-missing", "warning")]
    assert [table["title"] for table in report.facts["tables"]] == [
        "Sizes of the training",
        "Sizes of same",
    ]
    assert [table["rows"][0][1] for table in report.facts["tables"]] == [12, 6]


def test_evaluation_counts_each_file_once(folder: Path) -> None:
    evaluation = [{"name": "test", "path": str(folder)}]

    report = check.check(asked(folder, num_repeats=5.0, evaluation=evaluation))

    assert [table["rows"][0][1] for table in report.facts["tables"]] == [30, 6]


def test_what_is_wrong_with_an_evaluation_set_is_said_of_it(folder: Path, tmp_path: Path) -> None:
    other = pictures(tmp_path / "other", (300, 300))
    evaluation = [{"name": "test", "path": str(other)}]

    report = check.check(asked(folder, evaluation=evaluation, eval_micro_batch_size_per_gpu="2"))

    assert [(problem.code, problem.field, problem.place) for problem in report.problems] == [
        ("media-small", "evaluation", str(other)),
        ("buckets-empty", "evaluation", "test"),
    ]
    assert report.facts["steps_per_epoch"] == 6


def test_what_is_on_the_hub_is_not_checked(folder: Path) -> None:
    report = check.check(asked(folder, {"path": "hf:me/cups"}))

    assert report.not_checked == ["hf:me/cups: on the Hub, and looked through when the job starts."]
    assert "steps" not in report.facts
    assert report.facts["tables"] == []


def test_clips_that_nothing_here_reads(folder: Path) -> None:
    clip(folder / "z.webm", 40)

    report = check.check(asked(folder, model="wan", ckpt_path="hf:a/Wan2.1"))

    (said,) = report.not_checked
    assert said == (
        f"1 file in {folder} (z.webm), and with it the number of steps:"
        " it needs the Python package PyAV (av)."
    )
    assert "steps" not in report.facts


def test_a_wan_that_nobody_knows(folder: Path) -> None:
    report = check.check(asked(folder, model="wan", ckpt_path="hf:me/mine"))

    assert report.not_checked == [
        "Which Wan it is: counted as one of 16 frames a second. Its files tell."
    ]


def test_what_is_documented_of_memory(folder: Path) -> None:
    def memory(**chosen: Any) -> str:
        return str(check.check(asked(folder, **chosen)).facts["memory"])

    assert "documented nowhere" in memory(model="flux", diffusers_path="hf:a/b")
    large = {"model": "wan", "ckpt_path": "hf:Wan-AI/Wan2.1-T2V-14B", "blocks_to_swap": 32}
    assert "24 GB at least, documented for clips of 512×512" in memory(**large)
    assert "This job has another optimizer" in memory(**large, transformer_dtype="float8")
    assert "text encoder alone" in memory(model="wan", ckpt_path="hf:Wan-AI/Wan2.1-T2V-1.3B")
    assert "48 GB" in memory(adapter="none")
    assert "48 GB" not in memory()


def test_the_models_files_are_looked_at(folder: Path, tmp_path: Path) -> None:
    file = weights(
        tmp_path / "wan.safetensors", {"head.modulation": [1], "blocks.0.cross_attn.k.weight": [1]}
    )

    report = check.check(asked(folder, checkpoint_path=str(file)))

    assert codes(report) == [("model-file", "error")]


@pytest.mark.parametrize("changes", [{"resolutions": ["wide"]}, {"micro_batch_size_per_gpu": "x"}])
def test_sizes_that_nobody_can_read_are_for_the_rules(folder: Path, changes: Any) -> None:
    report = check.check({**asked(folder), **changes})

    assert report.problems == []
    assert "steps" not in report.facts


def test_without_a_dataset_there_is_nothing_to_say() -> None:
    report = check.check(asked())

    assert (report.problems, report.not_checked) == ([], [])


# --- as a step


def prepared(work: Path, settings: dict[str, Any], places: dict[str, Any]) -> None:
    work.mkdir()
    (work / "settings.json").write_text(json.dumps(settings))
    folders = {
        name: [{"path": entry["path"]} for entry in settings[name]]
        for name in ("directories", "evaluation")
    }
    (work / "data.json").write_text(json.dumps({**folders, **places.pop("data", {})}))
    (work / "models.json").write_text(json.dumps(places))


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def test_the_step_leaves_what_it_found(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = asked(
        {"path": "hf:me/cups"},
        model="wan",
        ckpt_path="hf:a/b",
        epochs=3,
        micro_batch_size_per_gpu="4",
        evaluation=[{"name": "test", "path": "hf:me/cups"}],
    )
    model = tmp_path / "a--b"
    model.mkdir()
    for name in ("Wan2.2_VAE.pth", "models_t5_umt5-xxl-enc-bf16.pth", "google/umt5-xxl/x"):
        (model / name).parent.mkdir(parents=True, exist_ok=True)
        (model / name).touch()
    (model / "config.json").write_text('{"model_type": "ti2v"}')
    weights(model / "a.safetensors", {"strange": [1]})
    where = [{"path": str(folder)}]
    prepared(
        tmp_path / "work",
        settings,
        {"ckpt_path": str(model), "data": {"directories": where, "evaluation": where}},
    )
    monkeypatch.chdir(tmp_path / "work")

    assert check.main([]) == 0

    found = read(Path("buckets.json"))
    assert (found["steps"], found["steps_per_epoch"]) == (3, 1)
    assert found["sets"]["train"] == {
        "steps_per_epoch": 1,
        "items": 6,
        "latents": 6,
        "texts": 6,
        "buckets": [
            {
                "size": [512, 512, 1],
                "ar": 1.0,
                "items": 6,
                "batch": 4,
                "used": 4,
                "dropped": 2,
            }
        ],
    }
    assert found["sets"]["test"]["steps_per_epoch"] == 6
    assert read(Path("check.json"))["facts"]["steps"] == 3
    assert capsys.readouterr().out == "3 steps, 1 an epoch: ready to train.\n"


def test_the_step_ends_with_what_is_wrong(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    picture(folder / "none.png", (600, 600), caption=None)
    (folder / "bad\x1b.webp").write_bytes(b"no picture")
    (folder / "bad\x1b.txt").write_text("a cup")
    prepared(tmp_path / "work", asked(folder, {"path": str(tmp_path / "gone")}), {})
    monkeypatch.chdir(tmp_path / "work")

    assert check.main([]) == 1

    printed = capsys.readouterr().out
    assert "warning" in printed
    assert "none.png" in printed
    assert "\x1b" not in printed
    assert printed.endswith(
        f"Problem: {folder}: 1 file would make the trainer hang: bad\\x1b.webp (cannot identify"
        " image file). There is 1 more problem, see the log.\n"
        "Next step: Save it again, or remove it.\n"
    )
    assert [problem["severity"] for problem in read(Path("check.json"))["problems"]].count(
        "error"
    ) == 2
    assert read(Path("buckets.json"))["sets"] == {}


def test_what_lies_in_a_cache_is_called_as_it_was_named(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shelf = tmp_path / "cache" / "me--cups"
    shelf.mkdir(parents=True)
    folder.rename(shelf / "blue")
    there = [{"path": str(shelf), "name": "hf:me/cups", "commit": "c"}]
    prepared(tmp_path / "work", asked({"path": "hf:me/cups"}), {"data": {"directories": there}})
    monkeypatch.chdir(tmp_path / "work")

    assert check.main([]) == 1

    printed = capsys.readouterr().out
    assert "There are no pictures or videos in hf:me/cups." in printed
    assert "hf:me/cups/blue" in printed
    assert str(shelf) not in printed
