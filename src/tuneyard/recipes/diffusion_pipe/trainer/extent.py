"""How many steps a training has: as it was counted before, and as the trainer turns out to count."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuneyard.recipes.diffusion_pipe.trainer.console import Console


class Extent:
    """`steps_per_epoch` is None where nobody has counted; then the first whole epoch tells.

    `examples` says that TensorBoard's files count examples.
    """

    def __init__(
        self, steps_per_epoch: int | None, epochs: int, max_steps: int | None, *, examples: bool
    ) -> None:
        self.steps_per_epoch = steps_per_epoch
        self.epochs = epochs
        self._max_steps = max_steps
        self._examples = examples
        self._base = (1, 0)  # an epoch, and the step after which it began
        self._known = 0  # of what the console knows
        self._resumed: tuple[int, int] | None = None

    @property
    def steps(self) -> int | None:
        """Where it ends; None as long as that isn't known."""
        if self.steps_per_epoch is None:
            return self._max_steps
        epoch, after = self._base
        end = after + (self.epochs - epoch + 1) * self.steps_per_epoch
        return min(end, self._max_steps or end)

    def learn(self, console: Console) -> bool:
        """Takes what the console knows by now; True if the end is another for it."""
        before = self.steps
        if console.resumed and console.resumed != self._resumed:
            self._resumed = console.resumed
            self._go_on(*console.resumed)
        if len(console.epochs) > self._known:
            self._known = len(console.epochs)
            self._begin(*max(console.epochs.items()), console)
        return self.steps != before

    def step_of(self, x: int, batch: int) -> int:
        return x // max(1, batch) if self._examples else x

    def _go_on(self, epoch: int, step: int) -> None:
        """Without new data, a resumed epoch is where the count says; else it begins anew."""
        each = self.steps_per_epoch
        if each is None:
            return
        inside = (epoch - 1) * each <= step - 1 < epoch * each
        self._base = (1, 0) if inside else (epoch, step - 1)

    def _begin(self, epoch: int, after: int, console: Console) -> None:
        begun = console.epochs.get(epoch - 1)
        if begun is None and epoch == 2 and console.begun == 1:
            begun = 0
        if begun is not None and after > begun:
            self.steps_per_epoch = after - begun
        self._base = (epoch, after)
