"""The commands: each opens the installation, makes one call, and shows the answer to a person or a machine.

What a command needs beyond its options is imported inside it, so that none waits for what only another one needs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fototeca.assets import Owner, Scope
from fototeca.cli import show
from fototeca.cli.durations import duration
from fototeca.errors import FototecaError
from fototeca.settings import Settings

if TYPE_CHECKING:
    from fototeca.access import Authority
    from fototeca.library import Enriched, Installation, Library

app = typer.Typer(
    help="Search your own images: exact filters, full text, meaning and likeness in one query.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
keys = typer.Typer(help="Make, list and revoke keys.", no_args_is_help=True)
app.add_typer(keys, name="key")
models = typer.Typer(help="The models that see.", no_args_is_help=True)
app.add_typer(models, name="models")
people = typer.Typer(help="Who the faces belong to.", no_args_is_help=True)
app.add_typer(people, name="people")

Workspace = Annotated[str, typer.Option("--workspace", "-w", help="Whose photos.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@contextmanager
def _installation() -> Iterator[Installation]:
    from fototeca.library import Installation

    with Installation(Settings.from_environment()) as installation:
        yield installation


def _authority(installation: Installation) -> Authority:
    from fototeca.access import Authority, MasterSecret

    settings = installation.settings
    return Authority(installation.catalog, MasterSecret.load(settings.data / "secret", settings.secret))


@keys.command("create")
def key_create(
    workspace: Workspace = "demo",
    scope: Annotated[Scope, typer.Option(help="What the key may do.")] = Scope.ADMIN,
    name: Annotated[str, typer.Option(help="A name to tell keys apart.")] = "key",
    as_json: Json = False,
) -> None:
    """Make a key; the workspace is made too if it is new. The key is shown this once."""
    with _installation() as installation:
        made = _authority(installation).create_key(installation.create(workspace), scope=scope, name=name)
    show.credential(made, as_json=as_json)


@keys.command("list")
def key_list(workspace: Workspace = "demo", as_json: Json = False) -> None:
    """List a workspace's keys by their first characters."""
    with _installation() as installation:
        show.keys(installation.library(workspace).records.keys.all(), as_json=as_json)


@keys.command("revoke")
def key_revoke(key: Annotated[int, typer.Argument(help="The key's number.")], workspace: Workspace = "demo") -> None:
    """Make a key invalid, at once and for good."""
    with _installation() as installation:
        installation.library(workspace).records.keys.revoke(key)


@models.command("list")
def models_list(as_json: Json = False) -> None:
    """List the models that are installed, and those that can be pulled by name."""
    with _installation() as installation:
        show.models(installation.models, as_json=as_json)


@models.command("pull")
def models_pull(
    name: Annotated[
        str | None, typer.Argument(help="A name from the list (by default its first), or owner/repository[@revision].")
    ] = None,
    endpoint: Annotated[str | None, typer.Option(help="Origin of the model hub, if not the public one.")] = None,
) -> None:
    """Download a model; a download that broke off goes on where it was."""
    from fototeca.vision import DEFAULT, HUB, pull

    folder = Settings.from_environment().models
    with show.counting("pulling", quiet=False) as progress:
        model = pull(name or DEFAULT, folder, progress=progress, endpoint=endpoint or HUB)
    typer.echo(model.path)


@models.command("use")
def models_use(name: Annotated[str, typer.Argument(help="Name of an installed model.")]) -> None:
    """Choose the model for its task; then enrich, and searches switch to it when every photo has been seen."""
    with _installation() as installation:
        installation.use_model(name)


@people.command("list")
def people_list(workspace: Workspace = "demo", as_json: Json = False) -> None:
    """List people, with how many photos show them; who has no name yet is found by `person_id:ID`."""
    with _installation() as installation:
        show.people(installation.library(workspace).people.all(), as_json=as_json)


@people.command("name")
def people_name(
    person: Annotated[int, typer.Argument(help="The person's id.")],
    name: Annotated[str, typer.Argument(help="Then found by person:NAME.")],
    workspace: Workspace = "demo",
) -> None:
    """Name a person."""
    from fototeca.catalog import PersonPatch

    with _installation() as installation:
        installation.library(workspace).people.update(person, PersonPatch(name=name))


@people.command("merge")
def people_merge(
    person: Annotated[int, typer.Argument(help="Who stays.")],
    others: Annotated[list[int], typer.Argument(help="Who they are as well.")],
    workspace: Workspace = "demo",
) -> None:
    """Give the faces of other people to one person, and remove those people."""
    with _installation() as installation:
        installation.library(workspace).people.merge(person, others)


@app.command()
def token(
    workspace: Workspace = "demo",
    scope: Annotated[Scope, typer.Option(help="What the token may do.")] = Scope.ADMIN,
    ttl: Annotated[str, typer.Option(help="How long it is good: 90s, 15m, 1h, 7d.")] = "1h",
) -> None:
    """Print a signed token (JWT) for use as a Bearer credential."""
    lifetime = duration(ttl)
    with _installation() as installation:
        library = installation.library(workspace)
        typer.echo(_authority(installation).create_token(library.workspace, scope=scope, ttl=lifetime))


