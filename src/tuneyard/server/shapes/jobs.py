"""Jobs: as asked, as a row of the list, as a whole, and what they left."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .base import Answer, Asked, Moment, Problem
from .offers import PlannedRemote, PlannedSecret
from .pods import JobPod

State = Literal[
    "queued",
    "provisioning",
    "preparing",
    "training",
    "finishing",
    "succeeded",
    "failed",
    "stopped",
    "lost",
]
Phase = Literal["prepare", "train", "finish"]


class ComputeDraft(BaseModel):
    """Where to run; beside the name, what that compute's own schema has."""

    model_config = ConfigDict(extra="allow")

    name: str = "local"


class JobDraft(Asked):
    """A job as asked for, not checked yet: what the page's form holds and a job file has."""

    format: Literal[1] = 1
    recipe: str
    name: str = Field("", max_length=100)
    settings: dict[str, Any] = Field({}, description="By the recipe's schema; gaps are defaults")
    compute: ComputeDraft = ComputeDraft()
    results: dict[str, Any] = {}


class Caching(Answer):
    """What a trainer makes of its data before the first step."""

    what: str = Field(description="In its own words: latents, text embeddings")
    where: str = ""
    done: int
    of: int


class Progress(Answer):
    """How far the trainer is, as far as it says so."""

    step: int | None = None
    steps: int | None = None
    epoch: int | None = None
    epochs: int | None = None
    epoch_steps: int | None = Field(None, description="Steps of one epoch")
    seconds_left: float | None = None
    caching: Caching | None = Field(None, description="While it prepares its data")


class Sending(Answer):
    """How much of a job's inputs has reached the machine where it runs."""

    sent: int
    bytes: int


class Waiting(Answer):
    """What a job waits for: a GPU here, an offer, the pod, its inputs, the push of its last
    checkpoint, its results, its end.
    """

    what: str = Field(alias="for")
    before: int = Field(0, description="Jobs ahead of it in line for a GPU")
    said: str = Field("", description="The newest words of the pod, or of who rents it out")
    upload: Sending | None = None
    names: list[str] = Field([], description="Of inputs: which are not there yet")
    since: Moment | None = Field(None, description="Of a push: when it began")


class Cause(Answer):
    """Why a job ended badly, in plain words."""

    code: str
    sentence: str
    next_step: str = ""
    fix: dict[str, str] = {}
    lines: list[str] = Field([], description="The end of the log, where it helps")


class JobRow(Answer):
    """A job in a list."""

    id: str
    name: str
    recipe: str
    compute: str
    state: State | None = Field(description="None if its folder can't be read")
    outcome: State | None = Field(
        description="How it came out in its pod, while that still waits or ends; else none"
    )
    attempt: int
    created: Moment | None
    started: Moment | None = Field(description="When its newest attempt began")
    ended: Moment | None
    progress: Progress
    figure: dict[str, float | None] = Field(description="The figure that best says how it goes")
    needs: list[str] = Field(description="Names of secrets that it waits for")
    waiting: Waiting | None
    stopping: str | None = Field(description="save or now, if it was asked to stop")
    cause: Cause | None
    sampled: bool = Field(description="Whether it made anything to listen to or look at")
    pod: JobPod | None = Field(description="What it rents, or rented last")


class ListedJob(JobRow):
    trend: list[float | None] = Field(
        description="Its main figure over the training so far, of unfinished jobs; at most 40"
    )


class JobPage(Answer):
    jobs: list[ListedJob]
    total: int = Field(description="How many fit the filter")
    counts: dict[str, int] = Field(description="Jobs by state, of the whole home")


class Attempt(Answer):
    number: int
    created: Moment | None
    profile: str = Field(description="Whose secrets it was given; empty for none")
    overrides: dict[str, Any] = Field(description="What it set anew, by dotted path")
    only: list[str] | None = Field(description="Names of steps, if it was to run these alone")


class StepView(Answer):
    n: int
    name: str
    title: str
    phase: Phase
    state: Literal["done", "running", "failed", "stopped", "lost", "waiting"]
    exit: int | None
    seconds: float | None
    attempt: int | None


class Warned(Answer):
    t: Moment | None
    title: str
    sentence: str
    next_step: str


class Repository(Answer):
    name: str
    url: str


