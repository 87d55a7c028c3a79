"""What `tuneyard plan` says of offers, in lines."""

from typing import Any

import pytest

from tuneyard.cli import rented


def offer(name: str, **more: Any) -> dict[str, Any]:
    known = {
        "name": name,
        "memory_gb": 24,
        "count": 1,
        "cloud": "secure",
        "full_dollars_an_hour": 0.5,
        "stock": "unknown",
        "fits": True,
        "dollars": None,
    }
    return {**known, **more}


def plan(*offers: dict[str, Any]) -> list[str]:
    remote: dict[str, Any] = {
        "offers": offers,
        "limits": "Ends itself after 6 h. The network volume “caches” costs $7.00 a month.",
        "source": "table",
        "date": "2026-11-22",
        "problem": None,
        "inputs": [],
        "secrets": [],
        "results": "Brought here.",
        "request": None,
    }
    return [*rented.lines(remote)]


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({}, "  A40   24 GB  secure     $0.50 an hour"),
        ({"dollars": 1.2}, "  A40   24 GB  secure     $0.50 an hour  ≈ $1.20 in all"),
        (
            {"dollars": 1.2, "stock": "low"},
            "  A40   24 GB  secure     $0.50 an hour  ≈ $1.20 in all  stock: low",
        ),
        ({"full_dollars_an_hour": None}, "  A40   24 GB  secure     unknown price an hour"),
    ],
)
def test_an_offer_is_a_line(more: dict[str, Any], line: str) -> None:
    assert line in plan(offer("A40", **more))


def test_limits_and_what_a_volume_costs_stand_below() -> None:
    assert any("costs $7.00 a month" in line for line in plan(offer("A40")))
