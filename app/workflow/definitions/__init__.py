"""Definitions: the analysts' files as releases – read, checked as a whole, deployed, activated, compiled.

A release is one immutable bundle of BPMN, forms, rules, checks and document templates with a content hash; every
running instance keeps its own. Not for: running processes (instances), what a single file may hold (engine, forms,
checks). Words: bundle, finding, binding (a resolved name), release, active.
"""

from app.workflow.definitions.bundle import Bundle, make_bundle, read_folder
from app.workflow.definitions.cache import active_release_id, compiled
from app.workflow.definitions.compiled import CompiledRelease
from app.workflow.definitions.errors import (
    BundleRefused,
    NoActiveRelease,
    NotApproved,
    NothingBefore,
    NotRetirable,
    OwnRelease,
    ReleaseRetired,
    UnknownFile,
    UnknownRelease,
)
from app.workflow.definitions.findings import BundleFinding
from app.workflow.definitions.inspection import check_bundle, inspect_bundle
from app.workflow.definitions.models import Release, ReleaseStatus
from app.workflow.definitions.operations import Followed, activate, deploy, follow, on_activation
from app.workflow.definitions.queries import register_usage_counter

__all__ = [
    "Bundle",
    "BundleFinding",
    "BundleRefused",
    "CompiledRelease",
    "Followed",
    "NoActiveRelease",
    "NotApproved",
    "NotRetirable",
    "NothingBefore",
    "OwnRelease",
    "Release",
    "ReleaseRetired",
    "ReleaseStatus",
    "UnknownFile",
    "UnknownRelease",
    "activate",
    "active_release_id",
    "check_bundle",
    "compiled",
    "deploy",
    "follow",
    "inspect_bundle",
    "make_bundle",
    "on_activation",
    "read_folder",
    "register_usage_counter",
]
