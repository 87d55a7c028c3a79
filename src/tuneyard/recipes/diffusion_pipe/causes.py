"""Why training with diffusion-pipe fails: rules as data.

Where the trainer says it in its own words, `upstream` names the file that says it, as of the
revision that Tuneyard knows, or the thread in which somebody met it.
"""

from __future__ import annotations

from dataclasses import replace

from tuneyard.runner.causes import Rule

_TRAIN = ("train",)
_OF = "tdrussell/diffusion-pipe"

_MEMORY = (
    "In this order: swap more blocks, 8-bit weights of the model, activation checkpointing"
    " “unsloth”, smaller resolutions or fewer frames, expandable segments; then resume."
)


def _rule(code: str, pattern: str, sentence: str, next_step: str, **more: object) -> Rule:
    return replace(Rule(code, pattern, sentence, next_step, steps=_TRAIN), **more)  # type: ignore[arg-type]


_GPU = (
    _rule(
        "gpu-memory",
        r"CUDA out of memory\. Tried to allocate (?P<size>[\d.]+ [KMG]iB)",
        "Out of GPU memory: tried to allocate {size} more.",
        _MEMORY,
        fix={"activation_checkpointing": "unsloth", "expandable_segments": "true"},
        upstream=f"{_OF}#450",
    ),
    _rule(
        "rank-killed",
        r"exits with return code = -9\b",
        "The system killed a process of the trainer, most often because the computer's memory (not"
        " the GPU's) ran out.",
        "Text encoders stay in memory after the data is prepared: resume, then nothing is prepared"
        " any more. If that fails too, swap fewer blocks or use a computer with more memory.",
        fix={"blocks_to_swap": "half"},
        upstream=f"{_OF}#33",
    ),
    _rule(
        "rank-crashed",
        r"exits with return code = -(?P<signal>4|6|7|8|11)\b",
        "A process of the trainer crashed inside a library (signal {signal}); most often memory ran"
        " out, or the torch here doesn't fit this GPU.",
        "Resume. If it crashes again, see what was printed before; with a trainer's Python of your"
        " own, leave it to Tuneyard instead.",
        upstream=f"{_OF}#173",
    ),
    _rule(
        "gpus-missing",
        r"Unable to proceed, no GPU resources available",
        "The trainer needs a GPU, and finds none.",
        "Run tuneyard doctor to see GPUs and drivers, or rent one.",
        upstream="deepspeedai/DeepSpeed: deepspeed/launcher/runner.py",
    ),
    _rule(
        "gpu-place",
        r"No slot '(?P<slot>\d+)' specified on host",
        "The trainer sees no GPU number {slot}, though the driver's tool lists it.",
        "Restart the computer or the container, so that both see the same GPUs.",
        upstream="deepspeedai/DeepSpeed: deepspeed/launcher/runner.py",
    ),
    _rule(
        "gpus-talking",
        r"ncclUnhandledCudaError|ncclSystemError|NCCL error|Watchdog caught collective operation timeout",
        "The GPUs could not talk to each other (NCCL).",
        "Say that they have no direct links, and resume.",
        fix={"nccl": "off"},
        upstream="pytorch/pytorch: torch/csrc/distributed/c10d/NCCLUtils.hpp",
    ),
    _rule(
        "port-taken",
        # Not one after which we tried another: then something else is what it ended with.
        r"port: (?P<port>\d+), useIpv6: \w+, code: -98, name: EADDRINUSE"
        r"(?![\s\S]*another one is tried)",
        "Something else listens at port {port}, where the trainer's processes meet.",
        "Resume: another port is chosen.",
        upstream="pytorch/pytorch: torch/csrc/distributed/c10d/socket.cpp",
    ),
    _rule(
        "stages",
        r"gradient release, data parallel world size must be 1",
        "Gradient release works only where the model is spread over all GPUs.",
        "Set pipeline stages to the number of GPUs, or turn gradient release off.",
        fix={"gradient_release": "false"},
        upstream=f"{_OF}: train.py",
    ),
)

