import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tuneyard.runner import pipconfig

Environ = dict[str, str]


@pytest.fixture
def environ(tmp_path: Path) -> Environ:
    """A user without any pip configuration: each test writes its own."""
    (tmp_path / "xdg").mkdir()
    return {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "XDG_CONFIG_DIRS": str(tmp_path / "xdg"),
        "XDG_CONFIG_HOME": str(tmp_path / "user"),
    }


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def as_pip_reads_it(environ: Environ) -> dict[str, str]:
    """What a real pip says of itself: its sections joined in the order that pip joins them."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    sections: dict[str, dict[str, str]] = {}
    for line in listed.stdout.splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if (text := ast.literal_eval(value).strip()) and key != "config-file":
            sections.setdefault(section, {})[key] = text
    joined: dict[str, str] = {}
    for section in ("global", "install", ":env:"):
        joined |= sections.get(section, {})
    return joined


def test_reads_files_and_variables_as_pip_does(environ: Environ, tmp_path: Path) -> None:
    write(tmp_path / "xdg/pip/pip.conf", "[global]\nindex-url = file:///a\nretries = 1\n")
    write(tmp_path / ".pip/pip.conf", "[install]\nretries = 2\nproxy =\nno_index = false\n")
    write(tmp_path / "user/pip/pip.conf", "[global]\nfind-links =\n  /w\n  /v\nproxy = a\n")
    environ |= {"PIP_RETRIES": "3", "PIP_NO_BINARY": "numpy", "PIP_CERT": ""}
    assert pipconfig.read(environ) == as_pip_reads_it(environ)
    assert pipconfig.read(environ)["retries"] == "3"
    assert pipconfig.read(environ)["find-links"].split() == ["/w", "/v"]


def test_a_named_file_replaces_the_users_own(environ: Environ, tmp_path: Path) -> None:
    write(tmp_path / "user/pip/pip.conf", "[global]\nretries = 1\n")
    write(tmp_path / "xdg/pip/pip.conf", "[global]\nproxy = http://127.0.0.1:9\n")
    environ["PIP_CONFIG_FILE"] = str(write(tmp_path / "named", "[install]\npre = true\n"))
    assert pipconfig.read(environ) == as_pip_reads_it(environ)
    assert "retries" not in pipconfig.read(environ)


def test_no_file_is_read_if_none_is_wanted(environ: Environ, tmp_path: Path) -> None:
    write(tmp_path / "user/pip/pip.conf", "[global]\nretries = 1\n")
    environ |= {"PIP_CONFIG_FILE": os.devnull, "PIP_DEFAULT_TIMEOUT": "7"}
    assert pipconfig.read(environ) == {"timeout": "7"}


def test_a_file_that_cannot_be_read_is_passed_over(environ: Environ, tmp_path: Path) -> None:
    write(tmp_path / "xdg/pip/pip.conf", "[global]\nretries = 4\n")
    write(tmp_path / "user/pip/pip.conf", "no section\n")
    (tmp_path / ".pip").mkdir()
    (tmp_path / ".pip/pip.conf").write_bytes(b"[global]\nproxy = \xff\n")
    assert pipconfig.read(environ)["retries"] == "4"


def test_each_setting_has_its_counterpart_in_uv() -> None:
    config = {
        "index-url": "https://u:p@mirror.invalid/simple",
        "extra-index-url": "file:///one\nfile:///two",
        "find-links": "/wheels  ~/more",
        "constraint": "/a.txt /b.txt",
        "trusted-host": "mirror.invalid other.invalid",
        "timeout": "7.5",
        "retries": "2",
        "pre": "1",
        "keyring-provider": "subprocess",
        "cert": "/ca.pem",
        "client-cert": "/me.pem",
        "proxy": "http://127.0.0.1:3128",
        "progress-bar": "off",
    }
    assert pipconfig.for_uv(config, {}) == {
        "UV_DEFAULT_INDEX": "https://u:p@mirror.invalid/simple",
        "UV_INDEX": "file:///one file:///two",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": f"/wheels,{Path.home()}/more",
        "UV_CONSTRAINT": "/a.txt /b.txt",
        "UV_INSECURE_HOST": "mirror.invalid other.invalid",
        "UV_HTTP_TIMEOUT": "8",
        "UV_HTTP_RETRIES": "2",
        "UV_PRERELEASE": "allow",
        "UV_KEYRING_PROVIDER": "subprocess",
        "SSL_CERT_FILE": "/ca.pem",
        "SSL_CLIENT_CERT": "/me.pem",
        "HTTP_PROXY": "http://127.0.0.1:3128",
        "HTTPS_PROXY": "http://127.0.0.1:3128",
    }


@pytest.mark.parametrize(
    ("config", "taken", "left"),
    [
        ({"index-url": "file:///a"}, {"UV_DEFAULT_INDEX": "file:///b"}, {}),
        ({"index-url": "file:///a"}, {"UV_INDEX_URL": "file:///b"}, {}),
        (
            {"extra-index-url": "file:///a"},
            {"UV_EXTRA_INDEX_URL": "file:///b"},
            {"UV_INDEX_STRATEGY": "unsafe-best-match"},
        ),
        ({"proxy": "http://a"}, {"https_proxy": "http://b"}, {"HTTP_PROXY": "http://a"}),
        ({"cert": "/a"}, {"SSL_CERT_FILE": "/b"}, {}),
        ({"timeout": "soon", "pre": "no", "keyring-provider": "auto"}, {}, {}),
    ],
)
def test_what_is_set_for_uv_already_wins(config: Environ, taken: Environ, left: Environ) -> None:
    assert pipconfig.for_uv(config, taken) == left


def test_what_uv_takes_by_option_alone() -> None:
    config = {"no-index": "true", "no-binary": "a,b", "only-binary": ":all:"}
    assert pipconfig.uv_options(config) == [
        *("--no-index", "--no-binary", "a", "--no-binary", "b", "--only-binary", ":all:")
    ]
    assert pipconfig.uv_options({"no-index": "off"}) == []


TORCH = "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl"


@pytest.mark.parametrize(
    ("config", "decides"),
    [
        ({}, False),
        ({"no-index": "1"}, True),
        ({"index-url": "https://mirror.invalid"}, True),
        ({"extra-index-url": "https://mirror.invalid"}, True),
        ({"find-links": "https://wheels.invalid"}, True),
        ({"find-links": "{tmp}/wheels"}, True),
        ({"find-links": "{tmp}/other {tmp}/wheels"}, True),
        ({"find-links": "file://{tmp}/wheels"}, True),
        ({"find-links": "{tmp}/page.html"}, True),
        ({"find-links": "{tmp}/other"}, False),
        ({"find-links": "{tmp}/not-there"}, False),
        ({"extra-index-url": "file://{tmp}/index"}, True),
        ({"extra-index-url": "file://{tmp}/other"}, False),
        ({"constraint": "{tmp}/build.txt"}, True),
        ({"constraint": "{tmp}/version.txt {tmp}/not-there"}, False),
    ],
)
def test_who_decides_where_torch_comes_from(config: Environ, decides: bool, tmp_path: Path) -> None:
    write(tmp_path / "wheels" / TORCH, "")
    write(tmp_path / "other/torchvision-0.29.1-cp311-cp311-linux_x86_64.whl", "")
    write(tmp_path / "other/pytorch_tools-1.0-py3-none-any.whl", "")
    write(tmp_path / "page.html", f'<a href="x/{TORCH.replace("+", "%2B")}">torch</a>')
    write(tmp_path / "index/torch/index.html", f'<a href="{TORCH}">{TORCH}</a>')
    write(tmp_path / "build.txt", "numpy<3\ntorch == 2.13.0+cu126 ; python_version > '3'\n")
    write(tmp_path / "version.txt", "torch<=2.14.1\ntorchaudio==2.9.1+cpu\n# torch==1+cpu\n")
    config = {name: value.format(tmp=tmp_path) for name, value in config.items()}
    assert pipconfig.decides_torch(config) is decides


def test_a_wheel_for_another_python_decides_nothing(tmp_path: Path) -> None:
    write(tmp_path / TORCH, "")
    assert pipconfig.decides_torch({"find-links": str(tmp_path)}, "cp311")
    assert not pipconfig.decides_torch({"find-links": str(tmp_path)}, "cp313")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("GET https://me:secret@host.invalid/simple/", "GET https://***@host.invalid/simple/"),
        (
            "https://token@a.invalid http://b:c@d.invalid",
            "https://***@a.invalid http://***@d.invalid",
        ),
        ("tuneyard @ file:///home/me", "tuneyard @ file:///home/me"),
        ("https://host.invalid/path@1.0", "https://host.invalid/path@1.0"),
    ],
)
def test_no_password_is_shown(said: str, shown: str) -> None:
    assert pipconfig.without_credentials(said) == shown
