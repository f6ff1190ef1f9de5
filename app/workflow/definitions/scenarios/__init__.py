"""Scenarios: what should happen in a process, written by analysts and played on the real engine, in memory.

The engine, FEEL, decisions and check tables are the real ones; only what the rooms do is stated: what a step
returns, what a dataset says. A stated result may name only what the step is known to return, so scenarios notice
when code and diagrams drift apart. Not for: forms on the screen, people, the database (see tests/processes).
Words: scenario, act (one thing that happens), stated result, coverage, disguise (made-up values for real ones).
"""

from app.workflow.definitions.scenarios.coverage import Coverage, coverage_of
from app.workflow.definitions.scenarios.disguise import Disguise, texts_of
from app.workflow.definitions.scenarios.playing import Played, play, way_of
from app.workflow.definitions.scenarios.reading import Scenario, ScenarioError, read_scenarios, scenario_files
from app.workflow.definitions.scenarios.stage import Stage, make_stage
from app.workflow.definitions.scenarios.writing import write_scenario

__all__ = [
    "Coverage",
    "Disguise",
    "Played",
    "Scenario",
    "ScenarioError",
    "Stage",
    "coverage_of",
    "make_stage",
    "play",
    "read_scenarios",
    "scenario_files",
    "texts_of",
    "way_of",
    "write_scenario",
]
