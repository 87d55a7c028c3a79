import json
from collections.abc import Callable

import pytest

pytestmark = pytest.mark.trainer

# Every monotonic path from the first phoneme to the last is tried: one phoneme a frame, never
# back, never skipping one. What is found must have the best sum, in Piper's order of axes.
AGAINST_BRUTE_FORCE = """
import itertools, json, random
import torch
from tuneyard.recipes.piper.trainer import alignment
alignment.install()
from piper.train.vits import monotonic_align

def best(scores, frames, phonemes):
    steps = itertools.combinations(range(1, frames), phonemes - 1)
    def sum_of(cuts):
        bounds = [0, *cuts, frames]
        return sum(
            float(scores[f, p]) for p in range(phonemes) for f in range(bounds[p], bounds[p + 1])
        )
    return max(map(sum_of, steps))

generator = random.Random(5)
torch.manual_seed(5)
checked = 0
for dtype in (torch.float32, torch.bfloat16):
    for _ in range(20):
        sizes = [(f := generator.randint(1, 9), generator.randint(1, f)) for _ in range(3)]
        most_frames, most_phonemes = max(f for f, _ in sizes), max(p for _, p in sizes)
        scores = torch.randn(3, most_frames, most_phonemes).to(dtype)
        mask = torch.zeros_like(scores)
        for b, (frames, phonemes) in enumerate(sizes):
            mask[b, :frames, :phonemes] = 1
        path = monotonic_align.maximum_path(scores, mask)
        assert path.shape == scores.shape and path.dtype == dtype
        assert bool((path * (1 - mask) == 0).all())
        for b, (frames, phonemes) in enumerate(sizes):
            inside = path[b, :frames, :phonemes].float()
            assert bool((inside.sum(1) == 1).all()), "each frame has one phoneme"
            held = inside.argmax(1).tolist()
            assert held[0] == 0 and held[-1] == phonemes - 1
            assert all(b - a in (0, 1) for a, b in zip(held, held[1:]))
            total = float((inside * scores[b, :frames, :phonemes].float()).sum())
            assert abs(total - best(scores[b].float(), frames, phonemes)) < 1e-3
            checked += 1
print(json.dumps({"checked": checked}))
"""


def test_the_path_is_the_best_one_there_is(in_trainer: Callable[..., str]) -> None:
    assert json.loads(in_trainer(AGAINST_BRUTE_FORCE)) == {"checked": 120}
