"""Models and checkpoints: what lies in a run's folder, and the files that ask for it."""

import json
import shutil
import struct
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import deepspeed
from deepspeed.steering import option


class Saver:
    def __init__(self, config_path: str, config: dict[str, Any], run: str, stages: int) -> None:
        self.config_path = config_path
        self.config = config
        self.run = Path(run)
        self.stages = stages
        self.checkpointed_at = time.time()

    def save_model(self, name: str) -> None:
        print(f"Saving model to directory {name}")
        place = self.run / name
        (place / "tmp").mkdir(parents=True)
        (place / "tmp" / "state_dict_0.bin").write_bytes(b"weights")
        time.sleep(option("save_seconds", 0.0))
        file, about = _model_file(self.config)
        if about:
            (place / "adapter_config.json").write_text(json.dumps(about))
        (place / file).write_bytes(_safetensors(f"weights of {name}".encode()))
        shutil.copy(self.config_path, place)
        shutil.rmtree(place / "tmp")

    def save_checkpoint(self, state: dict[str, Any]) -> None:
        name = f"global_step{state['step']}"
        place = self.run / name
        deepspeed.log_dist(f"[Torch] Checkpoint {name} is about to be saved!")
        place.mkdir(exist_ok=True)
        files = [place / f"mp_rank_{stage:02d}_model_states.pt" for stage in range(self.stages)]
        deepspeed.log_dist(f"Saving model checkpoint: {files[0]}")
        for layer in range(4):
            _torch_file(place / f"layer_{layer:02d}-model_states.pt", {})
        time.sleep(option("checkpoint_seconds", 0.0))
        for file in files:
            _torch_file(file, state)
        (self.run / "latest").write_text(name)
        self.checkpointed_at = time.time()

    def epoch_ended(self, epoch: int, state: dict[str, Any]) -> tuple[bool, bool]:
        """Whether it left a checkpoint, and whether it saved the model."""
        checkpointed = _due(self.config, "checkpoint_every_n_epochs", epoch)
        if checkpointed:
            self.save_checkpoint(state)
        saved = _due(self.config, "save_every_n_epochs", epoch)
        if saved:
            self.save_model(f"epoch{epoch}")
        return checkpointed, saved

    def step_ended(self, step: int, state: dict[str, Any]) -> tuple[bool, bool]:
        asked, leaving = self._taken("save"), False
        if not asked:
            asked = leaving = self._taken("save_quit")
        saved = _due(self.config, "save_every_n_steps", step)
        if saved:
            self.save_model(f"step{step}")
        minutes = self.config.get("checkpoint_every_n_minutes")
        late = minutes is not None and time.time() > self.checkpointed_at + 60 * minutes
        if asked or late:
            self.save_checkpoint(state)
        if leaving:
            print("Manually quitting")
            sys.exit()
        return asked or late, saved

    def _taken(self, name: str) -> bool:
        there = (self.run / name).is_file()
        if there:
            (self.run / name).unlink()
        return there


def load_checkpoint(run: str) -> dict[str, Any] | None:
    latest = Path(run) / "latest"
    if not latest.exists():
        print(
            f"Unable to find latest file at {latest}, if trying to load latest checkpoint please"
            " ensure this file exists or pass an explicit checkpoint tag when loading a checkpoint."
        )
        return None
    file = Path(run) / latest.read_text() / "mp_rank_00_model_states.pt"
    try:
        with zipfile.ZipFile(file) as archive:
            state: dict[str, Any] = json.loads(archive.read("archive/data.pkl"))
    except zipfile.BadZipFile as error:
        raise RuntimeError(
            "PytorchStreamReader failed reading zip archive: failed finding central directory"
        ) from error
    return state


def _due(config: dict[str, Any], name: str, count: int) -> bool:
    every = int(config.get(name) or 0)
    return every > 0 and count % every == 0


def _model_file(config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    if "adapter" not in config:
        return "model.safetensors", {}
    if config["model"]["type"] == "sdxl":
        return "lora.safetensors", {}
    if config["model"]["type"] in {"flux", "sd3", "auraflow"}:  # saved by Diffusers
        return "pytorch_lora_weights.safetensors", {}
    return "adapter_model.safetensors", {"peft_type": "LORA", "r": config["adapter"]["rank"]}


def _safetensors(data: bytes) -> bytes:
    tensor = {"dtype": "U8", "shape": [len(data)], "data_offsets": [0, len(data)]}
    head = json.dumps({"__metadata__": {"format": "pt"}, "weights": tensor}).encode()
    return struct.pack("<Q", len(head)) + head + data


def _torch_file(path: Path, state: dict[str, Any]) -> None:
    """As torch saves: an archive, its index last."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", json.dumps(state))
        archive.writestr("archive/data/0", bytes(1000))
