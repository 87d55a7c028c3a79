"""Settings of diffusion-pipe: complete ones, and any that its form would take."""

from typing import Any

from hypothesis import strategies as st
from pydantic import BaseModel

from tuneyard.recipes.diffusion_pipe.catalog.models import MODELS
from tuneyard.recipes.diffusion_pipe.catalog.optimizers import OPTIMIZERS
from tuneyard.recipes.diffusion_pipe.settings import Directory, EvaluationDirectory, Settings

FOLDER = {"path": "/data/pictures"}

# The least that each model needs.
FILES: dict[str, dict[str, Any]] = {
    name: {
        each: 256 if each == "max_sequence_length" else f"/models/{each}"
        for each in (*model.required, *(model.one_of[0] if model.one_of else ()))
    }
    for name, model in MODELS.items()
}
FILES["minimax_h3"]["frame_buckets"] = [1, 34]  # it knows multiples of 17 alone


def complete(**chosen: Any) -> dict[str, Any]:
    """All settings, with the model's files and a folder of pictures unless something else is said."""
    model = chosen.get("model", "sdxl")
    return Settings(**{"directories": [FOLDER], **FILES[model], **chosen}).model_dump()


def entry(**chosen: Any) -> dict[str, Any]:
    return EvaluationDirectory(**{"name": "held back", **FOLDER, **chosen}).model_dump()


_signs = st.characters(exclude_categories=["Cs"])
_path = st.text(_signs, min_size=1, max_size=20).map(lambda text: f"/{text}")
_side = st.integers(1, 4096)
_resolution = st.one_of(_side.map(str), st.tuples(_side, _side).map(lambda s: f"{s[0]}x{s[1]}"))
_ratio = st.one_of(
    st.floats(0.01, 100).map(str), st.tuples(_side, _side).map(lambda s: f"{s[0]} x {s[1]}")
)
_size = st.tuples(_side, _side, st.integers(1, 300)).map(lambda s: "×".join(map(str, s)))
_batch = st.one_of(
    st.integers(1, 64).map(str),
    st.dictionaries(_side, st.integers(1, 64), min_size=1, max_size=3).map(
        lambda pairs: ", ".join(f"{side}:{size}" for side, size in pairs.items())
    ),
)
_options = st.dictionaries(
    st.text("abcdefgh_", min_size=1, max_size=8),
    st.one_of(
        st.booleans(),
        st.integers(-1000, 1000),
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from(["ema", "sn", "none"]),
        st.lists(st.floats(0, 1), min_size=1, max_size=3),
        st.lists(st.one_of(st.integers(0, 9), st.floats(0, 1)), min_size=1, max_size=3),
    ),
    max_size=3,
)


def _tables(table: type[BaseModel]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(_of(table), max_size=3)


def _known() -> dict[str, st.SearchStrategy[Any]]:
    """What a schema alone doesn't say."""
    frames = st.lists(st.integers(1, 400), min_size=1, max_size=4)
    return {
        "model": st.sampled_from(sorted(MODELS)),
        "optimizer": st.sampled_from(
            sorted(name for name, found in OPTIMIZERS.items() if found.betas is not None)
        ),
        "optimizer_options": _options,
        "resolutions": st.lists(_resolution, min_size=1, max_size=3),
        "ar_buckets": st.lists(_ratio, max_size=3),
        "size_buckets": st.lists(_size, max_size=3),
        "frame_buckets": frames,
        "micro_batch_size_per_gpu": _batch,
        "image_micro_batch_size_per_gpu": _batch,
        "eval_micro_batch_size_per_gpu": _batch,
        "eval_image_micro_batch_size_per_gpu": _batch,
        "partition_split": st.lists(st.integers(1, 60), max_size=15),
        "betas": st.lists(st.floats(0, 1), max_size=3),
        "exclude_modules": st.lists(
            st.sampled_from(["attn.to_q", "norm", r".*\.ff\..*"]), max_size=3
        ),
        "merge_adapters": st.lists(_path, max_size=3),
        "fuse_adapters": st.lists(_path, max_size=3),
        "name": st.text("abc ü-,", min_size=1, max_size=8),
        "path": _path,
        "cache_shuffle_delimiter": _text(5),
    }


def _of(table: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    known = _known()
    fields = {}
    for name, schema in table.model_json_schema()["properties"].items():
        if name in {"directories", "evaluation"}:
            fields[name] = _tables(Directory if name == "directories" else EvaluationDirectory)
        else:
            fields[name] = known[name] if name in known else _by_schema(name, schema)
    needed = {"name", "path"} & set(fields)
    optional = {name: each for name, each in fields.items() if name not in needed}
    return st.fixed_dictionaries({name: fields[name] for name in needed}, optional=optional)


def _by_schema(name: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "anyOf" in schema:
        return st.one_of(*(_by_schema(name, each) for each in schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    low, high = schema.get("minimum"), schema.get("maximum")
    match schema["type"]:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(low, high)
        case "number":
            low = schema.get("exclusiveMinimum") if low is None else low
            high = schema.get("exclusiveMaximum") if high is None else high
            return st.floats(
                low,
                high,
                exclude_min="exclusiveMinimum" in schema,
                exclude_max="exclusiveMaximum" in schema,
            )
        case "string":
            longest = schema.get("maxLength", 20)
            return _path if _is_path(name) else _text(min(longest, 20))
    raise AssertionError(f"{name}: {schema}")


def _text(longest: int) -> st.SearchStrategy[str]:
    """Beginnings that the trainer's reader can't read are for rules to refuse."""
    return st.text(_signs, max_size=longest).filter(lambda text: not text.startswith('"'))


def _is_path(name: str) -> bool:
    return (
        name.endswith(("_path", "_file", "_model", "vae", "encoder", "existing")) or name == "byt5"
    )


settings = _of(Settings).map(lambda chosen: Settings(**chosen).model_dump())
"""Any that could be asked for, complete; whether they make sense is for rules to say."""