@app.command()
def add(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, zip and tar archives, http(s) URLs.")],
    workspace: Workspace = "demo",
    collection: Annotated[str | None, typer.Option(help="Put them into this collection, made if new.")] = None,
    folder: Annotated[str, typer.Option(help="Folder to add them under.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="Tag for each of them; may be repeated.")] = None,
    enrich: Annotated[bool, typer.Option("--enrich", help="Then give them what the installed models see.")] = False,
    as_json: Json = False,
) -> None:
    """Add photos. Run it again at any time: what is there already is recognised and skipped."""
    with _installation() as installation:
        installation.create(workspace)
        library = installation.library(workspace)
        with show.progress(quiet=as_json) as progress:
            report = library.add(*paths, collection=collection, folder=folder, tags=tag or (), progress=progress)
        library.flush()
        seen = _enriched(library, as_json=as_json) if enrich and not report.interrupted else None
    show.report(report, seen, as_json=as_json)
    if report.failed and not (report.added or report.duplicates):
        raise typer.Exit(1)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="In the query language; see docs/query-language.md.")] = "",
    workspace: Workspace = "demo",
    limit: Annotated[int, typer.Option(help="Hits to show.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="Continue after the page that gave this cursor.")] = None,
    sort: Annotated[list[str] | None, typer.Option(help="Sort key, -name descends; may be repeated.")] = None,
    facet: Annotated[list[str] | None, typer.Option(help="Count a field's values; may be repeated.")] = None,
    like: Annotated[
        Path | None, typer.Option(help="An image file to search alike ones of.", exists=True, dir_okay=False)
    ] = None,
    among: Annotated[Owner | None, typer.Option(help="What it and words are compared with.")] = None,
    explain: Annotated[bool, typer.Option(help="Tell how the answer was found.")] = False,
    as_json: Json = False,
) -> None:
    """Search."""
    with _installation() as installation:
        found = installation.library(workspace).search(
            query,
            picture=None if like is None else like.read_bytes(),
            among=among,
            limit=limit,
            cursor=cursor,
            sort=sort or (),
            facets=facet or (),
            explain=explain,
        )
    show.found(found, as_json=as_json)


@app.command()
def enrich(
    workspace: Workspace = "demo",
    retry: Annotated[bool, typer.Option(help="Also try again what was given up.")] = False,
    as_json: Json = False,
) -> None:
    """Give every photo what the installed models can tell of it. It may be stopped, even killed, and run again."""
    with _installation() as installation:
        library = installation.library(workspace)
        if retry:
            library.enricher.retry()
        report = _enriched(library, as_json=as_json)
    show.enriched(report, as_json=as_json)


def _enriched(library: Library, *, as_json: bool) -> Enriched:
    with show.stages(quiet=as_json) as progress:
        report = library.enrich(progress)
    library.flush()
    return report


@app.command()
def duplicates(
    query: Annotated[str, typer.Argument(help="Look only among what this finds.")] = "",
    workspace: Workspace = "demo",
    as_json: Json = False,
) -> None:
    """List groups of the same photo, the best of each first: resized, recompressed, slightly cropped, converted."""
    with _installation() as installation:
        library = installation.library(workspace)
        with show.counting("comparing", quiet=as_json) as progress:
            groups = library.duplicates(query, progress)
        assets = {asset.id: asset for asset in library.load([id_ for group in groups for id_ in group.ids])}
    show.duplicates(groups, assets, as_json=as_json)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Run the server until it is interrupted."""
    from fototeca.server import run

    with _installation() as installation:
        run(installation, host=host, port=port)


@app.command()
def doctor(
    workspace: Annotated[str | None, typer.Option("--workspace", "-w", help="Only this one.")] = None,
    repair: Annotated[bool, typer.Option(help="Make damaged or stale indexes anew.")] = False,
    as_json: Json = False,
) -> None:
    """Check catalogue, blobs and indexes against each other."""
    from fototeca.library import examine

    with _installation() as installation:
        names = [workspace] if workspace else [known.name for known in installation.workspaces()]
        findings = [finding for name in names for finding in examine(installation.library(name), repair=repair)]
    show.findings(findings, as_json=as_json)
    if any(not finding.ok for finding in findings):
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; errors made on purpose become one line on stderr and exit status 1."""
    try:
        app()
    except FototecaError as error:
        show.error(error, query=_query_of(sys.argv))
        sys.exit(1)


def _query_of(arguments: list[str]) -> str | None:
    """Return the query text of a search command, so that an error's position can be pointed at."""
    if len(arguments) > 2 and arguments[1] == "search" and not Path(arguments[2]).name.startswith("-"):
        return arguments[2]
    return None
