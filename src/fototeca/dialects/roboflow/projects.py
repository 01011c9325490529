"""Projects: collections, with what this dialect keeps of them in their settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from fototeca.assets import Annotation, Asset, Collection, Membership
from fototeca.dialects.roboflow.roboql.filters import SPLITS, Batch, Job, in_project, of_project
from fototeca.errors import InvalidInput, NotFound
from fototeca.library import Library
from fototeca.query import Expression, Page, Query

ANNOTATED = "annotated"
"""A membership's annotation status once somebody has said what the image shows, even if that is nothing."""
JOB = "roboflow_job"
"""Kind of the entries that are annotation jobs."""
RESERVED = frozenset({"images", "search", "projects", "upload", "asynctasks", "trash", "groups", "dataset"})
"""What stands in the place of a project's slug in paths of the workspace."""
TYPES = (
    "object-detection",
    "classification",
    "instance-segmentation",
    "semantic-segmentation",
    "keypoint-detection",
    "action-recognition",
)
_INPUT_TYPES = {
    **{name: (name, False) for name in TYPES},
    "single-label-classification": ("classification", False),
    "multi-label-classification": ("classification", True),
}
_SETTINGS = "roboflow"


@dataclass(frozen=True, slots=True)
class Project:
    """A collection as this dialect sees it."""

    collection: Collection

    @property
    def id(self) -> int:
        """Number of the collection."""
        return self.collection.id

    @property
    def slug(self) -> str:
        """Its name in paths."""
        return self.collection.slug

    @property
    def type(self) -> str:
        """What is annotated in it; object detection where another surface made it."""
        return self.collection.type if self.collection.type in TYPES else TYPES[0]

    @property
    def multilabel(self) -> bool:
        """Whether an image of a classification may have several classes."""
        return bool(self._settings.get("multilabel"))

    @property
    def group(self) -> str:
        """Name of what is annotated; projects of one group share their annotations."""
        return str(self._settings.get("annotation") or self.collection.name)

    @property
    def _settings(self) -> dict[str, object]:
        kept = self.collection.settings.get(_SETTINGS)
        return kept if isinstance(kept, dict) else {}


def place(asset: Asset, project: Project) -> Membership | None:
    """Return an asset's membership of a project, if it has one."""
    return next((each for each in asset.memberships if each.collection_id == project.id), None)


class Projects:
    """The projects of a workspace that are not in the trash; tells RoboQL what the names in a query stand for."""

    def __init__(self, library: Library) -> None:
        self._library = library

    @cached_property
    def all(self) -> list[Project]:
        """Every project, the oldest first."""
        return [Project(each) for each in self._library.collections.all(counted=False) if each.trashed is None]

    @cached_property
    def by_id(self) -> dict[int, Project]:
        """The projects by their numbers."""
        return {project.id: project for project in self.all}

    def get(self, slug: str) -> Project:
        """Return a project by its slug.

        Raises:
            NotFound: There is none, or it is in the trash.
        """
        for project in self.all:
            if project.slug == slug:
                return project
        raise NotFound(f'there is no project "{slug}" in this workspace')

    def group(self, project: Project) -> set[int]:
        """Return the numbers of the projects that share a project's annotations, its own included."""
        return {each.id for each in self.all if each.group == project.group}

    def annotations(self, asset: Asset, project: Project) -> list[Annotation]:
        """Return what is said of an asset in a project."""
        shared = self.group(project)
        return [each for each in asset.annotations if each.collection_id in shared]

    def create(self, name: str, type_: str, *, license_: str | None, annotation: str | None) -> Project:
        """Make a project; its slug gets a number if it is taken.

        Raises:
            InvalidInput: The name or type is not valid.
        """
        if type_ not in _INPUT_TYPES:
            allowed = ", ".join(_INPUT_TYPES)
            raise InvalidInput(f'"{type_}" is not a type of project', field="type", allowed=allowed)
        stored, multilabel = _INPUT_TYPES[type_]
        settings = {"annotation": annotation or name, "license": license_, "multilabel": multilabel}
        settings = {key: value for key, value in settings.items() if value}
        create = self._library.collections.create
        made = create(name, type=stored, settings={_SETTINGS: settings})
        if made.slug in RESERVED:
            self._library.collections.delete(made.id)
            made = create(f"{name} project", type=stored, settings={_SETTINGS: settings})
        self.__dict__.pop("all", None)
        self.__dict__.pop("by_id", None)
        return Project(made)

    # --- the names in a query, see `fototeca.dialects.roboflow.roboql.Names`

    def project(self, slug: str) -> int | None:
        """Return the number of a project."""
        return next((project.id for project in self.all if project.slug == slug), None)

    def batch(self, key: str) -> Batch | None:
        """Return a batch by its id."""
        try:
            batch = self._library.records.batches.get(key)
        except NotFound:
            return None
        return None if batch.collection_id is None else Batch(batch.collection_id, batch.id)

    def job(self, key: str) -> Job | None:
        """Return an annotation job by its id."""
        try:
            value = self._library.entries.get(JOB, key).value
        except NotFound:
            return None
        return Job(value["project"], tuple(value["images"]))

    def image(self, key: str) -> int | None:
        """Return the number of an image by its id."""
        try:
            return self._library.get(key).id
        except NotFound:
            return None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much is in a project."""

    images: int
    unannotated: int
    splits: dict[str, int]
    classes: dict[str, int]


def counts(library: Library, project: Project, said: dict[int, dict[str, int]]) -> Counts:
    """Count a project's images and annotations.

    Args:
        library: The workspace's.
        project: The one to count.
        said: The counts of annotations by collection and label, asked for once for all projects.
    """

    def total(where: Expression) -> int:
        return library.answer(Query(where, page=Page(0))).total

    images = total(of_project(project.id))
    splits = {split: total(in_project(project.id, f"split/{split}")) for split in SPLITS}
    unannotated = images - total(in_project(project.id, f"status/{ANNOTATED}"))
    return Counts(images, unannotated, splits, said.get(project.id, {}))
