"""Makes a clip of 64 x 64 pixels. Runs under the trainer's Python: python clip.py FILE FRAMES FPS"""

import sys

import av
import numpy as np


def main() -> None:
    path, frames, fps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for number in range(frames):
            grey = np.full((64, 64, 3), number * 7 % 256, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode())


if __name__ == "__main__":
    main()
