"""What answers are made of. A member without a value is left out: nothing is ever null."""

from __future__ import annotations

from typing import Any, Generic, Required, TypeVar

from typing_extensions import TypedDict

T = TypeVar("T")


class Annotation(TypedDict, total=False):
    """A class that somebody or something sees in an image; coordinates are shares (0..1) of the image."""

    id: Required[int]
    image_id: Required[int]
    class_value: Required[str]
    type: Required[str]
    source: str
    confidence: float
    geometry: list[float]
    x_center: float
    y_center: float
    width: float
    height: float
    z_order: int
    created_at: str
    updated_at: str


class Image(TypedDict, total=False):
    """An image and its place in a project."""

    id: Required[int]
    filename: Required[str]
    storage_key: Required[str]
    width: Required[int]
    height: Required[int]
    annotation_status: Required[str]
    split_locked: Required[bool]
    created_at: Required[str]
    updated_at: Required[str]
    batch_id: int
    batch_name: str
    project_name: str
    version_name: str
    device_id: str
    split: str
    image_url: str
    annotations: list[Annotation]


class Project(TypedDict, total=False):
    """A project."""

    id: Required[int]
    name: Required[str]
    description: str
    image_count: int
    created_at: str
    updated_at: str


class Batch(TypedDict, total=False):
    """Images that came together."""

    id: Required[int]
    name: Required[str]
    stage: Required[str]
    status: Required[str]
    image_count: int
    project_id: int
    project_name: str
    device_id: str
    created_at: str
    updated_at: str


class Split(TypedDict, total=False):
    """What became of a batch's images when they were split."""

    batch_id: Required[int]
    total: int
    train_count: int
    val_count: int
    test_count: int
    moved_count: int
    kept_count: int
    locked_count: int
    split_counts: dict[str, int]
    class_distribution: dict[str, dict[str, int]]
    class_targets: dict[str, dict[str, int]]
    warnings: list[str]


class Job(TypedDict, total=False):
    """Work that was done, or is being done, beside a request."""

    job_id: Required[str]
    status: Required[str]
    progress: float
    message: str
    error: str
    result: dict[str, Any]
    created_at: str
    completed_at: str


class Stored(TypedDict):
    """Where an uploaded image is; ids are texts here."""

    image_id: str
    batch_id: str
    storage_key: str


class Device(TypedDict, total=False):
    """A device as it sees itself."""

    device_id: Required[str]
    endpoint_id: Required[str]
    organization_id: Required[str]
    status: Required[str]
    name: str


class Actions(TypedDict):
    """What a device is asked to do."""

    actions: list[dict[str, Any]]


class ProvisioningToken(TypedDict, total=False):
    """Lets devices get keys; the token itself is told once."""

    id: Required[int]
    name: Required[str]
    single_use: Required[bool]
    created_at: Required[str]
    token: str
    expires_at: str
    setup_command: str


class Provisioned(TypedDict):
    """A new device and its key, which is told once."""

    device_id: str
    endpoint_id: str
    api_key: str
    api_endpoint: str


class Organization(TypedDict):
    """The workspace."""

    id: str
    name: str


class Removed(TypedDict):
    """What is gone."""

    id: int


class Meta(TypedDict):
    """Which part of a list this is, and how many there are in all."""

    count: int
    limit: int
    offset: int
    total: int


class Error(TypedDict, total=False):
    """What went wrong."""

    code: Required[str]
    message: Required[str]
    details: str


class One(TypedDict, Generic[T]):
    """An answer about one thing."""

    success: bool
    data: T


class Many(TypedDict, Generic[T]):
    """An answer with a part of a list."""

    success: bool
    data: list[T]
    meta: Meta


class Failure(TypedDict):
    """An answer that says no."""

    success: bool
    error: Error
