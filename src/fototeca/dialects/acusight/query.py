"""From the parameters of "list images" to a question.

What a project says of an image (batch, split, status) is asked of one membership at a time: an image is found if one
of its memberships fits everything that is asked of memberships, and is shown with that one. An image that is a member
of nothing fits what asks for nothing: no project, no split, and a status that is still pending.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fototeca.assets import Asset, Collection, Membership
from fototeca.dialects.acusight import inbox
from fototeca.dialects.acusight.requests import FLAG, INTEGER, NULL, TEXT, Parameters
from fototeca.errors import InvalidInput
from fototeca.library import Library
from fototeca.query import (
    All,
    And,
    Exists,
    Expression,
    How,
    Match,
    Not,
    Or,
    Page,
    Prefix,
    Query,
    Sort,
    Wildcard,
)

DEFAULT_LIMIT, MAX_LIMIT = 50, 100
PENDING = "pending"
SPLITS = {"train": "train", "val": "valid", "test": "test"}
"""The splits by what they are called here, and in the catalogue."""
SORTS = {"created_at": "created", "updated_at": "updated", "filename": "filename"}
PARAMETERS = {
    "project_id": TEXT,
    "batch_id": TEXT,
    "device_id": TEXT,
    "stage": TEXT,
    "annotation_status": TEXT,
    "split": TEXT,
    "class_values": TEXT,
    "search": TEXT,
    "q": TEXT,
    "filename": TEXT,
    "include_image_url": FLAG,
    "include_annotations": FLAG,
    "limit": INTEGER,
    "offset": INTEGER,
    "sort": TEXT,
    "order": TEXT,
}
_MOST_CLASSES = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of an image's membership; `None` leaves a fact open.

    Attributes:
        projects: Ids of collections.
        bare: Whether an image that is a member of nothing will do, as far as projects are concerned.
        batches: Ids of batches.
        splits: Splits as the catalogue names them; "" is none.
        statuses: Annotation statuses; "" is none.
    """

    projects: frozenset[int] | None = None
    bare: bool = True
    batches: frozenset[int] | None = None
    splits: frozenset[str] | None = None
    statuses: frozenset[str] | None = None

    def fits(self, membership: Membership | None) -> bool:
        """Whether a membership, or having none (`None`), is what is asked for."""
        if membership is None:
            unassigned = self.bare and self.batches is None
            return unassigned and all(wanted is None or "" in wanted for wanted in (self.splits, self.statuses))
        return (
            (self.projects is None or membership.collection_id in self.projects)
            and (self.batches is None or membership.batch_id in self.batches)
            and (self.splits is None or (membership.split or "") in self.splits)
            and (self.statuses is None or (membership.annotation_status or "") in self.statuses)
        )

    def expression(self, collections: Iterable[int]) -> Expression:
        """Return the same as an expression, given the ids of all collections there are."""
        if {self.projects, self.batches, self.splits, self.statuses} == {None}:
            return All()
        asked_of = collections if self.projects is None else self.projects
        found = [self._in(each) for each in sorted(asked_of)]
        if self.fits(None):
            found.append(Not(Exists("collection_id")))
        return Or(tuple(found))

    def _in(self, collection: int) -> Expression:
        """Return what fits in one collection; the field `membership` tells each fact together with its collection."""
        parts: list[Expression] = [Match("collection_id", str(collection), How.EXACT)]
        for name, choices in (("batch", self.batches), ("split", self.splits), ("status", self.statuses)):
            if choices is not None:
                start = f"{collection}/{name}/"
                some: list[Expression] = [Match("membership", f"{start}{each}", How.EXACT) for each in choices if each]
                if "" in choices:
                    some.append(Not(Prefix("membership", start, folded=False)))
                parts.append(Or(tuple(some)))
        return And(tuple(parts))

    def shown(self, asset: Asset, unassigned: Collection | None) -> Membership | None:
        """Return the membership that an image is shown with."""
        first = inbox.chief(asset, unassigned)
        if first is None or self.fits(first):
            return first
        return next((m for m in asset.memberships if self.fits(m)), first)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for."""

    wanted: Wanted
    where: Expression
    sort: tuple[Sort, ...]
    limit: int
    offset: int
    with_url: bool
    with_annotations: bool

    @property
    def query(self) -> Query:
        """The question that finds one page."""
        return Query(self.where, sort=self.sort, page=Page(self.limit, None, self.offset))


def asked(library: Library, parameters: Parameters) -> Asked:
    """Read the parameters.

    Raises:
        InvalidInput: One of them is not as it should be.
    """
    wanted = _wanted(library, parameters)
    known = [collection.id for collection in library.collections.all(counted=False)]
    descending = parameters.choice("order", ("asc", "desc"), "desc", lower=True) == "desc"
    sort = SORTS[parameters.choice("sort", tuple(SORTS), "created_at")]
    return Asked(
        wanted=wanted,
        where=And((wanted.expression(known), *_filters(parameters))),
        sort=(Sort(sort, descending), Sort("id", descending)),
        limit=min(parameters.integer("limit", DEFAULT_LIMIT, 1), MAX_LIMIT),
        offset=parameters.integer("offset", 0, 0),
        with_url=parameters.flag("include_image_url"),
        with_annotations=parameters.flag("include_annotations"),
    )


def statuses(status: str) -> frozenset[str]:
    """Return the statuses that the catalogue has for one: what nobody has touched has none there."""
    return frozenset({"", PENDING}) if status == PENDING else frozenset({status})


def _wanted(library: Library, parameters: Parameters) -> Wanted:
    projects, bare = _projects(library, parameters)
    batch, stage = parameters.identifier("batch_id"), parameters.text("stage")
    batches = None if batch is None else frozenset({batch})
    if stage is not None and projects is not None:
        known = (b for p in projects for b in library.records.batches.all(p, counted=False))
        staged = frozenset(b.id for b in known if b.stage == stage)
        batches = staged if batches is None else batches & staged
    status = parameters.text("annotation_status")
    split = parameters.choice("split", (*SPLITS, "none", "all"), "all")
    splits = {"none": frozenset({""}), "all": None}.get(split, frozenset({SPLITS.get(split, "")}))
    return Wanted(projects, bare, batches, splits, None if status is None else statuses(status))


def _projects(library: Library, parameters: Parameters) -> tuple[frozenset[int] | None, bool]:
    """Return the collections that `project_id` means, and whether what is in none of them is meant too."""
    value = parameters.identifier_or_null("project_id")
    if value is None:
        return None, True
    if value == NULL:
        unassigned = inbox.find(library)
        return frozenset() if unassigned is None else frozenset({unassigned.id}), True
    return frozenset(project.id for project in inbox.projects(library)) & {value}, False


def _filters(parameters: Parameters) -> Iterable[Expression]:
    if (device := parameters.text("device_id")) is not None:
        yield Match("device", device, How.EXACT)
    classes = {part.strip() for part in (parameters.text("class_values") or "").split(",")} - {""}
    if len(classes) > _MOST_CLASSES:
        raise InvalidInput(f"class_values has at most {_MOST_CLASSES} values", field="class_values")
    if classes:
        yield Or(tuple(Match("class", value, How.EXACT) for value in sorted(classes)))
    if (part := parameters.text("search") or parameters.text("q")) is not None:
        yield Wildcard("filename", f"*{_escaped(part)}*")
    if (name := parameters.text("filename")) is not None:
        yield Match("filename", name, How.EXACT)


def _escaped(text: str) -> str:
    r"""Escape what a pattern would read as more than itself."""
    return "".join(f"\\{character}" if character in "*?\\" else character for character in text)
