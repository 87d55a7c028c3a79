"""`tuneyard site build`: the folder that it writes."""

import bz2
import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import sites
from tuneyard.compute.runpod.names import pod_name
from tuneyard.compute.runpod.offers import Offer
from tuneyard.compute.runpod.program import DIGITS
from tuneyard.compute.runpod.request import LARGEST, encoded
from tuneyard.compute.runpod.settings import RunPodSettings
from tuneyard.errors import Missing, NotPossible
from tuneyard.jobs.job import build as job_of
from tuneyard.jobs.remote.terms.rental import Rental
from tuneyard.recipes.base import recipes
from tuneyard.recipes.piper import travel
from tuneyard.secrets import FOR_JOBS
from tuneyard.server.shapes.computes import ComputeView
from tuneyard.server.shapes.recipes import RecipeView
from tuneyard.site import build as module
from tuneyard.site import data
from tuneyard.site.build import build
from tuneyard.site.hosts import Hosts


def page(place: Path) -> Path:
    """What a front end's build leaves."""
    for name in ("index.html", "theme.js", "assets/index-0123abcd.js"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(sites.FILES[name])
    return place


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of it, by the recipes that are installed, but for most of Piper's languages."""
    place = tmp_path_factory.mktemp("built")
    few = [found for found in travel.cases() if found[0]["language"] in {"en-us", "en-gb", "de"}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(travel, "cases", lambda: iter(few))
        build(place / "site", Hosts(path="/sub/"), static=page(place / "page"))
    return place / "site"


@pytest.fixture(scope="module")
def known(site: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((site / "site.json").read_text())
    return found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the recipes, which take their time."""
    monkeypatch.setattr(data, "made", lambda _hosts: {"site.json": b"{}", "programs/a-1.txt": b"!"})


def test_it_has_the_page_and_all_that_goes_with_it(site: Path) -> None:
    assert {path.name for path in site.iterdir()} == {
        *("index.html", "theme.js", "assets", "site.json", "programs", "nginx.conf", "README.md")
    }
    assert (site / "index.html").read_text() == sites.PAGE
    assert f'set $site "{site}";' in (site / "nginx.conf").read_text()
    assert len((site / "README.md").read_text().splitlines()) <= 12
    assert "`/sub/`" in (site / "README.md").read_text()


def test_a_web_server_may_read_it(site: Path) -> None:
    for path in site.rglob("*"):
        wanted = 0o555 if path.is_dir() else 0o444
        assert path.stat().st_mode & wanted == wanted, path


def test_the_page_is_told_where_everything_is(known: dict[str, Any]) -> None:
    assert known["hosts"] == {
        "runpod": "https://api.runpod.io",
        "proxy": "https://{pod}-{port}.proxy.runpod.net",
        "hub": "https://huggingface.co",
        "files": ["https://*.hf.co"],
        "console": "https://console.runpod.io/pods?id={pod}",
        "pass": "runpod/",
    }
    assert known["port"] == 8471
    assert known["limits"] == {"request": 100_000, "job": 30_000, "variables": 50}
    assert known["prices"]["gpus"]


def test_recipes_and_computes_have_the_shape_that_the_server_gives(known: dict[str, Any]) -> None:
    assert [recipe["name"] for recipe in known["recipes"]] == list(recipes())
    for recipe in known["recipes"]:
        shared = {name: recipe[name] for name in _described(RecipeView)}
        RecipeView.model_validate({**shared, "choices": list(recipe["choices"])})
    (compute,) = known["computes"]
    assert ComputeView.model_validate(compute).name == "runpod"


def test_a_page_offers_no_setting_that_only_an_attendant_at_home_obeys(
    known: dict[str, Any],
) -> None:
    (compute,) = known["computes"]
    offered, at_home = compute["schema"]["properties"], known["at_home"]["properties"]
    assert set(at_home) == {"checkpoint_gb", "inputs", "inputs_repository"}
    assert {*offered, *at_home} == set(RunPodSettings.model_fields)
    assert not set(offered) & set(at_home)
    for recipe in known["recipes"]:
        for preset in recipe["presets"]:
            assert set(preset["job"]["compute"]) == {"name", *offered}


def _described(model: Any) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def test_every_job_has_a_program(site: Path, known: dict[str, Any]) -> None:
    for recipe in known["recipes"]:
        assert recipe["programs"][-1]["when"] is None
        for each in recipe["programs"]:
            text = (site / each["file"]).read_text()
            assert len(text) == each["bytes"]
            assert set(text) <= set(DIGITS)
            assert each["file"].startswith(f"programs/{recipe['name']}-")
    programs = [each for recipe in known["recipes"] for each in recipe["programs"]]
    alone = {each["recipe"]["sha256"] for each in programs if "recipe" in each}
    named = {each["file"] for each in programs} | {f"programs/{sha256}.bz2" for sha256 in alone}
    assert {f"programs/{path.name}" for path in (site / "programs").iterdir()} == named


def test_a_recipe_that_travels_alone_is_there_under_its_checksum(
    site: Path, known: dict[str, Any]
) -> None:
    whole = {recipe["name"] for recipe in known["recipes"] if "recipe" not in recipe["programs"][0]}
    assert whole == {"piper", "script"}
    (large,) = (recipe for recipe in known["recipes"] if recipe["name"] not in whole)
    for each in large["programs"]:
        file = site / "programs" / f"{each['recipe']['sha256']}.bz2"
        assert hashlib.sha256(file.read_bytes()).hexdigest() == each["recipe"]["sha256"]
        assert file.stat().st_size == each["recipe"]["bytes"]
        names = bz2.decompress(file.read_bytes()).split(b"\0")[::2]
        assert b"tuneyard/recipes/diffusion_pipe/steps.py" in names
        assert not [name for name in names if name.startswith(b"tuneyard/runner/")]


def test_one_language_takes_less_room_than_all(known: dict[str, Any]) -> None:
    (piper,) = (recipe for recipe in known["recipes"] if recipe["name"] == "piper")
    *some, rest = piper["programs"]
    assert all(each["bytes"] < rest["bytes"] for each in some)
    assert [each["when"]["language"] for each in some] == ["de", "en-gb", "en-us"]


@pytest.mark.parametrize(
    ("recipe", "preset"),
    [(recipe.name, preset) for recipe in recipes().values() for preset in recipe.presets],
)
def test_a_page_can_ask_for_a_pod_for_every_preset(
    known: dict[str, Any], recipe: str, preset: str
) -> None:
    """With all that it may say beside, and room for 1,500 bytes of a user's own."""
    (about,) = (each for each in known["recipes"] if each["name"] == recipe)
    (draft,) = (each["job"] for each in about["presets"] if each["name"] == preset)
    draft["compute"]["data_centers"] = ["EU-RO-1", "US-KS-2"]
    job = job_of({**draft, "results": {"repository": "owner/name" * 5}})
    rental = Rental(job, "20261122-143005-first-voice")
    body, _ = rental.body(
        Offer("NVIDIA RTX PRO 6000 Blackwell Server Edition", "x", 96, 8, "secure", 9.99),
        rental.settings,
        name=pod_name("0123abcd", rental.job_id),
        token="t" * 43,
        secrets=dict.fromkeys(FOR_JOBS, "h" * 40),
        origins=["https://train.example.org"],
    )
    fitting = (each for each in about["programs"] if fits(each["when"] or {}, job.settings))
    body["env"]["TUNEYARD_PROGRAM"] = "x" * next(fitting)["bytes"]
    assert len(encoded(body)) + 1_500 < LARGEST


def fits(when: Mapping[str, Any], settings: Mapping[str, Any]) -> bool:
    return all(settings[name] == value for name, value in when.items())


@pytest.mark.usefixtures("quick")
class TestTheFolder:
    def test_may_lie_elsewhere_when_it_is_served(self, tmp_path: Path) -> None:
        build(tmp_path / "site", Hosts(), "/srv/www/tuneyard", page(tmp_path / "page"))
        assert 'set $site "/srv/www/tuneyard";' in (tmp_path / "site/nginx.conf").read_text()

    def test_is_built_again_over_an_earlier_one(self, tmp_path: Path) -> None:
        """What open pages may still ask for stays for a week, and what isn't ours for good."""
        static, site = page(tmp_path / "page"), tmp_path / "site"
        build(site, Hosts(), static=static)
        old, recent = site / "assets/index-old.js", site / "assets/index-recent.js"
        for path in (old, recent, site / "robots.txt", site / "programs/old.txt"):
            path.write_text("")
        long_ago = time.time() - 8 * 86_400
        for path in (old, site / "robots.txt", site / "programs/old.txt"):
            os.utime(path, (long_ago, long_ago))
        written = build(site, Hosts(passes=False), static=static)
        assert {path.name for path in site.rglob("*") if path.is_file()} == {
            *(path.name for path in written),
            *("index-recent.js", "robots.txt"),
        }
        assert "proxy_pass" not in (site / "nginx.conf").read_text()

    def test_the_entry_is_written_last(self, tmp_path: Path) -> None:
        written = build(tmp_path / "site", Hosts(), static=page(tmp_path / "page"))
        assert written[-1].name == "index.html"

    def test_nothing_else_is_written_over(self, tmp_path: Path) -> None:
        (tmp_path / "photos").mkdir()
        (tmp_path / "photos" / "me.jpg").touch()
        (tmp_path / "file").touch()
        for name in ("photos", "file"):
            with pytest.raises(NotPossible):
                build(tmp_path / name, Hosts(), static=page(tmp_path / "page"))
        assert [path.name for path in (tmp_path / "photos").iterdir()] == ["me.jpg"]

    def test_without_a_page_it_says_what_to_do(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "installed", lambda: tmp_path / "nothing")
        with pytest.raises(Missing, match="without this page") as caught:
            build(tmp_path / "site", Hosts())
        assert "./launch setup" in caught.value.next_step
        assert not (tmp_path / "site").exists()
