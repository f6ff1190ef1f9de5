"""Scenarios are played on the real engine; what differs is told so that an analyst knows what to look at."""

import pytest

from app.config import ROOT
from app.workflow.definitions import BundleRefused, make_bundle, read_folder
from app.workflow.definitions.scenarios import ScenarioError, coverage_of, make_stage, play, read_scenarios, scenario_files
from tests.workflow.definitions.bundles import form
from tests.workflow.engine.diagrams import *

CHECK = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="c">
<decision id="c" name="c"><decisionTable id="t" hitPolicy="COLLECT">
<input id="i"><inputExpression id="e"><text>form.amount</text></inputExpression></input>
<input id="j"><inputExpression id="f"><text>project.limit</text></inputExpression></input>
<output id="o1" name="code"/><output id="o2" name="severity"/><output id="o3" name="message"/>
<rule id="r1"><inputEntry id="a1"><text>&gt; 100</text></inputEntry><inputEntry id="a2"><text>-</text></inputEntry>
<outputEntry id="a3"><text>"BIG"</text></outputEntry><outputEntry id="a4"><text>"BLOCK"</text></outputEntry><outputEntry id="a5"><text>"\xe8\xbf\x87\xe5\xa4\xa7"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="b1"><text>-</text></inputEntry><inputEntry id="b2"><text>&lt; 10</text></inputEntry>
<outputEntry id="b3"><text>"LOW"</text></outputEntry><outputEntry id="b4"><text>"WARN"</text></outputEntry><outputEntry id="b5"><text>"\xe9\xa2\x9d\xe5\xba\xa6\xe4\xbd\x8e"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""
LEVEL = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="l">
<decision id="level" name="level"><decisionTable id="t" hitPolicy="UNIQUE">
<input id="i"><inputExpression id="e"><text>defer_rounds</text></inputExpression></input><output id="o" name="level"/>
<rule id="r1"><inputEntry id="a1"><text>&lt; 2</text></inputEntry><outputEntry id="a2"><text>"LOW"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="b1"><text>&gt;= 2</text></inputEntry><outputEntry id="b2"><text>"HIGH"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""
DECISION = {"type": "radio", "key": "decision", "label": "结论", "values": [{"value": "YES", "label": "是"}, {"value": "NO", "label": "否"}]}
AMOUNT = {"type": "number", "key": "amount", "label": "金额"}


def work(id, **properties):
    return user(id, **({"form": "room/apply", "role": "PM_A"} | properties))


STORY = process(
    "proc_story", begin(), service("count", "projects.defer", project_id="1"), rule("weigh", "level"), exclusive("g", default="f_g_light"),
    work("light", checks="room/apply"), work("heavy", onComplete="projects.defer"), boundary("late", "light", timer("P3D")),
    catch("paid", message("paid")), end(), end("lapsed"),
    flow("begin", "count", "weigh", "g", "light", "paid", "done"), flow("g", "heavy", when='level = "HIGH"'), flow("heavy", "paid"), flow("late", "lapsed"),
)  # fmt: skip
FILES = {
    "processes/test/story.bpmn": STORY,
    "forms/screens/room/apply.form": form(AMOUNT, DECISION),
    "rules/checks/room/apply.dmn": CHECK,
    "rules/room/level.dmn": LEVEL,
}
LIGHT = """
process: proc_story
scenarios:
  - name: 轻
    steps: {projects.defer: {defer_rounds: 1}}
    do:
      - task: light
        decision: "YES"
      - message: paid
        payload: {receipt: 7}
    expect:
      path: [count, weigh, light, paid]
      never: [heavy]
      decisions: {level: {level: LOW}}
      end: done
      data: {receipt: 7, light_decision: "YES"}
"""


@pytest.fixture
def stage(app):
    with app.app_context():
        yield make_stage(make_bundle(FILES))


def failures(stage, text):
    return [failure for one in read_scenarios(text) for failure in play(one, stage).failures]


def test_what_is_as_stated_has_no_failures(stage):
    assert failures(stage, LIGHT) == []


