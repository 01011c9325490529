"""Pixels to vectors, regions and text: ONNX models, one file per task."""

from fototeca.vision.faces import DetectedFace, FaceDetector, FaceEmbedder
from fototeca.vision.models import DEFAULT, HUB, KNOWN, InstalledModel, KnownModel, Progress, installed, pull
from fototeca.vision.objects import DetectedObject, ObjectDetector
from fototeca.vision.people import Assignment, assign
from fototeca.vision.two_tower import TwoTower

__all__ = [
    "DEFAULT",
    "HUB",
    "KNOWN",
    "Assignment",
    "DetectedFace",
    "DetectedObject",
    "FaceDetector",
    "FaceEmbedder",
    "InstalledModel",
    "KnownModel",
    "ObjectDetector",
    "Progress",
    "TwoTower",
    "assign",
    "installed",
    "pull",
]
