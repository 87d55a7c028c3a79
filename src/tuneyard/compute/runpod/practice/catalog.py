"""What can be rented in a rehearsal: a few GPUs and data centres, under RunPod's own ids.

The prices are made up to be near the real ones of 2026; nobody is charged them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gpu:
    """One type; dollars an hour for one, None where that cloud has none."""

    id: str
    name: str
    memory: int  # GB
    secure: float | None
    community: float | None
    most: int = 8
    cuda: tuple[str, ...] = ("12.4", "12.6", "12.8")
    stock: str = "HIGH"
    manufacturer: str = "NVIDIA"
    pool: str | None = None

    def price(self, cloud: str) -> float | None:
        return self.secure if cloud == "SECURE" else self.community


@dataclass(frozen=True)
class DataCenter:
    id: str
    name: str
    region: str
    volumes: tuple[str, ...] = ("STANDARD",)

    @property
    def country(self) -> str:
        """ISO 3166-1 code: RunPod's European ids name the country second."""
        first, second, *_ = self.id.split("-")
        return second if first in {"EU", "EUR"} else first


GPUS = (
    Gpu("NVIDIA RTX A4000", "RTX A4000", 16, 0.25, 0.17, pool="AMPERE_16"),
    Gpu("NVIDIA RTX A5000", "RTX A5000", 24, 0.27, 0.16, stock="LOW", pool="AMPERE_24"),
    Gpu("NVIDIA GeForce RTX 3090", "RTX 3090", 24, 0.46, 0.22, pool="AMPERE_24"),
    Gpu("NVIDIA L4", "L4", 24, 0.49, 0.44, stock="MEDIUM", pool="ADA_24"),
    Gpu("NVIDIA GeForce RTX 4090", "RTX 4090", 24, 0.74, 0.34, pool="ADA_24"),
    Gpu("NVIDIA A40", "A40", 48, 0.49, None, pool="AMPERE_48"),
    Gpu("NVIDIA L40S", "L40S", 48, 0.99, 0.79, stock="MEDIUM", pool="ADA_48_PRO"),
    Gpu("NVIDIA A100 80GB PCIe", "A100 PCIe", 80, 1.39, 1.19, stock="LOW", pool="AMPERE_80"),
    Gpu("NVIDIA H100 80GB HBM3", "H100 SXM", 80, 2.99, 2.69, stock="LOW", pool="ADA_80_PRO"),
    Gpu("NVIDIA B200", "B200", 180, 5.98, None, cuda=("12.8", "12.9"), stock="NONE"),
    Gpu("AMD Instinct MI300X OAM", "MI300X", 192, 2.49, None, 8, (), "NONE", manufacturer="AMD"),
    # RunPod's own list has it too: nothing can be rented under this name.
    Gpu("unknown", "unknown", 0, 0.0, 0.0, 0, (), "NONE", manufacturer="UNKNOWN"),
)

DATA_CENTERS = (
    DataCenter("EU-RO-1", "EU Romania 1", "EUROPE", ("STANDARD", "HIGH_PERFORMANCE")),
    DataCenter("EUR-IS-1", "EU Iceland 1", "EUROPE"),
    DataCenter("US-KS-2", "US Kansas 2", "NORTH_AMERICA", ("STANDARD", "HIGH_PERFORMANCE")),
    DataCenter("US-TX-3", "US Texas 3", "NORTH_AMERICA", ()),
)


def gpu(name: str) -> Gpu | None:
    return next((one for one in GPUS if one.id == name), None)


def data_center(name: str) -> DataCenter | None:
    return next((one for one in DATA_CENTERS if one.id == name), None)