@pytest.mark.parametrize(
    ("said", "instead", "told"),
    [
        ("{defer_rounds: 1}}", "{defer_rounds: 2}}", "第 1 步：要办理 light，流程却停在：heavy（heavy）；走过：begin → count → weigh → g"),
        ("steps: {projects.defer: {defer_rounds: 1}}", "given: {}", "没有写明步骤 projects.defer（环节 count）返回什么"),
        ("{defer_rounds: 1}}", "{rounds: 1}}", "步骤 projects.defer 不会返回 rounds；它返回：defer_rounds"),
        ('decision: "YES"', "decision: MAYBE", "表单 room/apply 的结论没有 MAYBE，只有 YES、NO"),
        ('decision: "YES"', "form: {colour: red}", "表单 room/apply 没有字段 colour"),
        ('decision: "YES"', "returns: {x: 1}", "light 没有 onComplete 步骤"),
        ("message: paid", "message: payed", "没有环节在等消息 payed，流程停在：paid"),
        ("      - message: paid\n        payload: {receipt: 7}\n", "", "结束状态应为 COMPLETED，实际是 RUNNING，停在：paid"),
        ("[count, weigh, light, paid]", "[count, light, weigh]", "应在此后经过 weigh，却没有；走过：begin → count → weigh → g → light → paid → done"),
        ("never: [heavy]", "never: [g]", "不应经过 g"),
        ("{level: LOW}", "{level: HIGH}", "决策 level 应得出 {'level': 'HIGH'}，实际是 {'level': 'LOW'}"),
        ("{level: {level: LOW}}", "{other: {level: LOW}}", "没有用到决策 other"),
        ("end: done", "end: lapsed", "应结束于 lapsed，实际是：done"),
        ("receipt: 7, light", "receipt: 8, light", "流程数据 receipt 应为 8，实际是 7"),
        ("process: proc_story", "process: proc_other", "没有编号为 proc_other 的流程"),
    ],
)  # fmt: skip
def test_what_differs_is_told(stage, said, instead, told):
    assert said in LIGHT
    found = failures(stage, LIGHT.replace(said, instead))
    assert any(told in failure for failure in found), found


def test_time_passes_and_timers_fire_at_their_moment(stage):
    text = LIGHT[: LIGHT.index("    do:")]
    lapsed = "    do: [{wait: P2D}, {wait: P1D}]\n    expect: {end: lapsed, path: [late, lapsed], never: [light]}\n"
    assert failures(stage, text + lapsed) == []
    assert failures(stage, text + "    do: [{timer: late}]\n    expect: {end: lapsed}\n") == []
    [told] = failures(stage, text + "    do: [{wait: P2D}, {timer: later}]\n")
    assert "没有在等定时 later" in told
    [told] = failures(stage, text + "    do: [{wait: 2 days}]\n")
    assert "不是时长" in told


def test_the_checks_of_a_task_are_run_when_it_says_what_they_find(stage):
    text = """
process: proc_story
scenarios:
  - name: 过大
    facts: {project: {limit: 5}}
    steps: {projects.defer: {defer_rounds: 1}}
    do:
      - {task: light, form: {amount: 101}, findings: [BIG, LOW]}
      - {task: light, form: {amount: 99}, findings: [], facts: {project: {limit: 50}}}
    expect: {waits: [paid]}
"""
    assert failures(stage, text) == []
    [told] = failures(stage, text.replace("[BIG, LOW]", "[BIG]"))
    assert "校验应提示 BIG，实际是：BIG 过大；LOW 额度低" in told
    played = [play(one, stage) for one in read_scenarios(text)]
    assert {("room/apply", 1), ("room/apply", 2)} <= played[0].rules


def test_it_begins_when_it_says_and_takes_in_what_was_corrected(stage):
    begun = LIGHT.replace("    do:", "    begins: 2026-11-24T10:00:00\n    do:").replace('decision: "YES"\n      -', 'decision: "YES"\n        data: {corrected: 5}\n      -')
    assert failures(stage, begun.replace("{receipt: 7, light", "{corrected: 5, receipt: 7, light")) == []
    [read] = read_scenarios(begun)
    assert read.begins.isoformat() == "2026-11-24T10:00:00+08:00"
    with pytest.raises(ScenarioError) as caught:
        read_scenarios(begun.replace("2026-11-24T10:00:00", "gestern"))
    assert "2026-01-05T09:00 的形式" in str(caught.value)


def test_coverage_names_what_is_missing(stage):
    found = {(one.kind, one.subject): one for one in coverage_of(stage, [play(one, stage) for one in read_scenarios(LIGHT)])}
    nodes = found["nodes", "processes/test/story.bpmn"]
    assert (nodes.touched, nodes.total, nodes.missing) == (7, 10, ("heavy", "late", "lapsed"))
    assert found["flows", "processes/test/story.bpmn"].missing == ("f_g_heavy", "f_heavy_paid", "f_late_lapsed")
    assert found["rules", "level"].missing == ("2",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("process: [", "第 1 行"),
        ("scenarios: []", "“process”应填写文字"),
        ("process: p\nscenarios: 3", "“scenarios”应是列表"),
        ("process: p\nscenarios:\n  - name: a\n    expekt: {}", "不认识“expekt”，可以写的有：begins、do、expect、facts、given、name、signers、steps"),
        ("process: p\nscenarios:\n  - name: a\n    do: [{task: t, timer: u}]", "第 1 步：每一步要写"),
        ("process: p\nscenarios:\n  - name: a\n    do: [{task: t, payload: {}}]", "不认识“payload”"),
        ("process: p\nscenarios: [{name: a}, {name: a}]", "名称重复"),
        ("process: p\nscenarios: [{name: a, given: [1]}]", "应写成“名称: 值”"),
        ("process: p\nparts: {a: &a [{task: t}, *a]}\nscenarios: [{name: a, do: [*a]}]", "嵌套太深"),
        ("process: p\nparts:\n  a: &a [{task: t}, {task: t}]\n  b: &b [" + "*a, " * 40 + "]\n  c: &c [" + "*b, " * 40 + "]\nscenarios: [{name: a, do: [*c]}]", "步骤超过 1000 个"),
        ("!!python/object/apply:os.system [ls]", "不是有效的 YAML"),
    ],
)  # fmt: skip
def test_a_file_with_a_slip_says_where(app, text, told):
    with app.app_context(), pytest.raises(ScenarioError) as caught:
        read_scenarios(text)
    assert told in str(caught.value)


