"""What to train on, and how pictures and clips are sorted into sizes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from tuneyard.fields import Reads, setting
from tuneyard.recipes.diffusion_pipe.settings.asking import Sizes, those

GROUP = "Data"
_VIDEO = those(lambda model: model.video)
_EDIT = those(lambda model: model.edit)
# The trainer enters no sub-folders: in `cache` it keeps what it made of the files, which is as
# large as these or larger. Of the rest it passes over what has these endings.
_TRAINED = Reads(inside=False, without=(".npz", ".parquet", ".bak", ".db"), archive=False)
_BESIDE = Reads(inside=False, archive=False)
_ANY_SIZE = those(lambda model: model.title != "Cosmos 1.0")


class Directory(BaseModel):
    """One folder of pictures or clips. What is left empty is as set for all."""

    model_config = ConfigDict(extra="forbid", title="Folder", coerce_numbers_to_str=True)

    path: str = setting(
        "",
        "Folder",
        "Pictures or clips with a caption each in a .txt file beside; or hf:owner/name on the Hub.",
        importance="basic",
        widget="dataset",
        reads=_TRAINED,
    )
    num_repeats: float | None = setting(
        None,
        "Repeats",
        "How often it counts within one epoch.",
        importance="basic",
        gt=0,
        le=100_000,
    )
    caption_prefix: str | None = setting(
        None,
        "Begin captions with",
        "Put before every caption: a rare word, say, that later calls up what was learnt (a trigger word).",
        importance="basic",
    )
    control_path: str = setting(
        "",
        "Control pictures",
        "For models that edit: a folder with a picture of the same name for each one above.",
        widget="folder",
        shown_when=_EDIT,
        reads=_BESIDE,
    )
    mask_path: str = setting(
        "",
        "Masks",
        "A folder with a mask of the same name for each picture: white is learnt, black is not.",
        widget="folder",
        reads=_BESIDE,
    )
    default_mask_file: str = setting(
        "",
        "Mask for the others",
        "For pictures that have none.",
        importance="expert",
        widget="file",
    )
    resolutions: Sizes | None = setting(
        None,
        "Resolutions",
        "In place of those set for all.",
        widget="sizes",
        shown_when=_ANY_SIZE,
    )
    enable_ar_bucket: bool | None = setting(None, "Keep shapes", "In place of what is set for all.")
    min_ar: float | None = setting(
        None, "Narrowest shape", "Width over height.", importance="expert", gt=0, le=100
    )
    max_ar: float | None = setting(
        None, "Widest shape", "Width over height.", importance="expert", gt=0, le=100
    )
    num_ar_buckets: int | None = setting(
        None, "Number of shapes", "Between the two.", importance="expert", ge=1, le=1000
    )
    ar_buckets: Sizes | None = setting(
        None,
        "Shapes",
        "Named one by one: 1.5 or 512x768.",
        importance="expert",
        widget="sizes",
    )
    frame_buckets: list[int] | None = setting(
        None, "Clip lengths", "In frames, in place of those set for all.", shown_when=_VIDEO
    )
    size_buckets: Sizes | None = setting(
        None,
        "Exact sizes",
        "512x512x33: width, height and frames.",
        importance="expert",
        widget="sizes",
    )
    shuffle_tags: bool | None = setting(
        None, "Shuffle tags", "Once, before training.", importance="expert"
    )
    cache_shuffle_num: int | None = setting(
        None, "Shuffled captions", "How many of each caption.", importance="expert", ge=0, le=10_000
    )
    cache_shuffle_delimiter: str | None = setting(
        None, "Between tags", "What separates them.", importance="expert"
    )
    skip_empty_caption: bool | None = setting(
        None, "Leave out without caption", "In place of what is set for all."
    )
    online_captions: bool | None = setting(
        None,
        "Captions while training",
        "Read from captions.json, not from the cache.",
        importance="expert",
    )
    shuffle_metadata: bool | None = setting(
        None, "Shuffle", "The order of the files.", importance="expert"
    )


class EvaluationDirectory(Directory):
    model_config = ConfigDict(title="Folder for evaluation")

    name: str = setting(
        "",
        "Name",
        "Of the set; folders of one name are one set. Its losses are shown under it.",
        importance="basic",
        max_length=50,
    )


class Data(BaseModel):
    directories: list[Directory] = setting(
        [],
        "Dataset",
        "Folders with pictures or clips, and what is to be seen on each in a .txt file of the same name.",
        importance="basic",
        group=GROUP,
        widget="tables",
        max_length=200,
    )
    resolutions: Sizes = setting(
        ["512"],
        "Resolutions",
        "The side of a square; other shapes get the same area. Every picture is trained at every one of them.",
        importance="basic",
        group=GROUP,
        shown_when=_ANY_SIZE,
        widget="sizes",
        max_length=50,
    )
    frame_buckets: list[int] = setting(
        [1, 33],
        "Clip lengths",
        "In frames. A clip is cut to the longest that it fills; one shorter than all is left out. 1 is for pictures.",
        importance="basic",
        group=GROUP,
        shown_when=_VIDEO,
        max_length=100,
    )
    num_repeats: float = setting(
        1.0,
        "Repeats",
        "How often each picture counts within one epoch.",
        group=GROUP,
        gt=0,
        le=100_000,
    )
    caption_prefix: str = setting(
        "",
        "Begin captions with",
        "Put before every caption: a rare word, say, that later calls up what was learnt (a trigger word).",
        group=GROUP,
    )
    enable_ar_bucket: bool = setting(
        default=True,
        title="Keep shapes",
        help="Sorts by aspect ratio. Otherwise everything is cropped to a square.",
        group=GROUP,
        shown_when=_ANY_SIZE,
    )
    min_ar: float = setting(
        0.5,
        "Narrowest shape",
        "Width over height.",
        importance="expert",
        group=GROUP,
        shown_when={"enable_ar_bucket": True},
        gt=0,
        le=100,
    )
    max_ar: float = setting(
        2.0,
        "Widest shape",
        "Width over height.",
        importance="expert",
        group=GROUP,
        shown_when={"enable_ar_bucket": True},
        gt=0,
        le=100,
    )
    num_ar_buckets: int = setting(
        7,
        "Number of shapes",
        "Evenly between the narrowest and the widest.",
        importance="expert",
        group=GROUP,
        shown_when={"enable_ar_bucket": True},
        ge=1,
        le=1000,
    )
    ar_buckets: Sizes = setting(
        [],
        "Shapes",
        "Named one by one in place of a range: 1.5 (width over height) or 512x768.",
        importance="expert",
        group=GROUP,
        shown_when={"enable_ar_bucket": True},
        widget="sizes",
        max_length=1000,
    )
    size_buckets: Sizes = setting(
        [],
        "Exact sizes",
        "In place of resolutions, shapes and lengths: 512x768x33 is width, height and frames. Cosmos 1.0 needs them.",
        group=GROUP,
        widget="sizes",
        max_length=1000,
    )
    skip_empty_caption: bool = setting(
        default=True,
        title="Leave out without caption",
        help="Otherwise a picture without a caption is trained with an empty one.",
        group=GROUP,
    )
    shuffle_tags: bool = setting(
        default=False,
        title="Shuffle tags",
        help="Shuffles each caption's tags once, before training.",
        importance="expert",
        group=GROUP,
    )
    cache_shuffle_num: int = setting(
        0,
        "Shuffled captions",
        "Makes so many captions of each, with tags in another order. An epoch has so many times the steps.",
        importance="expert",
        group=GROUP,
        ge=0,
        le=10_000,
    )
    cache_shuffle_delimiter: str = setting(
        ", ",
        "Between tags",
        "What separates the tags of a caption.",
        importance="expert",
        group=GROUP,
        max_length=20,
    )
    online_captions: bool = setting(
        default=False,
        title="Captions while training",
        help="Reads them from captions.json as it trains, not from the cache.",
        importance="expert",
        group=GROUP,
    )
    shuffle_metadata: bool = setting(
        default=True,
        title="Shuffle files",
        help="Otherwise they keep the order of the folder.",
        importance="expert",
        group=GROUP,
    )
    subsample_ratio: float | None = setting(
        None,
        "Use a part",
        "The share of each epoch that is trained, 0.1 for a tenth. Empty trains all.",
        importance="expert",
        group=GROUP,
        gt=0,
        le=1,
    )
    evaluation: list[EvaluationDirectory] = setting(
        [],
        "Evaluation sets",
        "Folders that are never trained on, to see how well the model does on what it hasn't seen.",
        group="Evaluation",
        widget="tables",
        max_length=200,
    )
