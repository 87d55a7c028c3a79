import pytest

from tuneyard.recipes.hub import addresses


@pytest.mark.parametrize(
    ("text", "repository"),
    [
        ("https://huggingface.co/a/b/resolve/main/c.ckpt", ("model", "a/b")),
        ("https://hf.co/datasets/a/b/blob/main/d/c.ckpt", ("dataset", "a/b")),
        ("https://huggingface.co/a/b", None),
        ("https://huggingface.co.evil.example/a/b/resolve/main/c.ckpt", None),
        ("https://example.org/a/b/resolve/main/c.ckpt", None),
        ("/home/alice/base.ckpt", None),
    ],
)
def test_an_address_of_the_hub_is_known(text: str, repository: tuple[str, str] | None) -> None:
    assert addresses.is_address(text) == (repository is not None)
    assert addresses.repository_of(text) == repository
