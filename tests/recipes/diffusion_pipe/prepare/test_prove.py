import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from fakes.diffusion_pipe import making
from tuneyard.recipes.diffusion_pipe.prepare import prove as module
from tuneyard.recipes.diffusion_pipe.prepare.prove import imports, what_failed

SOURCE = """\
import os
from utils import common
if True:
    import hidden

def main(kind):
    if kind == 'flux':
        from models import flux
        flux.go()
    elif kind == 'cosmos_predict2' or kind == 'anima':
        from models import cosmos_predict2 as chosen
    else:
        import nothing
    if name == 'adamw8bit':
        import bitsandbytes
    else:
        import pytorch_optimizer
"""

RUN = (
    "import sys; from tuneyard.recipes.diffusion_pipe.prepare.prove import main; sys.exit(main([]))"
)


@pytest.fixture
def python(tmp_path: Path) -> Path:
    return making.python(tmp_path / "python")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The scripted trainer with two types that have a module of their own."""
    folder = making.checkout(tmp_path / "checkout")
    source = (folder / "train.py").read_text()
    chosen = "if False:\n    kind = ''\n    if kind == 'wan':\n        from models import wan\n"
    (folder / "train.py").write_text(f"{source}\n{chosen}")
    (folder / "models" / "wan.py").write_text("from utils import common\n")
    return folder


def prove(
    tmp_path: Path,
    python: Path,
    checkout: Path,
    model: str = "sdxl",
    optimizer: str = "AdamW",
    **env: str,
) -> tuple[int, str]:
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    settings = {"model": model, "optimizer": optimizer, "trainer_python": ""}
    (work / "settings.json").write_text(json.dumps({"format": 1, **settings}))
    (work / "vendor.json").write_text(json.dumps({"format": 1, "path": str(checkout)}))
    source = Path(__file__).parents[4] / "src"
    begin = f"import sys; sys.path.insert(0, {str(source)!r})\n"
    ran = subprocess.run(
        [python, "-c", begin + RUN],
        cwd=work,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not ran.stderr, ran.stderr
    return ran.returncode, ran.stdout


def pythonpath(tmp_path: Path) -> list[str]:
    found: list[str] = json.loads((tmp_path / "work" / "vendor.json").read_text())["pythonpath"]
    return found


def test_the_imports_are_those_of_the_trainer_in_their_order() -> None:
    begin = ["import os", "from utils import common"]
    assert list(imports(SOURCE, "other", "AdamW8bit")) == [*begin, "import bitsandbytes"]
    others = ["import pytorch_optimizer", "getattr(pytorch_optimizer, 'Lion')"]
    assert list(imports(SOURCE, "flux", "Lion")) == [*begin, "from models import flux", *others]
    chosen = "from models import cosmos_predict2 as chosen"
    assert list(imports(SOURCE, "anima", "Lion")) == [*begin, chosen, *others]
    assert list(imports(SOURCE, "cosmos_predict2", "Lion")) == [*begin, chosen, *others]


def test_a_whole_trainer_is_proved(tmp_path: Path, python: Path, checkout: Path) -> None:
    code, said = prove(tmp_path, python, checkout)
    assert code == 0, said
    assert said.splitlines()[-1] == "The trainer's imports work."
    assert pythonpath(tmp_path) == []


def test_what_worked_is_tried_again_only_with_other_packages_or_models(
    tmp_path: Path, python: Path, checkout: Path
) -> None:
    again = "The trainer's imports worked before, with the same packages."
    assert "Trying" in prove(tmp_path, python, checkout)[1]
    assert prove(tmp_path, python, checkout) == (0, f"{again}\n")
    assert "Trying" in prove(tmp_path, python, checkout, "wan")[1]
    assert again in prove(tmp_path, python, checkout, "wan")[1]
    assert len(pythonpath(tmp_path)) == 1  # that of the stand-in, as if it had been tried
    (packages,) = (tmp_path / "python").glob("lib/*/site-packages")
    (packages / "utils").mkdir()
    (packages / "utils" / "__init__.py").touch()
    assert "Another package is called utils" in prove(tmp_path, python, checkout)[1]


def test_a_missing_submodule_is_found(tmp_path: Path, python: Path, checkout: Path) -> None:
    shutil.rmtree(checkout / "submodules" / "ComfyUI")
    code, said = prove(tmp_path, python, checkout)
    assert code == 1
    assert "ModuleNotFoundError: No module named 'comfy" in said
    assert "Problem: The trainer can't be loaded" in said


def test_an_optimizer_that_isnt_there_is_told(tmp_path: Path, python: Path, checkout: Path) -> None:
    """Else it shows when all the data is prepared and the model is loaded."""
    (packages,) = (tmp_path / "python").glob("lib/*/site-packages")
    (packages / "pytorch_optimizer.py").write_text("class Prodigy: ...\n")
    source = (checkout / "train.py").read_text()
    choice = "if False:\n    if kind == 'adamw':\n        pass\n    else:\n        import pytorch_optimizer"
    (checkout / "train.py").write_text(f"{source}\n{choice}\n")
    for known in ("AdamW", "Prodigy"):
        code, said = prove(tmp_path, python, checkout, optimizer=known)
        assert code == 0, said
    code, said = prove(tmp_path, python, checkout, optimizer="prodigy")
    assert code == 1
    assert "Problem: There is no such optimizer: module 'pytorch_optimizer' has no" in said
    assert "Capitals count" in said


@pytest.mark.parametrize(
    ("version", "reads", "told"),
    [((3, 11), True, True), ((3, 11), False, False), ((3, 12), True, False)],
)
def test_a_python_that_is_too_old_is_told(
    version: tuple[int, int],
    reads: bool,
    told: bool,
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else it shows in the process that caches, and the trainer waits for that for ever."""
    if reads:
        (checkout / "utils" / "cache.py").write_text("connect(path, autocommit=False)\n")
    this = SimpleNamespace(version_info=version, executable="/its/python")
    monkeypatch.setattr(module, "sys", this)
    found = module.too_old(checkout)
    assert (found is not None) == told
    if found:
        assert "needs Python 3.12 or newer, and /its/python is Python 3.11." in found.sentence


