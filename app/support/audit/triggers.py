"""The database refuses to change or delete audit records, and to move a head backwards.

``SQLITE`` and ``POSTGRESQL`` are the statements, in order, for the migration; tables of ``create_all`` get them
by themselves. A migration that rebuilds one of these tables on SQLite (batch mode) must run them again.
"""

from sqlalchemy import DDL, event

from app.core.db import Base
from app.support.audit import models

_SQLITE_RECORD = (
    """CREATE TRIGGER audit_record_no_update BEFORE UPDATE ON audit_record
BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END""",
    """CREATE TRIGGER audit_record_no_delete BEFORE DELETE ON audit_record
BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END""",
)
_SQLITE_HEAD = (
    """CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head
WHEN NEW.seq <= OLD.seq OR NEW.tenant_id <> OLD.tenant_id
BEGIN SELECT RAISE(ABORT, 'an audit head only moves forward'); END""",
    """CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head
BEGIN SELECT RAISE(ABORT, 'an audit head is never deleted'); END""",
)
_POSTGRESQL_RECORD = (
    """CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit records are append-only' USING ERRCODE = 'restrict_violation'; END $$""",
    """CREATE TRIGGER audit_record_no_change BEFORE UPDATE OR DELETE ON audit_record
FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_record_no_truncate BEFORE TRUNCATE ON audit_record
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
)
_POSTGRESQL_HEAD = (
    """CREATE OR REPLACE FUNCTION audit_head_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'an audit head only moves forward' USING ERRCODE = 'restrict_violation'; END $$""",
    """CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head FOR EACH ROW
WHEN (NEW.seq <= OLD.seq OR NEW.tenant_id <> OLD.tenant_id) EXECUTE FUNCTION audit_head_refuse()""",
    """CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head
FOR EACH ROW EXECUTE FUNCTION audit_head_refuse()""",
    """CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head
FOR EACH STATEMENT EXECUTE FUNCTION audit_head_refuse()""",
)

SQLITE = (*_SQLITE_RECORD, *_SQLITE_HEAD)
POSTGRESQL = (*_POSTGRESQL_RECORD, *_POSTGRESQL_HEAD)

_BY_TABLE = {
    models.AuditRecord.__tablename__: {"sqlite": _SQLITE_RECORD, "postgresql": _POSTGRESQL_RECORD},
    models.AuditHead.__tablename__: {"sqlite": _SQLITE_HEAD, "postgresql": _POSTGRESQL_HEAD},
}

for _table, _dialects in _BY_TABLE.items():
    for _dialect, _statements in _dialects.items():
        for _statement in _statements:
            event.listen(
                Base.metadata.tables[_table],
                "after_create",
                DDL(_statement).execute_if(dialect=_dialect),
            )
