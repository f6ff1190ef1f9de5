"""Sign what one submits 签名: what the node asks for, and what the page has sent for it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import files
from app.support.files.models import Confidentiality
from app.support.identity import signature as own
from app.workflow.instances.models import ProcessInstance, SignatureKind, UserTask
from app.workflow.instances.signatures import ENTITY, Signed
from app.workflow.tasks.errors import SignatureMissing

PROPERTY = "signature"
"""Node property: ``none`` (when it says nothing), ``typed``, ``drawn`` or ``either``."""
_KINDS: Mapping[str, tuple[SignatureKind, ...]] = {
    "typed": (SignatureKind.TYPED,),
    "drawn": (SignatureKind.DRAWN,),
    "either": (SignatureKind.DRAWN, SignatureKind.TYPED),
}
KEPT = "KEPT"
"""What the page sends for the picture she keeps."""


def kinds_asked(task: UserTask) -> tuple[SignatureKind, ...]:
    """How the task may be signed; none when it need not be."""
    return _KINDS.get(task.properties.get(PROPERTY, ""), ())


def sign(
    task: UserTask, instance: ProcessInstance, given: Mapping[str, Any] | Signed | None, actor: Actor
) -> Signed | None:
    """The signature under a submission; a drawn one is stored as a paper of the case.

    :param given: ``{kind: TYPED, name}``, ``{kind: DRAWN, picture}`` or ``{kind: KEPT}`` as the page sends it, or
        the signature of a submission that was held.
    :raises SignatureMissing: the node asks for one, and none was given that will do.
    :raises BadSignature: the picture is none, or empty.
    """
    kinds = kinds_asked(task)
    if not kinds:
        return None
    if isinstance(given, Signed):
        return given
    given = given or {}
    if given.get("kind") == SignatureKind.TYPED and SignatureKind.TYPED in kinds:
        return _typed(given, actor)
    if given.get("kind") in {SignatureKind.DRAWN, KEPT} and SignatureKind.DRAWN in kinds:
        return _drawn(given, instance, actor)
    raise SignatureMissing.of("signature", _asked_for(kinds), SignatureMissing.code)


def as_kept(signed: Signed | None) -> dict[str, Any] | None:
    """A signature as a held submission keeps it."""
    return asdict(signed) if signed is not None else None


def from_kept(kept: Mapping[str, Any] | None) -> Signed | None:
    """The inverse of ``as_kept``."""
    return Signed(**{**kept, "kind": SignatureKind(kept["kind"])}) if kept else None


def _asked_for(kinds: tuple[SignatureKind, ...]) -> str:
    if kinds == (SignatureKind.TYPED,):
        return _("本环节须签名：请输入您的姓名后再提交")
    if kinds == (SignatureKind.DRAWN,):
        return _("本环节须手写签名：请签名，或选用您保存的签名后再提交")
    return _("本环节须签名：请手写签名或输入您的姓名后再提交")


def _typed(given: Mapping[str, Any], actor: Actor) -> Signed:
    name = str(given.get("name", "")).strip()
    if name != actor.name:
        text = _("请输入您本人的姓名“%(name)s”作为签名", name=actor.name)
        raise SignatureMissing.of("signature", text, SignatureMissing.code)
    return Signed(SignatureKind.TYPED, name[:80])


def _drawn(given: Mapping[str, Any], instance: ProcessInstance, actor: Actor) -> Signed:
    if given.get("kind") == KEPT:
        png = own.kept_picture(actor.user_id)
        if png is None:
            text = _("您没有保存的签名：请手写签名，或先到“我的账号”保存")
            raise SignatureMissing.of("signature", text, SignatureMissing.code)
    else:
        png = own.read_drawing(str(given.get("picture", "")))
    paper = files.store_bytes(
        png, f"{_('签名')}.png", "signature", actor=actor, confidentiality=Confidentiality.CONFIDENTIAL
    )
    files.link_document(paper, ENTITY, instance.id)
    return Signed(SignatureKind.DRAWN, actor.name[:80], paper.id, paper.sha256)
