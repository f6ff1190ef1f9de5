"""What a walk says when it cannot go on."""

import pytest

from app.core import clock
from app.demo import answers, cli
from tests.processes.house import served


@pytest.mark.real_clock
def test_a_node_without_an_answer_is_named_with_the_file_to_mend(databases, monkeypatch):
    monkeypatch.delitem(answers._ANSWERS, "acceptance")
    app = databases.demo("sqlite")
    with served(app) as url, app.app_context():
        ended = app.test_cli_runner().invoke(cli.demo, ["walk", "direct", "--url", url])
    assert ended.exit_code == 1
    last = ended.output.strip().splitlines()[-1]
    assert last.startswith("Error: walk direct: no answer for node acceptance (")
    assert last.endswith("write one into _ANSWERS of app/demo/answers.py")
    assert "Traceback" not in ended.output


def test_the_walker_itself_refuses_with_one_sentence():
    with pytest.raises(answers.NoAnswer, match=r"no answer for node no_such_node \(某环节\)"):
        answers.answer(answers.Walk("direct", clock.today()), "no_such_node", {}, {}, name="某环节")

