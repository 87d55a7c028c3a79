"""Whom a site may talk to."""

from pathlib import Path
from typing import Any

import pytest

from tuneyard.errors import WrongInput
from tuneyard.site.hosts import Hosts


@pytest.mark.parametrize(
    ("proxy", "faces"),
    [
        ("https://{pod}-{port}.proxy.runpod.net", "https://*.proxy.runpod.net"),
        ("https://{port}.{pod}.example:8443/x", "https://*.example:8443"),
        ("http://127.0.0.1:9/proxy/{pod}/{port}", "http://127.0.0.1:9"),
        ("https://pods.example/{pod}/{port}", "https://pods.example"),
    ],
)
def test_pods_are_named_as_narrowly_as_a_policy_can(proxy: str, faces: str) -> None:
    assert Hosts(proxy=proxy).faces == faces


def test_only_origins_are_named() -> None:
    hosts = Hosts(runpod="https://a.example/base", hub="http://hub.example:8080/x", files=())
    assert hosts.asked == (
        "https://a.example",
        "https://*.proxy.runpod.net",
        "http://hub.example:8080",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"runpod": "api.runpod.io"},
        {"runpod": "https://api.runpod.io; script-src *"},
        {"runpod": "https://*.runpod.io"},
        {"runpod": "https://api.runpod.io/$request_uri"},
        {"runpod": "https://user:secret@api.runpod.io"},
        {"runpod": "https://api.runpod.io/v2?x=y"},
        {"hub": "javascript:alert(1)"},
        {"hub": "https://hub.example\n"},
        {"files": ("*",)},
        {"files": ("https://*",)},
        {"files": ("https://a.example/x",)},
        {"files": ("'unsafe-inline'",)},
        {"proxy": "https://proxy.runpod.net"},
        {"proxy": "https://a.{pod}"},
        {"proxy": "https://{pod}"},
        {"proxy": "{pod}"},
        {"path": "sub"},
        {"path": "/sub"},
        {"path": "/su b/"},
        {"path": "/a;b/"},
        {"path": "/a/../../"},
    ],
)
def test_what_would_say_more_than_a_host_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(WrongInput) as caught:
        Hosts(**wrong)
    assert caught.value.field == next(iter(wrong))


def test_the_guide_names_all_that_a_site_talks_to() -> None:
    guide = (Path(__file__).parents[2] / "docs/guide/site.md").read_text(encoding="utf-8")
    known = Hosts()
    for value in (known.runpod, known.proxy, known.hub, *known.files, known.path):
        assert f"| `{value}` |" in guide