_DATA = (
    _rule(
        "data-empty",
        r"Processed dataset was empty",
        "Nothing of the data is left: each size needs as many pictures as a batch has.",
        "Lower the batch size or gradient accumulation, raise the repeats, or use fewer sizes.",
        upstream=f"{_OF}#324",
    ),
    _rule(
        "directory-empty",
        r"Directory (?P<folder>[^\n]+) had no images/videos!",
        "There are no pictures or clips in {folder}; folders in it are not looked into.",
        "Correct the folder; then resume.",
        upstream=f"{_OF}: utils/dataset.py",
    ),
    _rule(
        "directory-missing",
        r"RuntimeError: Invalid (?P<what>path|mask_path|control_path|default_mask_file): (?P<path>[^\n]+)$",
        "The {what} {path} is not there.",
        "Correct it; then resume.",
        upstream=f"{_OF}: utils/dataset.py",
    ),
    _rule(
        "control-missing",
        r"No control file exists for image (?P<image>[^\n]+)$",
        "The picture {image} has no control picture of the same name.",
        "Add it, or take the picture out; then resume.",
        upstream=f"{_OF}: utils/dataset.py",
    ),
    _rule(
        "many-resolutions",
        r"You have set a lot of resolutions in the dataset config",
        "More than three resolutions: the trainer takes that for a mistake, since each picture is"
        " trained at each of them.",
        "Use three at most, or turn the trainer's own checks off.",
        upstream=f"{_OF}: utils/dataset.py",
    ),
    _rule(
        "webp-video",
        r"WebP videos are not supported",
        "An animated WebP is among the files, which the trainer can't read.",
        "Convert it to MP4 or take it out; then resume.",
        upstream=f"{_OF}: utils/dataset.py",
    ),
    _rule(
        "data-written-twice",
        # With exact sizes each process groups the data anew when it loads it, all into one place.
        r"in load_from_disk\n(?:[^\n]*\n)*?[^\n]*(?:JSONDecodeError|FileNotFoundError|ArrowInvalid): "
        r"(?![\s\S]*it is started once more)",
        "One process of the trainer read a list of the data while another was writing it: with exact"
        " sizes on several GPUs they get in each other's way.",
        "Resume; most often they don't meet again. If they do, use resolutions and shapes in place of"
        " exact sizes, or one GPU.",
        upstream=f"{_OF}: utils/dataset.py",
    ),
    _rule(
        "data-position",
        r"next\(dataloader_iter\)[^\n]*\n(?:[^\n]*\n)*?StopIteration",
        "The checkpoint is further in its epoch than the data goes now.",
        "Resume with “Data from the start”.",
        fix={"reset_dataloader": "true"},
        upstream=f"{_OF}#443",
    ),
    _rule(
        "open-files",
        r"Too many open files",
        "The trainer opened more files than this system allows.",
        "Allow more (ulimit -n 65536), or set fewer processes for preparing; then resume.",
        upstream=f"{_OF}: train.py",
    ),
)

_SETTINGS = (
    _rule(
        "optimizer-unknown",
        r"module 'pytorch_optimizer' has no attribute '(?P<name>[^']+)'",
        "There is no optimizer {name}: capitals count, as in Prodigy.",
        "Choose one of the list; then resume: nothing has to be prepared again.",
        upstream="kozistr/pytorch_optimizer: pytorch_optimizer/__init__.py",
    ),
    _rule(
        "optimizer-option",
        r"TypeError: (?P<optimizer>\w+)\.__init__\(\) got an unexpected keyword argument '(?P<option>\w+)'",
        "The optimizer {optimizer} has no option {option}.",
        "Take it out of the optimizer's options; then resume.",
        upstream=f"{_OF}: train.py",
    ),
    _rule(
        "precision",
        r"KeyError: '(?P<name>nf4|bf16|fp16|fp8|fp32|float|half)'",
        "The trainer doesn't know the precision {name}.",
        "Choose one of the list, as bfloat16 or float8; then resume.",
        upstream=f"{_OF}: utils/common.py",
    ),
    _rule(
        "toml",
        r"TomlDecodeError: (?P<why>[^\n]+)",
        "The trainer can't read its own settings: {why}.",
        "Look at the files of the plan; a text in the settings may hold what its parser refuses.",
        upstream="uiri/toml: toml/decoder.py",
    ),
    _rule(
        "model-unknown",
        r"NotImplementedError: Model type (?P<name>\S+) is not implemented",
        "This revision of diffusion-pipe doesn't know the model type {name}.",
        "Use the revision that Tuneyard knows.",
        upstream=f"{_OF}: train.py",
    ),
    _rule(
        "adapter-unknown",
        r"NotImplementedError: Adapter type (?P<name>\S+) is not implemented",
        "This model can't be trained with the adapter {name}.",
        "Train a LoRA.",
        fix={"adapter": "lora"},
        upstream=f"{_OF}: models/sdxl.py",
    ),
    _rule(
        "swap-stages",
        r"Block swapping only works with pipeline_stages=1",
        "Blocks can be swapped only where each GPU has the whole model.",
        "Set pipeline stages to 1, or blocks to swap to 0.",
        fix={"blocks_to_swap": "0"},
        upstream=f"{_OF}: train.py",
    ),
    _rule(
        "swap-training",
        r"Block swapping only works when training LoRA",
        "Blocks can be swapped only while a LoRA is trained.",
        "Set blocks to swap to 0, or train a LoRA.",
        fix={"blocks_to_swap": "0"},
        upstream=f"{_OF}: train.py",
    ),
    _rule(
        "swap-model",
        r"Block swapping is not implemented for this model",
        "This model's blocks can't be swapped.",
        "Set blocks to swap to 0.",
        fix={"blocks_to_swap": "0"},
        upstream=f"{_OF}: models/base.py",
    ),
    _rule(
        "quantized-training",
        r"You are trying to full finetune a quantized model",
        "These weights are quantized, and can't be trained as a whole.",
        "Train a LoRA, or use the weights in bfloat16.",
        fix={"adapter": "lora"},
        upstream=f"{_OF}: models/base.py",
    ),
    _rule(
        "adapter-files",
        r"(?P<many>No|Multiple) safetensors files? found in (?P<folder>[^\n]+)$",
        "The LoRA to begin with must be a folder with one .safetensors in it; that is not so of"
        " {folder}.",
        "Put the one file into a folder of its own.",
        upstream=f"{_OF}: models/base.py",
    ),
)

