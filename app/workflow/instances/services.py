"""The outside world the engine sees: registered steps, business facts, the clock, working time."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor
from app.support import workdays
from app.workflow.engine import TaskView
from app.workflow.instances.assigning import signers
from app.workflow.instances.assigning.given import Why
from app.workflow.registry import StepContext, registry


def actor_facts(actor: Actor) -> dict[str, Any]:
    """The dataset ``actor``: who acts."""
    return {"user_id": actor.user_id, "name": actor.name, "roles": sorted(actor.roles)}


class Names(dict[str, Any]):
    """What an expression may read: process data first, then business facts by name."""

    def __init__(self, data: Mapping[str, Any], services: "StepServices") -> None:
        super().__init__(data)
        self._services, self._data = services, data

    def __missing__(self, name: str) -> Any:
        facts = self._services.dataset(name, self._data)
        if facts is None:
            raise KeyError(name)
        self[name] = facts
        return facts

    def __contains__(self, name: object) -> bool:
        try:
            self[str(name)]
        except KeyError:
            return False
        return True

    def get(self, name: str, default: Any = None) -> Any:
        """As a dict's, but facts count too."""
        try:
            return self[name]
        except KeyError:
            return default


class StepServices:
    """Services of one run: the same actor and instance throughout; facts are read once between steps."""

    def __init__(self, instance_id: int, business_key: str | None, actor: Actor) -> None:
        self.instance_id = instance_id
        self.business_key = business_key or ""
        self.actor = actor
        self.is_submission = False
        """The actor submits a task with this act: whoever comes next may be the same person again."""
        self.choices: Mapping[str, int | None] = {}
        """Node id → whom the actor chose for it with what she submits; None: she was asked to, and did not."""
        self.passing: list[int] = []
        """Keys of tasks just opened that the rules of their nodes pass without a person."""
        self.asked: dict[str, Why] = {}
        """Countersigned node → why these people are its signers, of rounds that begin with this act."""
        self._facts: dict[tuple[str, object], Any] = {}

    def names(self, data: Mapping[str, Any]) -> Names:
        """What an expression over this process data may read."""
        return Names(data, self)

    def signers(self, task: TaskView, named: Any) -> list[int | None]:
        """Who signs a countersigned node, by the rule of the node; ``[None]``: nobody was found.

        :raises NobodyToHandle: nobody, the node says ``refuse``, and a person acts.
        """
        found, self.asked[task.node_id] = signers.ask(task, named, self)
        return found

    def persons(self, named: Any) -> list[int]:
        """The people that user ids and role codes mean."""
        return signers.persons(named)

    def call_step(self, name: str, params: dict[str, Any], task: TaskView) -> Mapping[str, Any] | None:
        """Run a registered step inside its own savepoint: a failing step leaves no half-written rows."""
        context = StepContext(
            actor=self.actor,
            instance_id=self.instance_id,
            task_key=f"{self.instance_id}:{task.id}",
            node_id=task.node_id,
            business_key=self.business_key,
            data=MappingProxyType(task.data),
        )
        with db.session.begin_nested():
            result = registry.step(name).run(context, **params)
        self._facts.clear()
        return result

    def dataset(self, name: str, data: Mapping[str, Any]) -> Any:
        """Facts for a FEEL name; None when no room offers them or there are none yet."""
        if name == "actor":
            return actor_facts(self.actor)
        if name not in registry.datasets:
            return None
        if "form" in data:  # while a form is judged, facts may depend on what it says
            return registry.datasets[name].run(data)
        key = (name, tuple(sorted((k, v) for k, v in data.items() if isinstance(v, (int, str)))))
        if key not in self._facts:
            self._facts[key] = registry.datasets[name].run(data)
        return self._facts[key]

    def forget_facts(self) -> None:
        """Something was written: read the facts anew."""
        self._facts.clear()

    def now(self) -> datetime:
        """The present moment."""
        return clock.now()

    def working_due(self, start: datetime, duration: str) -> datetime:
        """When a duration of working time is over."""
        return workdays.working_due(start, duration)
