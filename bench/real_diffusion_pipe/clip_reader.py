"""In the place of ComfyUI's reader of clips: what the trainer asks of it, by PyAV."""

from fractions import Fraction
from typing import Any, NamedTuple

import av
import torch


class Components(NamedTuple):
    """`images` are frames, height, width, colours, from 0 to 1."""

    images: torch.Tensor
    frame_rate: Fraction
    audio: None = None


class VideoFromFile:
    def __init__(self, file: Any) -> None:
        self._file = file

    def get_dimensions(self) -> tuple[int, int]:
        height, width = self.get_components().images.shape[1:3]
        return width, height

    def get_frame_count(self) -> int:
        return len(self.get_components().images)

    def get_frame_rate(self) -> Fraction:
        return self.get_components().frame_rate

    def get_components(self) -> Components:
        with av.open(self._file) as container:
            (stream,) = container.streams.video
            frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
            images = torch.stack([torch.from_numpy(frame) for frame in frames]) / 255
            return Components(images, Fraction(stream.average_rate or 1))


class InputImpl:
    VideoFromFile = VideoFromFile
