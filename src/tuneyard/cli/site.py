"""The page without a server: ``tuneyard site build`` and ``tuneyard site serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuneyard.compute.runpod.address import PUBLIC, PUBLIC_PROXY
from tuneyard.site.hosts import HUB, HUB_FILES, Hosts

from .app import noun

app = noun()
group = noun(no_args_is_help=True)
app.add_typer(group, name="site", help="Make the page that needs no server, and try it.")

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The site's folder.")]


@group.command()
def build(
    folder: Folder,
    runpod: Annotated[str, typer.Option(metavar="URL", help="RunPod's API.")] = PUBLIC,
    proxy: Annotated[
        str, typer.Option(metavar="TEMPLATE", help="Where pods are reached.")
    ] = PUBLIC_PROXY,
    hub: Annotated[str, typer.Option(metavar="URL", help="The Hugging Face Hub.")] = HUB,
    files: Annotated[
        list[str],
        typer.Option(
            metavar="HOST", help="Where the Hub sends those who ask for files. Repeatable."
        ),
    ] = list(HUB_FILES),  # noqa: B006 - typer reads it, nobody changes it
    path: Annotated[
        str, typer.Option(metavar="/SUB/", help="Where the page lies on its host.")
    ] = "/",
    root: Annotated[
        str,
        typer.Option(
            metavar="PATH",
            help="Where the folder will lie on the computer that serves it, if not here.",
        ),
    ] = "",
    no_pass_through: Annotated[
        bool,
        typer.Option(
            "--no-pass-through", help="Leave out the site's own way to RunPod, for all browsers."
        ),
    ] = False,
) -> None:
    """Write the page that needs no server into a folder, for any web host.

    With it come nginx.conf and a README. The page talks to the hosts that are named here and
    to no other. Build it anew, over the old one, after an update of Tuneyard.
    """
    from tuneyard.site.build import build as make

    hosts = Hosts(
        runpod=runpod.rstrip("/"),
        proxy=proxy.rstrip("/"),
        hub=hub.rstrip("/"),
        files=tuple(files),
        path=path,
        passes=not no_pass_through,
    )
    typer.echo("Packing what pods will run: some ten seconds.")
    written = make(folder, hosts, root)
    size = sum(file.stat().st_size for file in written)
    typer.echo(f"The site is in {folder}: {len(written)} files, {size / 1e6:.1f} MB.")
    typer.echo(f"Try it:      tuneyard site serve {folder}")
    typer.echo(f"Put it up:   {folder / 'README.md'}")


@group.command()
def serve(
    folder: Folder,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where to listen; 0 takes any that is free.")
    ] = 8480,
) -> None:
    """Show a site on this computer, to try it, until Ctrl-C.

    It answers this computer's own browsers alone, with the headers that nginx.conf has.
    """
    from tuneyard.site.serve import serve as run

    run(folder, port, typer.echo)
