"""Enrichments: which stage of seeing has looked at which asset, with which models, and what it found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, Text, bindparam, delete, false, func, insert, or_, select, update

from fototeca.assets import Asset, Enrichment, Kind, Status
from fototeca.catalog import embeddings, faces, regions, words
from fototeca.catalog import tables as t
from fototeca.catalog.columns import among
from fototeca.catalog.database import Database, Transaction, fields_of, many
from fototeca.catalog.inputs import Findings
from fototeca.catalog.jobs import MAX_ATTEMPTS
from fototeca.catalog.loading import Children

_LOOKS = t.enrichments.c
_ENRICHMENT = select(*fields_of(t.enrichments, Enrichment))


class Wanted(NamedTuple):
    """A stage, the maker of what it finds, and the kinds of assets that it looks at."""

    stage: str
    maker: str
    kinds: Collection[Kind]


class Enrichments:
    """What models have seen in the assets of a workspace.

    A look counts for one stage, one maker (the models that looked) and one version of the asset: another model, or
    another original, makes the asset one that the stage has not seen.
    """

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def missing(
        self, wanted: Sequence[Wanted], *, ids: Sequence[int] | None = None, after_id: int = 0, limit: int = 1000
    ) -> list[int]:
        """The first assets, trash left out, that one of some stages has neither seen nor given up.

        Args:
            wanted: The stages.
            ids: Only these assets.
            after_id: Only ids above it.
            limit: How many.
        """
        statement = self._unseen(wanted).where(t.assets.c.id > after_id)
        parameters = {} if ids is None else {"ids": ids}
        if ids is not None:
            statement = statement.where(among(t.assets.c.id))
        with self._database.read() as connection:
            return list(connection.scalars(statement.order_by(t.assets.c.id).limit(limit), parameters))

    def count_missing(self, wanted: Wanted) -> int:
        """How many assets, trash left out, a stage has neither seen nor given up."""
        statement = select(func.count()).select_from(self._unseen([wanted]).subquery())
        with self._database.read() as connection:
            return connection.execute(statement).scalar_one()

    def store(self, stage: str, maker: str, found: Sequence[tuple[Asset, Findings]], renews: Sequence[str] = ()) -> int:
        """Store what a stage found in some assets, all of it or nothing, and that it has seen them.

        An asset that is gone, has another original by now, or has lost an object that a vector is of, is left out.

        Args:
            stage: The stage's name.
            maker: Of what it found.
            found: Assets as the stage saw them, and what it found.
            renews: Stages that have to look again after this one.

        Returns:
            How many assets it now has seen.
        """
        with self._database.write(self._workspace_id) as transaction:
            current = _versions(transaction, [asset.id for asset, _ in found])
            bits: dict[int, int] = {}
            for asset, findings in found:
                if current.get(asset.id) == (asset.version, asset.sha256) and _owned(transaction, findings):
                    bits[asset.id] = Children.SEEN | _store(transaction, asset.id, maker, findings)
            seen = {asset.id: asset.version for asset, _ in found if asset.id in bits}
            _note(transaction, stage, maker, seen)
            again = delete(t.enrichments).where(among(_LOOKS.asset_id), among(_LOOKS.stage, "stages", Text))
            transaction.connection.execute(again, {"ids": list(seen), "stages": renews})
            for kinds in set(bits.values()):
                _show(transaction, [id_ for id_, mine in bits.items() if mine == kinds], stage, kinds)
        return len(bits)

    def fail(self, stage: str, maker: str, errors: Sequence[tuple[Asset, str]], *, final: bool = False) -> None:
        """Note why a stage could not see some assets; after so many times, or if it is final, it gives them up."""
        with self._database.write(self._workspace_id) as transaction:
            current = _versions(transaction, [asset.id for asset, _ in errors])
            mine = (_LOOKS.stage == stage, _LOOKS.maker == maker, _LOOKS.error.is_not(None), among(_LOOKS.asset_id))
            before = {
                (id_, version): attempts
                for id_, version, attempts in transaction.connection.execute(
                    select(_LOOKS.asset_id, _LOOKS.version, _LOOKS.attempts).where(*mine), {"ids": list(current)}
                )
            }
            here = [(asset, error) for asset, error in errors if current.get(asset.id) == (asset.version, asset.sha256)]
            attempts = {
                asset.id: MAX_ATTEMPTS if final else before.get((asset.id, asset.version), 0) + 1 for asset, _ in here
            }
            for asset, error in here:
                count = attempts[asset.id]
                _note(transaction, stage, maker, {asset.id: asset.version}, error=error, attempts=count)
            lost = [id_ for id_, count in attempts.items() if count >= MAX_ATTEMPTS]
            _show(transaction, lost, stage, Children.SEEN)

    def given_up(self, stage: str | None = None, limit: int = 1000) -> list[Enrichment]:
        """The looks that have failed too often to be tried again by themselves, the newest first."""
        statement = _ENRICHMENT.where(*self._given_up(stage)).order_by(_LOOKS.at.desc(), _LOOKS.asset_id)
        with self._database.read() as connection:
            return many(connection, Enrichment, statement.limit(limit))

    def count_given_up(self) -> dict[str, int]:
        """How many assets each stage has given up, by its name; stages that see all are left out."""
        statement = select(_LOOKS.stage, func.count()).where(*self._given_up(None)).group_by(_LOOKS.stage)
        with self._database.read() as connection:
            return dict(connection.execute(statement).all())

    def forgive(self, stage: str | None = None, asset_ids: Sequence[int] | None = None) -> list[int]:
        """Let assets be looked at again that a stage, or any, has given up; returns them."""
        with self._database.write(self._workspace_id) as transaction:
            statement = delete(t.enrichments).where(*self._given_up(stage))
            if asset_ids is not None:
                statement = statement.where(among(_LOOKS.asset_id))
            again = sorted(
                set(transaction.connection.scalars(statement.returning(_LOOKS.asset_id), {"ids": asset_ids or []}))
            )
            transaction.log("asset", "updated", again, reason="enrichment")
        return again

    def _unseen(self, wanted: Sequence[Wanted]) -> Select[int]:
        return select(t.assets.c.id).where(
            t.assets.c.workspace_id == self._workspace_id,
            t.assets.c.status != Status.TRASHED,
            or_(false(), *(t.assets.c.kind.in_(list(kinds)) & ~_seen(stage, maker) for stage, maker, kinds in wanted)),
        )

    def _given_up(self, stage: str | None) -> list[ColumnElement[bool]]:
        mine = select(t.assets.c.id).where(
            t.assets.c.workspace_id == self._workspace_id, t.assets.c.version == _LOOKS.version
        )
        found = [_LOOKS.error.is_not(None), _LOOKS.attempts >= MAX_ATTEMPTS, _LOOKS.asset_id.in_(mine)]
        return found if stage is None else [*found, _LOOKS.stage == stage]


def _seen(stage: str, maker: str) -> ColumnElement[bool]:
    """Whether a stage needs not look at an asset."""
    over = _LOOKS.error.is_(None) | (_LOOKS.attempts >= MAX_ATTEMPTS)
    look = select(_LOOKS.asset_id).where(
        _LOOKS.asset_id == t.assets.c.id,
        _LOOKS.stage == stage,
        _LOOKS.maker == maker,
        _LOOKS.version == t.assets.c.version,
        over,
    )
    return look.correlate(t.assets).exists()


def _versions(transaction: Transaction, asset_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Numbers and digests of assets' originals: a number may come again once its version was removed."""
    statement = select(t.assets.c.id, t.assets.c.version, t.assets.c.sha256).where(
        among(t.assets.c.id), t.assets.c.workspace_id == transaction.workspace_id
    )
    rows = transaction.connection.execute(statement, {"ids": asset_ids})
    return {id_: (version, sha256) for id_, version, sha256 in rows}


