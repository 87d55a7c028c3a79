import json
import re
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard

from tuneyard.recipes.piper import card

SETTINGS = {
    "dataset": "/home/alice/clips",
    "language": "en-us",
    "quality": "medium",
    "speakers": "single",
    "sample_rate": None,
    "voice_name": "",
    "batch_size": 16,
    "precision": "32-true",
    "learning_rate": 2e-4,
    "learning_rate_d": 1e-4,
    "validation_split": 0.1,
    "trim_silence": True,
    "seed": 1234,
}
JOB = {"id": "20261122-143005-first-voice", "name": "First voice", "attempt": 1}
DATA = {
    "clips": 1032,
    "seconds": 5400.0,
    "speakers": {},
    "source": {"kind": "folder", "folder": "/home/alice/clips", "name": "/home/alice/clips"},
}
HUB_DATA = {
    **DATA,
    "source": {
        "kind": "hub",
        "folder": "/home/alice/dataset",
        "name": "hf:alice/clips@v1",
        "commit": "0123456789abcdef",
    },
}
NO_BASE = {"path": None, "epoch": 0, "use": "none"}
BASE = {
    "path": "/home/alice/.cache/a.ckpt",
    "epoch": 2165,
    "use": "warm-start",
    "name": "en_US/lessac/medium",
    "address": "https://huggingface.co/datasets/rhasspy/piper-checkpoints/resolve/main/a%3D1.ckpt",
}
MODEL_BASE = {
    **BASE,
    "name": "a.ckpt",
    "use": "resume",
    "address": "https://huggingface.co/bob/voice/resolve/main/a.ckpt",
}
EVENTS = [
    {"event": "start", "steps": 6},
    {"event": "step", "epoch": 0, "step": 1, "loss_g": 99.0, "loss_d": 3.0},
    {"event": "step", "epoch": 9, "step": 600, "loss_g": 31.4159, "train_mel": 1.0},
    {"event": "val", "epoch": 9, "step": 600, "val_loss": 28.5, "val_mel": 0.5},
    {"event": "end", "reason": "epochs"},
]


def write(**changed: Any) -> str:
    given: dict[str, Any] = {
        "settings": SETTINGS,
        "job": JOB,
        "data": DATA,
        "base": NO_BASE,
        "events": EVENTS,
        "samples": ["01.wav"],
        "spoken": {"01.wav": "Good morning."},
    }
    for name, value in changed.items():
        old = given[name]
        given[name] = {**old, **value} if isinstance(old, dict) else value
    return card.card(**given)


def front(text: str) -> dict[str, Any]:
    """The front matter as the Hub's own reader has it."""
    found: dict[str, Any] = ModelCard(text).data.to_dict()  # type: ignore[no-untyped-call]
    return found


def test_the_hub_reads_what_the_voice_is() -> None:
    assert front(write()) == {
        "language": "en",
        "library_name": "piper",
        "pipeline_tag": "text-to-speech",
        "tags": ["text-to-speech", "piper", "tuneyard"],
    }


def test_a_dataset_of_the_hub_is_named_with_its_commit() -> None:
    text = write(data=HUB_DATA)

    assert front(text)["datasets"] == ["alice/clips"]
    assert "[alice/clips](https://huggingface.co/datasets/alice/clips) at 01234567" in text


def test_a_base_that_is_a_model_of_the_hub_is_named_to_it() -> None:
    text = write(base=MODEL_BASE)

    assert front(text)["base_model"] == "bob/voice"
    assert "It went on from [a.ckpt](https://huggingface.co/bob/voice/resolve/" in text


def test_a_base_that_lies_in_a_dataset_is_only_linked() -> None:
    text = write(base=BASE)

    assert "base_model" not in front(text)
    link = BASE["address"]
    assert f"({link}), which had 2,165 epochs." in text


def test_a_base_of_the_users_own_is_named_without_its_path() -> None:
    text = write(base={**BASE, "address": "", "name": "mine.ckpt"})

    assert "started with the weights of mine.ckpt, which" in text


@pytest.mark.parametrize(
    ("language", "code"), [("cmn", "zh"), ("pt-br", "pt"), ("yue", "yue"), ("nb", "nb")]
)
def test_the_language_is_the_hubs_code(language: str, code: str) -> None:
    assert front(write(settings={"language": language}))["language"] == code


