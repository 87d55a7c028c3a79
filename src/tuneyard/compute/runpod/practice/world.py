"""All that is rented, who may, and what it costs: RunPod's side of a rehearsal."""

from __future__ import annotations

import random
import re
import shutil
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from . import contract, placing
from .answers import NO_CAPACITY, Refused
from .billing import DISK, DISK_OF_STOPPED, Meter
from .pods import Made, Pod
from .settings import FACE_PORT, HOST
from .volumes import Volumes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .faults import Faults
    from .settings import Settings
    from .volumes import Volume

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_REFERENCE = re.compile(r"\{\{ RUNPOD_SECRET_(\w+) \}\}")
_PORTS = range(12_000, 30_000)  # below those that systems give to whoever asks for any
_LONGEST_END = 20.0  # seconds
_GLANCE = 0.1  # seconds between looks at the balance, while something is rented


class World:
    """`keys` says what a key is for: ``account``, ``blind``, or the id of the one pod it is of.

    `secrets` are those that the account keeps at RunPod, by name.
    """

    def __init__(self, settings: Settings, faults: Faults) -> None:
        self.settings, self.faults = settings, faults
        self.keys: dict[str, str] = {}
        self.secrets: dict[str, str] = {}
        self.pods: dict[str, Pod] = {}
        self.ended: list[Pod] = []
        self.volumes = Volumes(settings.folder / "volumes")
        self.lock = threading.RLock()
        self._paid_in = settings.balance
        self._dice = random.Random(settings.seed)  # noqa: S311 - only ids and made-up keys
        self._over = threading.Event()
        self._rented = threading.Event()
        shutil.rmtree(settings.folder / "pods", ignore_errors=True)  # of one that was killed
        threading.Thread(target=self._tend, name="balance", daemon=True).start()

    def close(self) -> None:
        """Ends every pod, and returns when nothing of them is left, or won't be killed."""
        self._over.set()
        self._rented.set()
        with self.lock:
            pods = [*self.pods.values()]
            for pod in pods:
                self.end(pod)
        for pod in [*pods, *self.ended]:
            pod.gone.wait(_LONGEST_END)

    # -- pods ---------------------------------------------------------------------

    def create(self, asked: dict[str, Any]) -> Pod:
        """Raises Refused: 400 if it breaks a rule or nothing fits, 402, 404."""
        if rule := contract.broken_rule_of_create(asked):
            raise Refused(400, rule)
        if "templateId" in asked:
            raise Refused(404, "template not found")
        with self.lock:
            volume = self.volumes.mounted(asked)
            place = self._place(asked, volume)
            if self.balance < placing.price(asked):  # an hour at least has to be there
                raise Refused(402, "Insufficient balance: add funds to create this pod.")
            made = self._made(asked, place, volume)
            meter = Meter(self.settings.speed)
            meter.charge(made.cost, DISK * placing.disk(asked))
            pod = Pod(asked, made, meter, self.settings, self.faults)
            self.pods[pod.id] = pod
            self.keys[made.key] = pod.id
            self._rented.set()
        if self.faults.vanish_after is not None:
            timer = threading.Timer(self.faults.vanish_after, self.end, [pod])
            timer.daemon = True
            timer.start()
        return pod

    def pod(self, name: str) -> Pod:
        with self.lock:
            if name not in self.pods:
                raise Refused(404, "pod not found")
            return self.pods[name]

    def listed(self) -> list[Pod]:
        """Those that the list has by now."""
        latest = time.monotonic() - self.faults.list_lag
        with self.lock:
            return [pod for pod in self.pods.values() if pod.made.born <= latest]

    def act(self, pod: Pod, action: str) -> None:
        """Raises Refused: 409 if its status doesn't allow that, 400 if it has lost its GPU."""
        with self.lock:
            if action not in pod.actions:
                raise Refused(409, f"action {action!r} is not valid for pod status {pod.status}")
            if pod.asked.get("locked") and action in {"stop", "restart"}:
                raise Refused(409, "pod is locked")
            if action == "terminate":
                self.end(pod)
            elif action == "stop":
                pod.stop()
                pod.meter.charge(0.0, DISK_OF_STOPPED * placing.persistent(pod.asked))
            elif action == "start":
                self._place(pod.asked, pod.made.volume)
                pod.start()
                pod.meter.charge(pod.made.cost, DISK * placing.disk(pod.asked))
            else:
                pod.restart()

    def update(self, pod: Pod, changes: dict[str, Any]) -> None:
        """Changes what was asked; a container that this is about is started again."""
        if rule := contract.broken_rule(changes):
            raise Refused(400, rule)
        if "templateId" in changes:
            raise Refused(404, "template not found")
        with self.lock:
            kinds = changes.get("mounts", {}).keys()
            if kinds - pod.asked.get("mounts", {}).keys():
                raise Refused(400, "the kind of a mount is fixed at create")
            pod.asked.update(changes)
            if changes.keys() - {"name", "locked", "globalNetworking"} and pod.status == "RUNNING":
                pod.restart()

    def end(self, pod: Pod) -> None:
        """It is gone for whoever asks, and soon for good."""
        with self.lock:
            if self.pods.pop(pod.id, None):
                self.ended.append(pod)
                self.keys.pop(pod.made.key, None)
                pod.meter.charge(0.0, 0.0)
        pod.end()

    # -- money --------------------------------------------------------------------

    @property
    def balance(self) -> float:
        with self.lock:
            pods = [*self.pods.values(), *self.ended]
            return self._paid_in - sum(pod.meter.read() for pod in pods)

    @property
    def an_hour(self) -> float:
        with self.lock:
            return sum(pod.meter.an_hour for pod in self.pods.values())

    def pay_in(self, dollars: float) -> None:
        with self.lock:
            self._paid_in += dollars

    def _tend(self) -> None:
        """Ends what nobody can pay for any more."""
        while self._rented.wait() and not self._over.wait(_GLANCE):
            with self.lock:
                if not self.pods:
                    self._rented.clear()
                elif self.balance <= 0:
                    for pod in [*self.pods.values()]:
                        self._take(pod)

    def _take(self, pod: Pod) -> None:
        """One that has a network volume is only stopped: its data would not be lost."""
        if not pod.asked.get("mounts", {}).get("network"):
            self.end(pod)
        elif pod.status == "RUNNING":
            self.act(pod, "stop")

    # -- volumes ------------------------------------------------------------------

    def create_volume(self, asked: dict[str, Any]) -> Volume:
        """Raises Refused: 400."""
        with self.lock:
            return self.volumes.create(self._random(10), asked)

    def delete_volume(self, name: str) -> None:
        """Raises Refused: 404, 409 while a pod has it."""
        with self.lock:
            volume = self.volumes.get(name)
            if any(pod.made.volume == volume for pod in self.pods.values()):
                raise Refused(409, "network volume is in use")
            self.volumes.delete(name)

    # -- making a pod -------------------------------------------------------------

    def _place(self, asked: dict[str, Any], volume: Volume | None) -> str | None:
        """The data centre; None for the community's computers. Raises Refused if nothing fits."""
        kind = asked["gpu"]["id"] if "gpu" in asked else asked["cpu"]["id"]
        found = placing.places(asked, volume)
        if not found or not self.faults.has_capacity(kind, asked.get("cloud", "SECURE")):
            raise Refused(400, NO_CAPACITY)
        return found[0] or None

    def _gpus(self, count: int) -> dict[str, str]:
        """None is really there: jobs plan for the processor alone, unless others stand in."""
        if not self.faults.gpus:
            return {"RUNPOD_GPU_COUNT": "0"}
        names = ",".join(f"gpu-{number}" for number in range(count))
        return {"RUNPOD_GPU_COUNT": str(count), "TUNEYARD_GPUS": names}

    def _made(self, asked: dict[str, Any], place: str | None, volume: Volume | None) -> Made:
        gpus = asked["gpu"]["count"] if "gpu" in asked else 0
        processors = placing.PROCESSORS * gpus or asked["cpu"]["vcpuCount"]
        name, key, port = self._random(14), f"rpa_{self._random(32).upper()}", self._port()
        own = {
            "RUNPOD_POD_ID": name,
            "RUNPOD_API_KEY": key,  # instead of any that was passed under this name
            "RUNPOD_POD_HOSTNAME": f"{name}-{self._random(8)}",
            **self._gpus(gpus),
            "RUNPOD_CPU_COUNT": str(processors),
            "RUNPOD_PUBLIC_IP": HOST,
            "RUNPOD_DC_ID": place or "",
            **({"RUNPOD_VOLUME_ID": volume.id} if volume else {}),
            FACE_PORT: str(port),
        }
        return Made(
            id=name,
            key=key,
            cost=placing.price(asked),
            data_center=place,
            cuda=placing.cuda(asked),
            port=port,
            env={**resolved(asked.get("env", {}), self.secrets), **own},
            volume=volume,
            memory=placing.MEMORY * max(gpus, 1),
            processors=processors,
        )

    def _random(self, length: int) -> str:
        return "".join(self._dice.choices(_LETTERS, k=length))

    def _port(self) -> int:
        """One that is free, and that no other pod was given."""
        taken = {pod.made.port for pod in [*self.pods.values(), *self.ended]}
        while True:
            # Not by the seed: others that rehearse on this computer would choose the same.
            port = random.SystemRandom().choice(_PORTS)
            with socket.socket() as tried:
                if port not in taken and tried.connect_ex((HOST, port)) != 0:
                    return port


def resolved(env: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
    """An environment with the account's secrets instead of what refers to them."""
    return {name: _REFERENCE.sub(lambda m: secrets.get(m[1], m[0]), env[name]) for name in env}
