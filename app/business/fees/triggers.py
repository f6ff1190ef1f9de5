"""The database's own lock on the books of fees: what is written stays, no row goes, no item beyond its plan.

``FEE_TRIGGERS``: statements by table and dialect, in order; the models run them when the tables are made, and the
migration runs the same. Source: domain entities §8.
"""

WRITTEN_ONCE = {
    "fee_plan": "project_id, resolution_id, basis_fen, balances_fen, total_fen",
    "fee_item": "plan_id, seq, amount_fen",
    "fee_receipt": "receipt_no, project_id, payer, bank_serial, amount_fen, received_on, reversal_of_id",
    "fee_reversal": "receipt_id, reason, asked_by",
    "fee_invoice": "receipt_id, invoice_no, kind, issued_on, amount_fen",
    "fee_allocation": "receipt_id, item_id, amount_fen",
    "fee_refund": "refund_no, project_id, source, amount_fen",
    "deposit_movement": "account_id, kind, amount_fen, source, moved_on, party",
}
"""Columns that never change. What was allocated or is still held moves in other columns."""

_SQLITE_UPDATE = """CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {columns} ON {table}
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END"""
_SQLITE_DELETE = """CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END"""

_POSTGRESQL_REFUSE = """CREATE OR REPLACE FUNCTION fees_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the books of fees are append-only' USING ERRCODE = 'restrict_violation'; END $$"""
_POSTGRESQL_UPDATE = """CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {columns} ON {table}
FOR EACH ROW EXECUTE FUNCTION fees_refuse()"""
_POSTGRESQL_DELETE = """CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION fees_refuse()"""
_POSTGRESQL_TRUNCATE = """CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION fees_refuse()"""

_SQLITE_WITHIN_TOTAL = """CREATE TRIGGER fee_item_within_total BEFORE INSERT ON fee_item
WHEN (SELECT coalesce(sum(amount_fen), 0) FROM fee_item WHERE plan_id = NEW.plan_id) + NEW.amount_fen
> (SELECT total_fen FROM fee_plan WHERE id = NEW.plan_id)
BEGIN SELECT RAISE(ABORT, 'the items of a fee plan exceed its total'); END"""
_POSTGRESQL_BEYOND = """CREATE OR REPLACE FUNCTION fee_item_refuse_beyond() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF (SELECT coalesce(sum(amount_fen), 0) FROM fee_item WHERE plan_id = NEW.plan_id) + NEW.amount_fen
> (SELECT total_fen FROM fee_plan WHERE id = NEW.plan_id)
THEN RAISE EXCEPTION 'the items of a fee plan exceed its total' USING ERRCODE = 'restrict_violation'; END IF;
RETURN NEW; END $$"""
_POSTGRESQL_WITHIN_TOTAL = """CREATE TRIGGER fee_item_within_total BEFORE INSERT ON fee_item
FOR EACH ROW EXECUTE FUNCTION fee_item_refuse_beyond()"""

_WRITTEN_ONCE = {
    "sqlite": (_SQLITE_UPDATE, _SQLITE_DELETE),
    "postgresql": (_POSTGRESQL_UPDATE, _POSTGRESQL_DELETE, _POSTGRESQL_TRUNCATE),
}
_FIRST = {"sqlite": (), "postgresql": (_POSTGRESQL_REFUSE,)}
_OF_ITEMS = {"sqlite": (_SQLITE_WITHIN_TOTAL,), "postgresql": (_POSTGRESQL_BEYOND, _POSTGRESQL_WITHIN_TOTAL)}

FEE_TRIGGERS: dict[str, dict[str, tuple[str, ...]]] = {
    table: {
        dialect: (
            *_FIRST[dialect],
            *(statement.format(table=table, columns=columns) for statement in statements),
            *(_OF_ITEMS[dialect] if table == "fee_item" else ()),
        )
        for dialect, statements in _WRITTEN_ONCE.items()
    }
    for table, columns in WRITTEN_ONCE.items()
}