@pytest.mark.parametrize("name", ["utils", "comfy"])
def test_a_package_in_the_way_is_named(
    name: str, tmp_path: Path, python: Path, checkout: Path
) -> None:
    """One that is installed beats a folder without an `__init__`, wherever each lies."""
    (packages,) = (tmp_path / "python").glob("lib/*/site-packages")
    (packages / name).mkdir()
    (packages / name / "__init__.py").touch()
    code, said = prove(tmp_path, python, checkout)
    if name == "comfy":  # the trainer puts its own first
        assert code == 0, said
        return
    assert code == 1
    assert (
        f"Another package is called utils like one of the trainer's own: {packages}/utils." in said
    )


def test_what_is_on_pythonpath_is_not_in_the_way(
    tmp_path: Path, python: Path, checkout: Path
) -> None:
    comfy = checkout / "submodules" / "ComfyUI"
    code, said = prove(tmp_path, python, checkout, PYTHONPATH=str(comfy))
    assert code == 0, said


def test_a_missing_library_is_named(tmp_path: Path, python: Path, checkout: Path) -> None:
    (checkout / "models" / "wan.py").write_text("import easydict\n")
    code, said = prove(tmp_path, python, checkout, "wan")
    assert code == 1
    assert "Problem: The trainer's Python has no module easydict." in said
    assert prove(tmp_path, python, checkout)[0] == 0  # other models don't need it


def test_a_python_that_dies_is_told(tmp_path: Path, python: Path, checkout: Path) -> None:
    (checkout / "models" / "wan.py").write_text("import os\nos.abort()\n")
    code, said = prove(tmp_path, python, checkout, "wan")
    assert code == 1
    assert "exit code -6" in said


def test_models_that_need_flash_attention_get_a_stand_in(
    tmp_path: Path, python: Path, checkout: Path
) -> None:
    (packages,) = (tmp_path / "python").glob("lib/*/site-packages")
    functional = packages / "torch" / "nn" / "functional.py"
    functional.parent.mkdir(parents=True)
    functional.write_text("def scaled_dot_product_attention(): pass\n")
    for folder in (functional.parents[1], functional.parent):
        (folder / "__init__.py").touch()
    text = "from flash_attn.flash_attn_interface import flash_attn_varlen_func\n"
    (checkout / "models" / "wan.py").write_text(text)
    code, said = prove(tmp_path, python, checkout, "wan")
    assert code == 0, said
    assert "torch's own attention takes its place" in said
    assert pythonpath(tmp_path) == [str(tmp_path / "work" / "attention")]
    (packages / "flash_attn").mkdir()
    (packages / "flash_attn" / "__init__.py").touch()
    (packages / "flash_attn" / "flash_attn_interface.py").write_text("flash_attn_varlen_func = 1\n")
    code, said = prove(tmp_path, python, checkout, "wan")
    assert code == 0, said
    assert pythonpath(tmp_path) == []