_FILES = (
    _rule(
        "weights-damaged",
        r"SafetensorError: (?P<why>[^\n]*(?:HeaderTooLarge|HeaderTooSmall|MetadataIncompleteBuffer"
        r"|InvalidHeader|incomplete metadata)[^\n]*)",
        "A file of the model is damaged or was not downloaded whole ({why}).",
        "Delete it and start again: it is downloaded anew. A file of your own, replace.",
        upstream="huggingface/safetensors: safetensors/src/tensor.rs",
    ),
    _rule(
        "weights-not-fitting",
        r"RuntimeError: Error\(s\) in loading state_dict for (?P<what>\w+)",
        "A file of the model is not what the trainer expects there ({what}).",
        "Choose the file that the model's notes name; another version of it has other weights.",
        upstream=f"{_OF}#165",
    ),
    _rule(
        "checkpoint-missing",
        r"Unable to find latest file at (?P<path>\S+?),",
        "The run to go on with has no checkpoint: {path} is missing.",
        "Resume once more: Tuneyard goes on only from runs that have one.",
        upstream=f"{_OF}#387",
    ),
    _rule(
        "checkpoint-damaged",
        r"PytorchStreamReader failed (?:reading zip archive|reading file)",
        "A checkpoint or a file of the model is damaged.",
        "Resume: an older checkpoint is used. If it fails again, a file of the model is damaged.",
        upstream="pytorch/pytorch: caffe2/serialize/inline_container.cc",
    ),
    _rule(
        "model-half-saved",
        r"FileExistsError: \[Errno 17\] File exists: '(?P<path>[^']+/tmp)'",
        "An earlier attempt was cut short while it saved a model: {path} is in the way.",
        "Resume once more: it is cleared away.",
        upstream=f"{_OF}: utils/saver.py",
    ),
    _rule(
        "file-missing",
        r"FileNotFoundError: \[Errno 2\] No such file or directory: '(?P<path>[^']+)'",
        "The trainer looks for {path}, which is not there.",
        "If it is a file of the model, name the folder or file that has it; then resume.",
        upstream=f"{_OF}#128",
    ),
)

_INSTALLED = (
    _rule(
        "utils-hidden",
        r"ModuleNotFoundError: No module named 'utils\.\w+'",
        "Another package named utils hides the trainer's own.",
        "Uninstall it from the trainer's Python, or leave that Python to Tuneyard.",
        fix={"trainer_python": ""},
        upstream=f"{_OF}#467",
    ),
    _rule(
        "submodules-missing",
        r"ModuleNotFoundError: No module named '(?P<module>comfy|comfy_api|hyvideo|cosmos1|lumina_models"
        r"|hi_diffusers|ltx_video|omnigen2|hyimage)\b[^']*'",
        "A part of the trainer is missing: {module}, which is one of its submodules.",
        "Start the job again: the trainer is fetched with all its parts.",
        upstream=f"{_OF}#469",
    ),
    _rule(
        "python-old",
        r"'autocommit' is an invalid keyword argument",
        "The trainer's Python is too old: it needs 3.12.",
        "Leave the trainer's Python to Tuneyard, or name a newer one.",
        fix={"trainer_python": ""},
        upstream="python/cpython: Modules/_sqlite/connection.c",
    ),
    _rule(
        "compiler-missing",
        r"CUDA_HOME does not exist, unable to compile CUDA op|fatal error: cuda_runtime\.h",
        "DeepSpeed wants to compile something, and NVIDIA's compiler is not here.",
        "Choose an optimizer that needs none, or install the CUDA toolkit.",
        upstream="deepspeedai/DeepSpeed: op_builder/builder.py",
    ),
    _rule(
        "wandb-key",
        r"api_key not configured \(no-tty\)|No API key configured\. Use `wandb login`",
        "Weights & Biases has no key.",
        "Give the secret WANDB_API_KEY, or turn Weights & Biases off; then resume.",
        fix={"wandb": "false"},
        upstream="wandb/wandb: wandb/sdk/wandb_login.py",
    ),
)

_ENDS = (
    Rule(
        "ended-early",
        "",
        "The trainer ended as if all were well, before its goal.",
        "Read its last lines in the log. Somebody may have asked it to, by a file save_quit in its run.",
        exit_codes=(70,),
        steps=_TRAIN,
    ),
    Rule(
        "launcher-killed",
        "",
        "The trainer's launcher was killed from outside, and all of the trainer was ended.",
        "Resume: it goes on from the newest checkpoint.",
        exit_codes=(137, 139, 143),
        steps=_TRAIN,
    ),
)

RULES: tuple[Rule, ...] = (*_GPU, *_DATA, *_SETTINGS, *_FILES, *_INSTALLED, *_ENDS)
