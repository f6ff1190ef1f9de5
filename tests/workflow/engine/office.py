"""A stand-in for the product around the engine: real FEEL, real codec; steps and facts are plain Python of the test."""

from datetime import UTC, datetime, timedelta

from app.workflow.engine import load, parse_processes, start
from app.workflow.engine.durations import parse_duration

MONDAY = datetime(2026, 1, 5, 1, tzinfo=UTC)


class Office:
    """Services of the tests: a standing clock, steps by name, facts by name."""

    def __init__(self, steps=None, facts=None, at=MONDAY, roles=None, by_rule=None):
        self.steps = steps or {}
        self.roles, self.by_rule = roles or {}, by_rule or {}
        self.facts = facts or {}
        self.at = at
        self.calls = []
        self.asked = []

    def call_step(self, name, params, task):
        self.calls.append((name, params))
        step = self.steps.get(name)
        return step(**params) if step else {}

    def dataset(self, name, data):
        self.asked.append(name)
        found = self.facts.get(name)
        return found(data) if callable(found) else found

    def signers(self, task, named):
        return self.persons(self.by_rule.get(task.node_id, []) if named is None else named) or [None]

    def persons(self, named):
        every = named if isinstance(named, list) else [named]
        return list(dict.fromkeys(person for one in every if one is not None for person in self.roles.get(one, [one])))

    def now(self):
        return self.at

    def working_due(self, begin, duration):
        """Twice as long: tells a working-time timer from a calendar one."""
        return begin + 2 * (parse_duration(duration).after(begin) - begin)

    def wait(self, **time):
        self.at += timedelta(**time)


class Story:
    """One run, stored and loaded again after every move, so that nothing can live in memory only."""

    def __init__(self, files, pid="p", data=None, office=None, decisions=None, start_node=None):
        files = {"p.bpmn": files} if isinstance(files, bytes) else files
        self.office = office or Office()
        self.files, self.decisions = files, decisions or {}
        self.model = parse_processes(files, self.decisions)[pid]
        self.run = start(self.model, data or {}, self.office, start_node=start_node)
        self._store()

    def _store(self):
        state = self.run.dump()
        # a fresh parse as after a restart: nothing may hang on the spec objects of the first
        self.model = parse_processes(self.files, self.decisions)[self.model.process_id]
        self.run = load(self.model, state, self.office)
        assert self.run.dump() == state

    def open(self):
        return [task.node_id for task in self.run.ready()]

    def task(self, node_id, index=None):
        return next(t for t in self.run.ready() if t.node_id == node_id and index in (None, t.mi_index))

    def do(self, node_id, index=None, /, **answers):
        decision = answers.get(f"{node_id}_decision")
        try:
            self.run.complete(self.task(node_id, index).id, answers, decision=decision)
        finally:
            self._store()
        return self

    def waits(self, node_id=None):
        return [w for w in self.run.waits() if node_id in (None, w.node_id)]

    def pass_time(self, **time):
        self.office.wait(**time)
        self.run.fire_timers(self.office.at)
        self._store()
        return self

    def send(self, name, payload=None, **kw):
        self.run.send_message(name, payload or {}, **kw)
        self._store()
        return self

    def signal(self, name, payload=None):
        self.run.signal(name, payload or {})
        self._store()
        return self

    def back_to(self, node):
        self.run.reset_to(node)
        self._store()
        return self

    def jump(self, node_id, target):
        self.run.jump(self.task(node_id).id, target)
        self._store()
        return self

    def retry(self):
        try:
            self.run.retry()
        finally:
            self._store()
        return self

    @property
    def status(self):
        return self.run.status

    @property
    def data(self):
        return self.run.data
