from pathlib import Path

import pytest

from fakes.hub import FakeHub

CACHE = """
from tuneyard.recipes.hub import client
client.library()
from huggingface_hub import constants
print(constants.HF_HUB_CACHE)
"""


@pytest.mark.parametrize(
    ("env", "cache"), [({}, "home/cache/hub/hub"), ({"HF_HOME": "users"}, "users/hub")]
)
def test_caches_lie_in_our_home_unless_the_user_has_one(
    there: FakeHub, here: Path, env: dict[str, str], cache: str
) -> None:
    ran = there.python(CACHE, cwd=here, **env)

    assert (here / ran.stdout.strip()) == here / cache
