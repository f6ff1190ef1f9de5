"""A program on its own database, with releases made of single diagrams."""

from sqlalchemy import func, select

from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.support.jobs.models import Job
from app.workflow import definitions
from app.workflow.engine import shape_of, tokens_of
from app.workflow.instances import operations as instances
from app.workflow.instances import store, verification
from app.workflow.instances.models import ProcessInstance, UserTask
from app.workflow.migration import operations
from app.workflow.migration.jobs import carry_out, move_some
from app.workflow.migration.models import MigrationItem
from app.support.jobs import JobContext
from tests.workflow.definitions.bundles import bundle, form


class House:
    def __init__(self, app):
        self.app, self.actor, self.keys = app, system_actor(1), 0

    def at_work(self):
        return _AtWork(self.app, self.actor)

    def release(self, content, **files):
        files = {
            "processes/test/proc_test.bpmn": content, "rules/checks/room/apply.dmn": None,
            "forms/screens/room/apply.form": form(), **files,
        }  # fmt: skip
        with self.at_work(), unit_of_work():
            release = definitions.deploy(bundle(**files), actor=self.actor)
            definitions.activate(release.id, actor=self.actor)
            return release.id

    def start(self, process_id="proc_test", **data):
        self.keys += 1
        with self.at_work(), unit_of_work():
            return instances.start(process_id, data, actor=self.actor, business_key=f"K{self.keys}").id

    def complete(self, instance_id, node_id, **answers):
        with self.at_work(), unit_of_work():
            instance = store.lock_running(instance_id)
            run, services = store.open_run(instance, self.actor)
            task = next(view for view in run.ready() if view.node_id == node_id)
            store.drive(instance, run, services, lambda: run.complete(task.id, answers), by_person=False)

    def plan(self, target, **options):
        with self.at_work(), unit_of_work():
            return operations.start(target, actor=self.actor, **options).id

    def carry_out(self, plan_id):
        """As the worker does, without the worker."""
        ctx = JobContext(0, operations.JOB, self.actor, 1)
        while True:
            with self.at_work():
                move_some(ctx, plan_id)
            with self.at_work(), unit_of_work():
                if carry_out(ctx, plan_id) is None:
                    return

    def migrate(self, target, **options):
        plan_id = self.plan(target, **options)
        self.carry_out(plan_id)
        return plan_id

    def undo(self, plan_id, instance_id):
        with self.at_work(), unit_of_work():
            found = select(MigrationItem.id).where(MigrationItem.plan_id == plan_id, MigrationItem.instance_id == instance_id)
            operations.undo_item(db.session.scalars(found).one(), actor=self.actor)

    def item(self, plan_id, instance_id):
        with self.at_work():
            found = select(MigrationItem).where(MigrationItem.plan_id == plan_id, MigrationItem.instance_id == instance_id)
            item = db.session.scalars(found).one()
            return item.state.value, item.reason

    def state(self, instance_id):
        with self.at_work():
            return bytes(db.session.scalar(select(ProcessInstance.state).where(ProcessInstance.id == instance_id)))

    def release_of(self, instance_id):
        with self.at_work():
            return db.session.get(ProcessInstance, instance_id).release_id

    def tokens(self, instance_id):
        with self.at_work():
            instance = store.lock(instance_id)
            model = definitions.compiled(instance.release_id).process(instance.process_id)
            return tokens_of(shape_of(instance.state), model)

    def tasks(self, instance_id, *columns):
        with self.at_work():
            query = select(UserTask).where(UserTask.instance_id == instance_id, UserTask.state == "OPEN").order_by(UserTask.id)
            return [tuple(getattr(task, column) for column in columns) for task in db.session.scalars(query)]

    def differences(self):
        """What ``flask instances verify`` would print."""
        with self.at_work():
            found, place = [], verification.START
            while place is not None:
                page = verification.look_at_page(place, self.actor)
                found += page.suspects
                place = page.last
            return found

    def count(self, model):
        with self.at_work():
            return db.session.scalar(select(func.count()).select_from(model))


class _AtWork:
    def __init__(self, app, actor):
        self.context, self.acting = app.app_context(), acting_as(actor)

    def __enter__(self):
        self.context.__enter__()
        self.acting.__enter__()

    def __exit__(self, *error):
        db.session.remove()
        self.acting.__exit__(*error)
        self.context.__exit__(*error)


__all__ = ["House", "Job"]
