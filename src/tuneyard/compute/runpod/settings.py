"""RunPod's settings: the table [compute] of a job that runs in a pod. Fields and defaults only."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tuneyard.fields import setting

GpuId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]
DataCenter = Annotated[str, Field(pattern=r"^\s*[A-Za-z0-9-]{2,32}\s*$")]

IMAGE = "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404"
DISK_GB = 50

# What an attendant at home obeys, and nobody else: a page without a server offers none of it.
AT_HOME = ("checkpoint_gb", "inputs", "inputs_repository")


class RunPodSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", title="RunPod")

    gpus: list[GpuId] = setting(
        [],
        "GPUs",
        "Which GPUs will do, by RunPod's ids or names, in the order to try them. Empty takes the cheapest that fits.",
        importance="basic",
        group="Pod",
        widget="gpus",
        max_length=20,
    )
    cloud: Literal["any", "secure", "community"] = setting(
        "any",
        "Cloud",
        "Whose computers. Community ones cost less, but their owners could see your data and tokens.",
        importance="basic",
        group="Pod",
        choices={
            "any": "whichever is cheaper",
            "secure": "data centers only",
            "community": "other people's computers only",
        },
    )
    max_hours: float = setting(
        6.0,
        "Most hours",
        "The pod ends itself after so long, whatever happens.",
        importance="basic",
        group="Limits",
        unit="hours",
        gt=0,
        le=720,
    )
    max_dollars: float = setting(
        5.0,
        "Most dollars",
        "The pod ends itself before it has cost more: GPU and disk.",
        importance="basic",
        group="Limits",
        unit="dollars",
        gt=0,
        le=10_000,
    )
    checkpoint_gb: float = setting(
        2.0,
        "Largest to bring home while it trains",
        "The newest checkpoint, and results that are saved on the way, are copied here if no larger. "
        "0 copies none.",
        group="Results",
        unit="GB",
        ge=0,
        le=1000,
    )
    collect_hours: float | None = setting(
        None,
        "Wait for collection",
        "How long the pod waits after the end for its results to be fetched. Empty means up to its limits.",
        group="Results",
        unit="hours",
        ge=0,
        le=720,
    )
    inputs: Literal["pod", "hub"] = setting(
        "pod",
        "Data from this computer",
        "How it gets into the pod. By the Hub, no GPU waits for it, and the next job finds it there.",
        group="Data",
        choices={
            "pod": "straight to the pod, while that waits and costs",
            "hub": "through a private dataset of yours on the Hub, before a pod is rented",
        },
    )
    inputs_repository: str = setting(
        "",
        "Dataset for it",
        "The private dataset on the Hub, as owner/name; made if it is missing. Empty takes tuneyard-inputs of the token's account.",
        group="Data",
        shown_when={"inputs": "hub"},
        max_length=200,
        pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?$",
    )
    gpu_count: int = setting(
        1,
        "GPUs in one pod",
        "Only few trainers can use several.",
        group="Pod",
        unit="GPUs",
        ge=1,
        le=16,
    )
    image: str = setting(
        "",
        "Image",
        "The container's image, with Python 3.10 or newer. Empty takes the recipe's.",
        group="Pod",
        max_length=500,
        pattern=r"^\S*$",
    )
    disk_gb: int | None = setting(
        None,
        "Disk",
        "The container's own disk, which ends with the pod. Empty takes what the recipe needs.",
        group="Pod",
        unit="GB",
        ge=5,
        le=10_000,
    )
    volume: str = setting(
        "",
        "Network volume",
        "The id of a network volume of yours for caches and checkpoints. It ties the pod to its data center, and to the secure cloud.",
        group="Pod",
        widget="volume",
        max_length=64,
        pattern=r"^[A-Za-z0-9_-]*$",
    )
    data_centers: list[DataCenter] = setting(
        [],
        "Data centers",
        "Only in these, such as EU-RO-1. Empty means anywhere, which finds a GPU soonest.",
        importance="expert",
        group="Pod",
        max_length=30,
    )
    min_cuda: str = setting(
        "",
        "CUDA at least",
        "The oldest CUDA version that the computer's driver may have, such as 12.8. Empty takes any.",
        importance="expert",
        group="Pod",
        pattern=r"^(\d{1,2}\.\d{1,2})?$",
    )

    @property
    def disk(self) -> int:
        """GB of the container's disk."""
        return self.disk_gb or DISK_GB

    @property
    def clouds(self) -> tuple[Literal["secure", "community"], ...]:
        """The clouds that may be used; only the secure one has network volumes."""
        if self.volume:
            return ("secure",)
        return ("secure", "community") if self.cloud == "any" else (self.cloud,)

    def completed(self, *, image: str = "", disk_gb: int | None = None) -> RunPodSettings:
        """The same, with a recipe's own defaults for what was left empty."""
        chosen = {"image": self.image or image or IMAGE, "disk_gb": self.disk_gb or disk_gb}
        return self.model_copy(update=chosen)
