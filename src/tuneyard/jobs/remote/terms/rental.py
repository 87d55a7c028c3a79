"""What RunPod is asked for, for one job: the same for a plan that is shown and for the real thing."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuneyard.compute.runpod import limits, program, request
from tuneyard.compute.runpod.settings import RunPodSettings
from tuneyard.fields import with_value
from tuneyard.jobs import plan as plans
from tuneyard.jobs.inputs import hub
from tuneyard.jobs.job import recipe_of
from tuneyard.runner.pod.inputs import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tuneyard.compute.runpod.offers import Offer
    from tuneyard.jobs.job import Job
    from tuneyard.runner.step import Plan

SPARE_GB = 20  # beside what the job says it needs: the image's own caches, pip, logs
_POD_LIMITS = "TUNEYARD_POD_LIMITS"  # short limits of rehearsals and tests go into the pod too
_ENDPOINT = "HF_ENDPOINT"  # what is pushed from here to a Hub of one's own is fetched from there


@dataclass(frozen=True)
class Rental:
    """A job on its way to a pod.

    `cache` is a folder for programs; `replaced` are settings whose data travels, by place,
    with what stands for it there; `manifest` tells the pod what will come.
    """

    job: Job
    job_id: str
    cache: Path | None = None
    replaced: Mapping[str, str] = field(default_factory=dict)
    manifest: tuple[Mapping[str, Any], ...] = ()

    @property
    def plan(self) -> Plan:
        return plans.make(self.job, self.job_id)

    @property
    def settings(self) -> RunPodSettings:
        """With the recipe's image, and a disk for what the job needs and what travels."""
        chosen = RunPodSettings.model_validate(self.job.compute.options)
        data = [each["bytes"] for each in self.manifest if each["kind"] != PROGRAM]
        travelling = sum(data) / 1e9
        needed = (self.plan.needs.disk_gb or 0.0) + 2 * travelling  # packed and unpacked
        recipe = recipe_of(self.job)
        return chosen.completed(image=recipe.image, disk_gb=math.ceil(needed) + SPARE_GB)

    def body(
        self,
        offer: Offer,
        settings: RunPodSettings,
        *,
        name: str,
        token: str,
        secrets: Mapping[str, str],
        origins: Iterable[str] = (),
        now: float | None = None,
    ) -> tuple[dict[str, Any], int]:
        """The request, and the pod's deadline in seconds since 1970. Raises NotPossible if too large.

        Pages of these `origins` may ask the pod's face.
        """
        now = time.time() if now is None else now
        deadline = limits.deadline(now, settings, offer.dollars_an_hour or 0.0)
        packed = program.program(recipe_of(self.job).package, self.job.settings, self.cache)
        body = request.build(
            self._told(),
            settings,
            offer,
            name=name,
            program=packed.text,
            boot=packed.boot,
            secrets=self._needed(secrets),
            token=token,
            deadline=deadline,
            collect=limits.collect(now, settings, deadline),
            origins=origins,
        )
        for passed in (_POD_LIMITS, _ENDPOINT):
            if given := os.environ.get(passed):
                body["env"][passed] = given
        request.checked(body)
        return body, deadline

    def _told(self) -> dict[str, Any]:
        """job.json as the pod has it: without the paths of this computer."""
        told = plans.as_json(self.job, self.job_id)
        settings = told["settings"]
        for place, value in self.replaced.items():
            settings = with_value(settings, place, value)
        return {
            **told,
            "settings": settings,
            "package": recipe_of(self.job).package,
            "inputs": list(self.manifest),
        }

    def _needed(self, secrets: Mapping[str, str]) -> dict[str, str]:
        """Of these, those that a step names, or what stands in for them; and a token of the Hub's
        where the pod fetches its inputs there.
        """
        names = {name for each in self.plan.secrets for name in (each.name, each.fallback)}
        if self.manifest or self.replaced:
            names |= {hub.reader(secrets)} if hub.chosen(self.job) else set()
        return {name: value for name, value in secrets.items() if name in names}