def _owned(transaction: Transaction, findings: Findings) -> bool:
    """Whether all that the vectors describe is still there."""
    if findings.space is None:
        return True
    return embeddings.all_there(transaction, findings.space, list(findings.vectors))


def _store(transaction: Transaction, asset_id: int, maker: str, findings: Findings) -> int:
    """Store findings; returns the kinds of children that the asset may have now."""
    bits = 0
    if findings.objects is not None:
        regions.replace_objects(transaction, asset_id, findings.objects)
        bits |= Children.OBJECTS if findings.objects else 0
    if findings.faces is not None:
        faces.renew(transaction, asset_id, findings.faces, maker, findings.space)
        bits |= Children.FACES if findings.faces else 0
    elif findings.frames is not None and findings.space is not None:
        owners = regions.renew_frames(transaction, asset_id, [frame.seconds for frame in findings.frames])
        vectors = (frame.vector for frame in findings.frames)
        embeddings.put(transaction, findings.space, dict(zip(owners, vectors, strict=True)))
    elif findings.space is not None:
        embeddings.put(transaction, findings.space, findings.vectors)
    if findings.words is not None:
        words.renew(transaction, asset_id, findings.words)
    return bits


def _note(
    transaction: Transaction,
    stage: str,
    maker: str,
    versions: Mapping[int, int],
    *,
    error: str | None = None,
    attempts: int = 0,
) -> None:
    old = delete(t.enrichments).where(_LOOKS.stage == bindparam("of"), among(_LOOKS.asset_id))
    transaction.connection.execute(old, {"of": stage, "ids": list(versions)})
    look = {"stage": stage, "maker": maker, "attempts": attempts, "error": error, "at": transaction.at}
    rows = [{"asset_id": asset_id, "version": version, **look} for asset_id, version in versions.items()]
    if rows:
        transaction.connection.execute(insert(t.enrichments), rows)


def _show(transaction: Transaction, asset_ids: Sequence[int], stage: str, children: int) -> None:
    """Log what assets now show. They do not count as updated by that: nobody changed them."""
    bits = t.assets.c.children.bitwise_or(children)
    shown = update(t.assets).where(among(t.assets.c.id)).values(children=bits)
    transaction.connection.execute(shown, {"ids": asset_ids})
    transaction.log("asset", "updated", asset_ids, reason="enrichment", stage=stage)
