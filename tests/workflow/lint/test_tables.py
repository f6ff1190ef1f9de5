"""Names and functions of decision files: what nothing provides is found on the cell."""

import pytest

from app.workflow.definitions import BundleRefused, check_bundle, deploy
from app.workflow.definitions.lint import names_in, table_findings
from tests.workflow.definitions.bundles import bundle

CHECK = "rules/checks/room/apply.dmn"
RULES = "rules/room/more.dmn"
PROVIDED = ("form", "data", "actor", "project", "amount_fen")


def table(reads="form.amount", cell="&gt; 3", message='"过大"', more="", ids=True):
    """A check of one row; ``ids=False``: cells without ids, as some editors write them."""
    cell_id = ' id="cell"' if ids else ""
    return f"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="here">{more}
<decision id="checking" name="checking"><decisionTable id="table" hitPolicy="COLLECT">
<input id="column"><inputExpression id="read"><text>{reads}</text></inputExpression></input>
<output id="o1" name="code"/><output id="o2" name="severity"/><output id="o3" name="message"/>
<rule id="row"><inputEntry{cell_id}><text>{cell}</text></inputEntry><outputEntry id="c1"><text>"C1"</text></outputEntry>
<outputEntry id="c2"><text>"WARN"</text></outputEntry><outputEntry id="said"><text>{message}</text></outputEntry></rule>
</decisionTable></decision></definitions>""".encode()


def found(**changes):
    return [(one.element_id, one.code) for one in table_findings(table(**changes), PROVIDED)]


@pytest.mark.parametrize(
    ("changes", "where", "code"),
    [
        ({"reads": "nosuch(form.amount)"}, "read", "unknown_function"),
        ({"cell": "nosuch(?)"}, "cell", "unknown_function"),
        ({"message": 'nosuch("a") + "b"'}, "said", "unknown_function"),
        ({"reads": "project.items[lookfor(item.no)]"}, "read", "unknown_function"),
        ({"reads": "project.reckon(1)"}, "read", "unknown_function"),
        ({"reads": "amuont_fen"}, "read", "unknown_name"),
        ({"cell": "&gt; limit"}, "cell", "unknown_name"),
        ({"message": "string(amuont)"}, "said", "unknown_name"),
        ({"reads": "projekt.amount_fen"}, "read", "unknown_name"),
        ({"cell": "nosuch(?)", "ids": False}, "row", "unknown_function"),
    ],
)
def test_what_nothing_provides_is_found_on_the_cell(changes, where, code):
    assert found(**changes) == [(where, code)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"reads": "amount_fen + project.amount_fen + count(form.rows)"},
        {"reads": "count(project.items[kind = limit])"},
        {"reads": "sum(for row in form.rows return row.amount)"},
        {"reads": "some row in form.rows satisfies row.ok"},
        {"reads": "{f: function(x) x + 1, y: f(amount_fen)}.y"},
        {"cell": "-"},
        {"cell": "string length(?) &gt; 3"},
        {"cell": '"甲","乙"'},
        {"cell": "not(null)"},
    ],
)
def test_what_is_bound_built_in_or_provided_is_fine(changes):
    assert found(**changes) == []


KNOWLEDGE = """<businessKnowledgeModel id="b" name="double"><variable name="double"/><encapsulatedLogic>
<formalParameter name="n"/><literalExpression id="l"><text>n * {by}</text></literalExpression></encapsulatedLogic>
</businessKnowledgeModel>"""


def test_a_function_of_the_file_itself_is_known_and_its_parameters_too():
    assert found(more=KNOWLEDGE.format(by=2), reads="double(form.amount)") == []
    assert found(more=KNOWLEDGE.format(by="factor"), reads="double(form.amount)") == [("l", "unknown_name")]


IMPORT = '<import name="{name}" namespace="there" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'


@pytest.mark.parametrize(("name", "call"), [("more", "more.double(form.amount)"), ("", "double(form.amount)")])
def test_a_function_of_an_imported_file_is_known(name, call):
    shared = names_in(table(more=KNOWLEDGE.format(by=2)))
    content = table(more=IMPORT.format(name=name), reads=call)
    assert table_findings(content, PROVIDED, shared) == []
    assert [one.code for one in table_findings(table(reads="double(1)"), PROVIDED, shared)] == ["unknown_function"]


def test_a_file_that_cannot_be_read_is_the_compilers_to_refuse():
    assert table_findings(b"<no", PROVIDED) == []
    assert names_in(b"<no") == frozenset()


# ------------------------------------------------------------------ whole bundles


@pytest.mark.parametrize(
    ("changes", "where", "told"),
    [
        ({"cell": "nosuch(?)"}, "cell", "「nosuch」不存在"),
        ({"reads": "amuont_fen"}, "read", "「amuont_fen」没有任何表单"),
        ({"reads": "amount"}, "read", "「amount」没有任何表单"),
        ({"reads": "projekt.amount_fen"}, "read", "「projekt.amount_fen」没有任何表单"),
    ],
)
def test_such_a_check_is_not_deployed(actor, changes, where, told):
    """A field of the form is no process data: it is read as ``form.amount``."""
    broken = bundle(**{CHECK: table(**changes)})
    [finding] = [one for one in check_bundle(broken) if one.path == CHECK]
    assert (finding.element, finding.severity) == (where, "ERROR")
    assert told in finding.message
    assert finding.fix.startswith("请")
    with pytest.raises(BundleRefused):
        deploy(broken, actor=actor)


@pytest.mark.parametrize("reads", ["project_id", "apply_decision", "business_key", "actor.name", "data.anything"])
def test_process_data_of_the_bundle_is_known(reads):
    assert [one for one in check_bundle(bundle(**{CHECK: table(reads=reads)})) if one.path == CHECK] == []


def test_rules_called_by_processes_are_looked_at_too():
    found = check_bundle(bundle(**{RULES: table(cell="nosuch(?)")}))
    assert [(one.element, one.severity) for one in found if one.path == RULES] == [("cell", "ERROR")]
