"""Names of the browser bundles: ``app.js`` → ``dist/app-4RQ2.js`` with its integrity value."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from flask import current_app, g, request, url_for
from flask_babel import get_locale
from markupsafe import Markup


class AssetsMissing(RuntimeError):
    """The bundles were not built, or a page asks for one that does not exist."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one build of ``frontend/`` made."""

    files: dict[str, dict[str, str]]
    icons: frozenset[str]
    read_at: int
    """Modification time of the manifest in nanoseconds."""
    drawn: dict[tuple[str, str], Markup] = field(default_factory=dict, compare=False)
    """Icons without a label as they were drawn once: (where the program lies on its host, name) → element."""


def asset(name: str) -> str:
    """Address of a built file, e.g. ``asset("app.js")``. :raises AssetsMissing: no such file was built."""
    return url_for("static", filename=f"dist/{_entry(name)['file']}")


def script_tag(name: str) -> Markup:
    """``<script>`` of a bundle in the reader's language, deferred, with its integrity value."""
    name = _in_language(name)
    return Markup('<script src="{}" integrity="{}" defer></script>').format(asset(name), _entry(name)["integrity"])


def _in_language(name: str) -> str:
    """``form.en.js`` for ``form.js``, when there is one."""
    spoken = name.replace(".js", f".{get_locale()}.js")
    return spoken if spoken in _manifest().files else name


def style_tag(name: str) -> Markup:
    """``<link rel=stylesheet>`` of a bundle with its integrity value."""
    return Markup('<link rel="stylesheet" href="{}" integrity="{}">').format(
        asset(name), _entry(name)["integrity"]
    )


def bundle(name: str) -> Markup:
    """Style and script of a bundle: ``bundle("form")`` in the block ``assets`` of a page with a form."""
    tags = (style_tag(f"{name}.css") if f"{name}.css" in _manifest().files else Markup(), script_tag(f"{name}.js"))
    return Markup("\n").join(tags)


def icon(name: str, label: str = "") -> Markup:
    """An icon of the sprite; decorative unless it gets a label. Names: frontend/src/icons.json.

    :raises AssetsMissing: the icon is not in the sprite.
    """
    manifest, place = _manifest(), (request.script_root, name)
    if not label and place in manifest.drawn:
        return manifest.drawn[place]
    if name not in manifest.icons:
        raise AssetsMissing(f"icon {name!r} is not in frontend/src/icons.json")
    about = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    element = Markup('<svg class="zd-icon" {}><use href="{}#{}"></use></svg>')
    element = element.format(about, asset("icons.svg"), name)
    if not label:
        manifest.drawn[place] = element
    return element


def _entry(name: str) -> dict[str, str]:
    try:
        return _manifest().files[name]
    except KeyError:
        raise AssetsMissing(f"bundle {name!r} was not built") from None


def _manifest() -> Manifest:
    """The manifest, asked for some forty times a page and looked after once."""
    if "assets" not in g:
        g.assets = _newest_manifest()
    return cast("Manifest", g.assets)


def _newest_manifest() -> Manifest:
    """The manifest, read once and again after a new build."""
    path = Path(cast(str, current_app.static_folder)) / "dist" / "manifest.json"
    try:
        changed_at = path.stat().st_mtime_ns
    except FileNotFoundError:
        raise AssetsMissing("the browser bundles are missing: run `make setup`") from None
    known = cast("Manifest | None", current_app.extensions.get("assets"))
    if known is None or known.read_at != changed_at:
        data = json.loads(path.read_text(encoding="utf-8"))
        known = Manifest(files=data["files"], icons=frozenset(data["icons"]), read_at=changed_at)
        current_app.extensions["assets"] = known
    return known
