"""What the trainer needs to run without a GPU: to it, "cuda" is another name for the CPU.

Every process of the bench's Python imports it first, by a ``.pth`` file. Nothing of the
trainer is replaced: torch is changed once it has been loaded. Of Wan, the sizes of two parts that
are written into the code (a text encoder of 11 GB), and that its attention wants a real "cuda".
"""

import importlib.abc
import importlib.machinery
import inspect
import sys
from collections.abc import Callable, Sequence
from functools import partial, wraps
from types import ModuleType
from typing import Any

# How large Wan's text encoder and its VAE are here. What the first gives has to be as wide as ever.
TEXT = {"vocab_size": 300, "dim_attn": 16, "dim_ffn": 16, "num_heads": 2}
VAE = {"dim": 4}


class _Changed(importlib.abc.Loader):
    """Loads a module as its own loader does, then changes it."""

    def __init__(self, own: importlib.abc.Loader, change: Callable[[Any], None]) -> None:
        self._own = own
        self._change = change

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._own.exec_module(module)
        self._change(module)


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in _CHANGES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Changed(spec.loader, _CHANGES[fullname])
        return spec


def _without_gpu(torch: Any) -> None:
    torch.cuda.set_device = lambda _device: None
    torch.cuda.current_device = lambda: 0
    for owner in (torch.Tensor, torch.nn.Module):
        owner.to = _on_cpu(torch, owner.to)
        owner.cuda = lambda self, *_, **__: self


def _on_cpu(torch: Any, move: Callable[..., Any]) -> Callable[..., Any]:
    def place(value: Any) -> Any:
        named = isinstance(value, (str, torch.device)) and str(value).startswith("cuda")
        return "cpu" if named else value

    @wraps(move)
    def moved(self: Any, *arguments: Any, **options: Any) -> Any:
        placed = {name: place(value) for name, value in options.items()}
        return move(self, *map(place, arguments), **placed)

    return moved


def _small_text(module: Any) -> None:
    module.umt5_xxl = partial(module.umt5_xxl, **TEXT, encoder_layers=1)


def _small_vae(module: Any) -> None:
    module._video_vae = partial(module._video_vae, **VAE)  # noqa: SLF001 - there is no other way


def _anywhere(module: Any) -> None:
    source = inspect.getsource(module).replace("q.device.type == 'cuda' and ", "")
    exec(compile(source, module.__file__, "exec"), module.__dict__)


_CHANGES = {
    "torch": _without_gpu,
    "models.wan.t5": _small_text,
    "models.wan.vae2_1": _small_vae,
    "models.wan.attention": _anywhere,
}

sys.meta_path.insert(0, _Finder())