def test_files_that_cannot_run_make_no_stage(app):
    with app.app_context(), pytest.raises(BundleRefused):
        make_stage(make_bundle({"processes/test/a.bpmn": process("p", begin(), node("task", "t"), end(), flow("begin", "t", "done"))}))


# ------------------------------------------------------------------ the command, and our own scenarios


@pytest.fixture
def run(app):
    def invoke(*arguments):
        with app.app_context():
            return app.test_cli_runner().invoke(args=["scenarios", "run", *map(str, arguments)])

    return invoke


@pytest.fixture
def folder(tmp_path):
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "processes/test/scenarios").mkdir()
    (tmp_path / "processes/test/scenarios/story.yaml").write_text(LIGHT)
    return tmp_path


def test_the_command_plays_a_folder_or_a_file(run, folder):
    result = run("--root", folder, "--coverage")
    assert result.exit_code == 0, result.output
    assert "processes/test/story.bpmn: 7/10 nodes  heavy、late、lapsed" in result.stdout
    assert result.stdout.splitlines()[-1] == "1 scenarios, 0 failures"
    file = folder / "processes/test/scenarios/story.yaml"
    file.write_text(LIGHT.replace("end: done", "end: lapsed"))
    failed = run(file, "--root", folder)
    assert (failed.exit_code, failed.stdout.splitlines()[-1]) == (1, "1 scenarios, 1 failures")
    assert f"{file} | 轻 | 应结束于 lapsed，实际是：done" in failed.stdout
    file.write_bytes(b"\xff\xfe\x00")
    assert run(file, "--root", folder).stdout.splitlines()[-1] == "0 scenarios, 1 failures"


def test_our_own_scenarios_hold_and_touch_every_node_and_flow(app):
    with app.app_context():
        stage = make_stage(read_folder(ROOT))
        files = scenario_files(ROOT / "processes")
        played = [play(one, stage) for file in files for one in read_scenarios(file.read_text())]
        assert [(one.scenario.name, one.failures) for one in played if one.failures] == []
        assert {file.stem for file in files} >= {"proc_direct_guarantee", "proc_release", "sub_committee", "sub_fee", "sub_signing"}
        untouched = {(one.subject, one.kind): one.missing for one in coverage_of(stage, played) if one.missing and one.kind != "rules"}
        assert untouched == {}
        rules = next(one for one in coverage_of(stage, played) if one.subject == "authority_matrix")
        assert rules.missing == ()


SIGNED = """
process: proc_signed
scenarios:
  - name: 过半通过
    given: {people: [1, 2, 3]}
    signers: {heads: [7, 8]}
    do:
      - {task: sign, signer: 3, decision: "YES"}
      - {task: sign, decision: "NO"}
      - {task: sign, signer: 2, decision: "YES"}
      - {task: heads, decision: "YES", all: true}
    expect:
      path: [sign, heads]
      end: done
      data: {sign_result: PASSED, heads_result: PASSED}
  - name: 结果已定，其余的人不必再办
    given: {people: [1, 2, 3]}
    do:
      - {task: sign, decision: "NO"}
      - {task: sign, decision: "NO"}
    expect: {never: [heads], end: refused, data: {sign_result: REFUSED}}
"""


def _signed_stage():
    votes = work("sign", countersign="votes", passRatio=">1/2", signers="people", approve="YES")
    flows = flow("begin", "sign", "g", "refused") + flow("g", "heads", when='sign_result = "PASSED"') + flow("heads", "done")
    drawn = process("proc_signed", begin(), votes, exclusive("g", default="f_g_refused"), work("heads", countersign="all", approve="YES"), end(), end("refused"), flows)
    return make_stage(make_bundle({**FILES, "processes/test/story.bpmn": drawn}))


def test_a_node_several_sign_is_played_by_its_own_rule_and_stated_signers(app):
    with app.app_context():
        stage = _signed_stage()
        assert failures(stage, SIGNED) == []
        wrong = SIGNED.replace("signers: {heads: [7, 8]}", "facts: {}")
        assert "没有写明环节 heads 由谁会签" in failures(stage, wrong)[0]
        assert "sign_result" in failures(stage, SIGNED.replace("sign_result: REFUSED", "sign_result: PASSED"))[0]