SAID = [
    ("CUDA_HOME does not exist, unable to compile CUDA op(s)", "no-nvcc"),
    ("Found no NVIDIA driver on your system.", "no-gpu"),
    ("Torch not compiled with CUDA enabled", "no-gpu"),
    ("something else", "import"),
]


@pytest.mark.parametrize(("said", "code"), SAID)
def test_causes_are_told_in_words(said: str, code: str, tmp_path: Path) -> None:
    told = {"error": "E", "said": said, "missing": "", "line": "import x", "places": []}
    found = what_failed(told, tmp_path, "")
    assert found.code == code
    assert found.next_step


CHECK = """
import sys, math
sys.path.insert(0, sys.argv[1])
import torch
import flash_attn
from flash_attn import flash_attn_func, flash_attn_varlen_func, flash_attn_varlen_qkvpacked_func
from flash_attn.bert_padding import pad_input, unpad_input
from flash_attn.flash_attn_interface import flash_attn_varlen_func as same
assert same is flash_attn_varlen_func
torch.manual_seed(0)

def plain(q, k, v, scale=None):
    scores = torch.einsum("qhd,khd->hqk", q, k) * (scale or 1 / math.sqrt(q.shape[-1]))
    return torch.einsum("hqk,khd->qhd", scores.softmax(-1), v)

def ends(lengths):
    return torch.tensor([0, *lengths]).cumsum(0).to(torch.int32)

for lq, lk in [([5, 5], [3, 3]), ([5, 2, 4], [3, 7, 1]), ([6], [6])]:
    q, k, v = (torch.randn(sum(n), 2, 8, requires_grad=True) for n in (lq, lk, lk))
    got = flash_attn_varlen_func(q, k, v, ends(lq), ends(lk), max(lq), max(lk), softmax_scale=0.3,
                                 window_size=(-1, -1), deterministic=False)
    parts = zip(q.split(lq), k.split(lk), v.split(lk))
    want = torch.cat([plain(*part, 0.3) for part in parts])
    assert torch.allclose(got, want, atol=1e-5)
    ours = torch.autograd.grad(got.square().sum(), (q, k, v))
    theirs = torch.autograd.grad(want.square().sum(), (q, k, v))
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(ours, theirs))

lengths = [3, 5]
qkv = torch.randn(8, 3, 2, 8)
got = flash_attn_varlen_qkvpacked_func(qkv, ends(lengths), 5, 0.0, softmax_scale=None, causal=False)
want = torch.cat([plain(*part.unbind(1)) for part in qkv.split(lengths)])
assert torch.allclose(got, want, atol=1e-5)

mask = torch.tensor([[True, True, False], [True, False, False]])
x = torch.randn(2, 3, 4)
flat, indices, cu, longest, used = unpad_input(x, mask)
assert flat.shape == (3, 4) and cu.tolist() == [0, 2, 3] and longest == 2 and used.tolist() == [2, 1]
back = pad_input(flat, indices, 2, 3)
assert torch.equal(back, x * mask[..., None])

q = torch.randn(1, 4, 2, 8)
causal = flash_attn_func(q, q, q, causal=True)
assert torch.allclose(causal[0, :1], q[0, :1], atol=1e-5)  # the first sees itself alone
for odd in ({"window_size": (4, 4)}, {"alibi_slopes": 1}, {"unheard_of": 1}):
    try:
        flash_attn_func(q, q, q, **odd)
    except NotImplementedError:
        continue
    raise SystemExit(f"{odd} was passed over")
try:
    flash_attn_func(q, q[:, :2], q[:, :2], causal=True)
except NotImplementedError:
    print("agrees")
"""


@pytest.mark.trainer
def test_the_stand_in_computes_what_attention_is(tmp_path: Path, trainer_python: str) -> None:
    package = Path(sys.modules[imports.__module__].__file__ or "").parent
    (tmp_path / "flash_attn").mkdir()
    shutil.copy(package / "attention.txt", tmp_path / "flash_attn" / "__init__.py")
    command = [trainer_python, "-W", "ignore", "-c", CHECK, str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.stdout == "agrees\n", ran.stderr
