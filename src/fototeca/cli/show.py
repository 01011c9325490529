"""How answers look: tables for people, one JSON object for machines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
)
from rich.progress import TimeRemainingColumn as TimeLeft
from rich.table import Table

from fototeca.cli.durations import clock
from fototeca.errors import FototecaError, ModelError, QueryError

if TYPE_CHECKING:  # every command imports this module, and no other room on account of it
    from fototeca.access import Credential
    from fototeca.assets import Asset, Key, Person
    from fototeca.ingest import Progress as IngestProgress
    from fototeca.ingest import Report
    from fototeca.library import DuplicateGroup, Enriched, Finding, Found
    from fototeca.library.enrichment import OnStage
    from fototeca.library.models import Models
    from fototeca.vision.models import InstalledModel, Task

_console = Console()
_errors = Console(stderr=True)
_FAILURES = 20
"""Failures that a summary names; the rest is counted."""


def print_json(value: Any) -> None:
    """Print one JSON object."""
    sys.stdout.write(orjson.dumps(value, default=str).decode() + "\n")


def credential(made: Credential, *, as_json: bool) -> None:
    """Show a new key."""
    if as_json:
        print_json({"workspace": made.workspace, "api_key": made.api_key, "api_secret": made.api_secret})
        return
    _console.print(
        f"workspace   {made.workspace}\napi key     {made.api_key}\napi secret  {made.api_secret}", highlight=False
    )
    _console.print("Keep both: the key is not stored and will not be shown again.", style="dim")


def keys(listed: Sequence[Key], *, as_json: bool) -> None:
    """Show keys without what makes them work."""
    rows = [
        {
            "id": key.id,
            "name": key.name,
            "hint": f"{key.hint}…",
            "scope": str(key.scope),
            "created": key.created.isoformat(timespec="seconds"),
            "revoked": key.revoked is not None,
        }
        for key in listed
    ]
    if as_json:
        print_json({"keys": rows})
    else:
        _console.print(_table(rows))


def people(listed: Sequence[Person], *, as_json: bool) -> None:
    """Show people, those in most photos first."""
    rows = [
        {"id": person.id, "name": person.name or "", "photos": person.count, "hidden": person.hidden}
        for person in sorted(listed, key=lambda person: -(person.count or 0))
    ]
    if as_json:
        print_json({"people": rows})
    else:
        _console.print(_table(rows) if rows else "nobody is known yet")


def models(known_here: Models, *, as_json: bool) -> None:
    """Show what is installed, and what could be."""
    from fototeca.vision.models import KNOWN, KNOWN_FILES  # noqa: PLC0415 - see above

    listed = known_here.installed()
    in_use: dict[Task, InstalledModel | None] = {}
    for task in {model.task for model in listed}:
        try:
            in_use[task] = known_here.chosen(task)
        except ModelError as error:
            _errors.print(error.message, style="yellow", highlight=False, markup=False)
    here = [
        {"name": model.name, "task": model.task, "path": str(model.path), "in_use": model == in_use.get(model.task)}
        for model in listed
    ]
    known = [
        {
            "name": model.name,
            "licence": model.licence,
            "download": f"{model.megabytes} MB",
            "dimension": model.dimension,
            "recall": model.recall,
            "about": model.about,
        }
        for model in KNOWN
    ]
    files = [
        {"name": file.name, "task": file.task, "licence": file.licence, "bytes": file.size, "about": file.about}
        for file in KNOWN_FILES
    ]
    if as_json:
        print_json({"installed": here, "known": known, "known_detectors": files})
        return
    _console.print(_table(here) if here else "no model is installed")
    _console.print("\ncan be pulled:", style="dim")
    _console.print(_table(known))
    _console.print(_table(files))


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[IngestProgress], None] | None]:
    """Draw a bar with rate and time left on stderr while photos are added."""
    if quiet:
        yield None
        return
    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeLeft(),
    )
    with Progress(*columns, console=_errors, transient=True) as bar:
        task = bar.add_task("adding", total=None, rate="")

        def update(state: IngestProgress) -> None:
            speed = bar.tasks[0].speed
            rate = f"{speed:.0f}/s" if speed else ""
            bar.update(task, completed=state.done, total=state.total, rate=rate)

        yield update


@contextmanager
def counting(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Draw a bar with rate and time left on stderr for work of a known length."""
    if quiet:
        yield None
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TaskProgressColumn(), TimeLeft())
    with Progress(*columns, console=_errors, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def stages(*, quiet: bool) -> Iterator[OnStage | None]:
    """Draw a bar for each stage of an enrichment on stderr."""
    if quiet:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TaskProgressColumn(), TimeLeft())
    with Progress(*columns, console=_errors, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def update(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(f"{stage:<8}")
            bars.update(tasks[stage], completed=done, total=total)

        yield update


def enriched(made: Enriched, *, as_json: bool) -> None:
    """Show what models could add."""
    if as_json:
        print_json(enriched_json(made))
        return
    seen = ", ".join(f"{count} {stage}" for stage, count in made.seen.items() if count)
    _console.print(f"seen: {seen or 'nothing new'}; {made.placed} faces given to people, {len(made.failed)} failed")
    for failure in made.failed[:_FAILURES]:
        _console.print(f"  {failure.path}: {failure.error}", style="yellow", highlight=False, markup=False)
    for stage, reason in made.waiting.items():
        _console.print(f"  {stage} waits: {reason}", style="dim", highlight=False, markup=False)


def enriched_json(made: Enriched) -> dict[str, Any]:
    """Return what models could add in the form that scripts rely on."""
    return {
        "seen": made.seen,
        "placed": made.placed,
        "failed": [{"path": failure.path, "error": failure.error} for failure in made.failed],
        "waiting": made.waiting,
        "interrupted": made.interrupted,
    }


def report(made: Report, seen: Enriched | None = None, *, as_json: bool) -> None:
    """Show what became of the files."""
    if as_json:
        print_json(report_json(made) | ({} if seen is None else {"enriched": enriched_json(seen)}))
        return
    if seen is not None:
        enriched(seen, as_json=False)
    _console.print(
        f"{made.added} added, {made.duplicates} there already, {len(made.failed)} failed, {len(made.skipped)} skipped"
    )
    for failure in made.failed[:_FAILURES]:
        _console.print(f"  {failure.path}: {failure.error}", style="yellow", highlight=False, markup=False)
    if len(made.failed) > _FAILURES:
        _console.print(f"  and {len(made.failed) - _FAILURES} more; --json lists them all", style="yellow")


def report_json(made: Report) -> dict[str, Any]:
    """Return what became of the files in the form that scripts rely on."""
    return {
        "added": made.added,
        "duplicates": made.duplicates,
        "failed": [{"path": failure.path, "error": failure.error} for failure in made.failed],
        "skipped": [{"path": skipped.path, "reason": skipped.reason} for skipped in made.skipped],
        "in_trash": made.in_trash,
        "interrupted": made.interrupted,
    }


def found(page: Found, *, as_json: bool) -> None:
    """Show a page of hits."""
    if as_json:
        print_json(found_json(page))
        return
    _console.print(hits_table(page))
    _console.print(f"{page.total:,} found in {page.took_ms:.1f} ms", style="dim")
    for name, result in page.facets.items():
        counts = ", ".join(f"{value} {count:,}" for value, count in result.values)
        _console.print(f"{name}: {counts}", highlight=False, markup=False)
    if page.explain:
        _console.print_json(data=page.explain, default=str)
    if page.cursor:
        _console.print(f"more: --cursor {page.cursor}", style="dim", highlight=False, soft_wrap=True)


def found_json(page: Found) -> dict[str, Any]:
    """Return a page in the form that scripts rely on."""
    hits = [
        {"id": hit.asset.id, "filename": hit.asset.filename, "score": hit.score, "relevance": hit.relevance}
        | ({"moments": [moment._asdict() for moment in hit.moments]} if hit.moments else {})
        for hit in page
    ]
    facets = {
        name: {"values": [{"value": v, "count": c} for v, c in result.values], "missing": result.missing}
        for name, result in page.facets.items()
    }
    answer = {"total": page.total, "hits": hits, "facets": facets, "cursor": page.cursor}
    return answer | ({"explain": page.explain} if page.explain else {})


def hits_table(page: Found) -> Table:
    """Return the hits as a table."""
    told = any(hit.moments for hit in page)
    return _table(
        [
            {
                "id": hit.asset.id,
                "filename": hit.asset.filename,
                "size": f"{hit.asset.width}x{hit.asset.height}",
                "taken": hit.asset.taken.strftime("%Y-%m-%d %H:%M") if hit.asset.taken else "",
                "relevance": "" if hit.relevance is None else f"{hit.relevance:.2f}",
                "title": hit.asset.title or hit.asset.description or ", ".join(hit.asset.tags),
            }
            | ({"moments": ", ".join(clock(moment.seconds) for moment in hit.moments)} if told else {})
            for hit in page
        ]
    )


def duplicates(groups: Sequence[DuplicateGroup], assets: Mapping[int, Asset], *, as_json: bool) -> None:
    """Show groups of the same photo; of each, the first is the one to keep."""
    spare = sum(group.spare for group in groups)
    if as_json:
        listed = [
            {"ids": group.ids, "spare": group.spare, "filenames": [assets[id_].filename for id_ in group.ids]}
            for group in groups
        ]
        print_json({"total": len(groups), "spare": spare, "groups": listed})
        return
    rows = [
        {
            "group": number if id_ == group.ids[0] else "",
            "id": id_,
            "filename": assets[id_].filename,
            "size": f"{assets[id_].width}x{assets[id_].height}",
            "bytes": f"{assets[id_].bytes:,}",
            "folder": assets[id_].folder,
        }
        for number, group in enumerate(groups, 1)
        for id_ in group.ids
    ]
    _console.print(_table(rows))
    copies = sum(len(group.ids) - 1 for group in groups)
    _console.print(f"{len(groups):,} photos have {copies:,} copies of {spare:,} bytes", style="dim")


def findings(listed: Sequence[Finding], *, as_json: bool) -> None:
    """Show what a check-up found."""
    rows = [
        {"workspace": f.workspace, "check": f.check, "state": "ok" if f.ok else "FAILED", "detail": f.detail}
        for f in listed
    ]
    if as_json:
        print_json({"ok": all(f.ok for f in listed), "findings": rows})
    else:
        _console.print(_table(rows))


def error(raised: FototecaError, *, query: str | None = None) -> None:
    """Show an error; a query's is pointed at."""
    _errors.print(f"error: {raised.message}", style="red", highlight=False, markup=False)
    if isinstance(raised, QueryError) and raised.position is not None and query is not None:
        _errors.print(f"  {query}\n  {' ' * raised.position}^", highlight=False, markup=False, soft_wrap=True)


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(box=None, header_style="bold")
    for name in rows[0] if rows else ():
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    return table