def test_how_it_was_trained_is_told_in_figures() -> None:
    text = write()

    assert "on 1,032 clips, 90.0 minutes. It started from nothing." in text
    assert "ended in epoch 10, after 600 steps." in text
    assert "| generator | 31.42 |" in text
    assert "| discriminator | 3 |" in text
    assert "| validation | 28.5 |" in text
    assert "| Learning rate | 0.0002 |" in text
    assert "| Silence trimmed | yes |" in text


def test_a_training_without_figures_has_no_table_of_them() -> None:
    text = write(events=[], data={"seconds": None})

    assert "Last loss" not in text
    assert "on 1,032 clips. It started from nothing.\n" in text


def test_it_says_how_to_speak() -> None:
    text = write()

    sentence = re.search(r"piper -m voice.onnx -f hello.wav -- '(.+)'", text)
    assert sentence
    assert f'voice.synthesize_wav("{sentence[1]}", file)' in text
    assert _python(text)


def test_a_language_without_a_sentence_still_says_how() -> None:
    assert _python(write(settings={"language": "tlh"}))


def test_several_speakers_have_their_numbers() -> None:
    text = write(data={"speakers": {"anna": 0, "b|en": 1}}, settings={"speakers": "several"})

    assert "piper -m voice.onnx -s 0 -f" in text
    assert "| 0 | anna |\n| 1 | b\\|en |" in text
    assert "SynthesisConfig(speaker_id=0)" in text
    assert _python(text)


def test_samples_are_linked_with_what_they_say() -> None:
    text = write(samples=["01.wav", "02 b.wav"], spoken={"01.wav": "Say *this*!"})

    assert "- [Say \\*this\\*!](samples/01.wav)\n- [02 b.wav](samples/02%20b.wav)" in text
    assert "## Samples" not in write(samples=[])


def test_no_path_of_this_computer_and_no_licence_is_in_it() -> None:
    for base in (NO_BASE, BASE, MODEL_BASE):
        for data in (DATA, HUB_DATA):
            text = write(base=base, data=data)
            assert "/home/alice" not in text
            assert "license" not in front(text)
            assert "No licence is stated here" in text


def test_tiny_is_called_what_it_is() -> None:
    assert "Its voice is noise." in write(settings={"quality": "tiny"})
    assert "noise" not in write()


NASTY = '---\n# <script>alert(1)</script> [x](javascript:y) | `z` "q": {a: b} \\ ![i](j)'


def test_names_and_texts_are_shown_as_they_are() -> None:
    text = write(
        settings={"voice_name": NASTY},
        data={"speakers": {NASTY: 0}},
        samples=["01.wav"],
        spoken={"01.wav": NASTY},
        base={**BASE, "name": NASTY, "address": ""},
    )

    assert front(text) == front(write())
    body = ModelCard(text).text
    assert "<script>" not in body
    assert "[x](" not in body
    assert "[i](" not in body
    shown = "\\# &lt;script&gt;alert(1)&lt;/script&gt;"
    assert body.count(shown) == 4
    assert not [line for line in body.splitlines() if line.startswith("---")]


def test_the_step_writes_it_and_writes_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    (work / "train").mkdir(parents=True)
    (tmp_path / "samples" / "final").mkdir(parents=True)
    for name, value in {"settings": SETTINGS, "job": JOB, "data": DATA, "base": NO_BASE}.items():
        (work / f"{name}.json").write_text(json.dumps(value))
    lines = "".join(f"{json.dumps(event)}\n" for event in EVENTS)
    (work / "train" / "events.jsonl").write_text(lines + '{"event": "ste')
    (tmp_path / "samples" / "final" / "01.wav").touch()
    spoken = [{"file": "01.wav", "text": "Hello.", "speaker": "anna", "seconds": 1.0}]
    listing = {"format": 1, "samples": spoken}
    (tmp_path / "samples" / "final" / "samples.json").write_text(json.dumps(listing))
    monkeypatch.chdir(work)

    assert card.main([]) == 0
    first = (tmp_path / "outputs" / "README.md").read_bytes()
    assert card.main([]) == 0

    assert (tmp_path / "outputs" / "README.md").read_bytes() == first
    assert first.decode() == write(spoken={"01.wav": "anna: Hello."})
    assert [path.name for path in (tmp_path / "outputs").iterdir()] == ["README.md"]


def _python(text: str) -> bool:
    """Whether the Python that it shows is Python."""
    found = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert found
    compile(found[1], "README.md", "exec")
    return True