class FileSize(Answer):
    path: str
    bytes: int


class JobView(JobRow):
    """A job as a whole; what `tuneyard show --json` prints."""

    format: Literal[1]
    folder: str
    repository: Repository | None
    phase: Phase | None
    attempts: list[Attempt]
    steps: list[StepView]
    can_save: bool = Field(description="Whether it can save a checkpoint now and go on")
    saving: Moment | None = Field(
        description="Since when a checkpoint is awaited that was asked for; else none"
    )
    warnings: list[Warned]
    fix: dict[str, str] = Field(description="Settings to resume with, as the next step advises")
    outputs: list[FileSize]
    samples: list[FileSize]
    log: FileSize


class Event(Answer):
    """A line of events.jsonl; `about` has what its kind of event says."""

    t: Moment
    event: str
    about: dict[str, Any]


class NewJob(Asked):
    job: JobDraft
    profile: str = ""


class ToCheck(Asked):
    job: JobDraft
    data: bool = Field(
        False,
        description="Also read the data, and ask for what is on the Hub; that may take a while",
    )
    profile: str = Field("", description="Whose secrets it is asked with")


class ToPlan(Asked):
    job: JobDraft
    profile: str = Field("", description="Whose secrets it would be given")


class JobText(Asked):
    text: str = Field(max_length=1 << 20, description="A job file's TOML")


class HowToStop(Asked):
    how: Literal["save", "now"] = "save"


class HowToResume(Asked):
    overrides: dict[str, Any] = Field({}, description="Settings to set anew, by dotted path")
    profile: str | None = Field(None, description="None: as before")


class WhereToPush(Asked):
    repository: str = Field("", description="owner/name; empty is the job's own")


class Report(Answer):
    """The outcome of a check."""

    ok: bool = Field(description="Whether nothing would stop the job")
    problems: list[Problem]
    not_checked: list[str] = Field(description="What could not be looked at here, and why")
    facts: dict[str, Any] = Field(description="What was learnt on the way")


class PlannedStep(Answer):
    name: str
    title: str
    phase: Phase
    command: str = Field(description="As a shell would take it")
    optional: bool
    note: str
    secrets: list[PlannedSecret]


class Needs(Answer):
    disk_gb: float | None
    memory_gb: float | None
    gpus: int
    gpu_memory_gb: float | None
    source: str
    gpu_memory_source: str = Field(description="Where the GPU's memory is known from, or why not")


class Planned(Answer):
    """What will happen."""

    steps: list[PlannedStep]
    needs: Needs
    notes: list[str]
    estimate: str = Field(description="Speed and memory with their source, or that nobody knows")
    disk_free_gb: float
    job: JobDraft = Field(description="With defaults filled in and paths absolute")
    toml: str = Field(description="The job file")
    command: str = Field(description="The command line that starts the same job")
    remote: PlannedRemote | None = Field(None, description="Of a job that would run elsewhere")


class JobFile(Answer):
    """One file of a job."""

    path: str = Field(description="Relative to the job's folder")
    bytes: int
    modified: Moment
    kind: Literal["output", "sample", "checkpoint", "record", "work"]


class SpokenSample(Answer):
    """One sample: what was made, at which point of training."""

    path: str = Field(description="Relative to the job's folder")
    group: str = Field(description="The folder it lies in: one a checkpoint, or `final`")
    epoch: int | None
    text: str
    speaker: str | None
    seconds: float | None
    silent: bool
    made: Moment


class NoNumber(Answer):
    """Where a metric was logged and was no number: a loss that ran away."""

    name: str
    count: int
    x: list[float] = Field(description="The first of these places")


class Series(Answer):
    """Metrics as columns, thinned by least and greatest of each stretch."""

    x: list[float]
    names: list[str]
    columns: list[list[float | None]]
    no_number: list[NoNumber] = Field(description="Of those metrics where that happened")
    next: int = Field(description="Byte offset of metrics.jsonl up to which was read")
    total: int = Field(description="Lines before thinning")
    thinned: bool


class Queue(Answer):
    order: list[str] = Field(description="Ids of the jobs that wait for a GPU, the next first")
    holders: dict[str, str] = Field(description="The job that holds each GPU")


class QueueOrder(Asked):
    order: list[str]
