"""``flask decisions analyse PATH…``: what is wrong with decision tables, with an input that shows it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.workflow.engine.decisions.analysis import analyse
from app.workflow.engine.decisions.decisions import Decisions, compile_dmn
from app.workflow.engine.decisions.errors import DmnError

decisions_cli = click.Group("decisions", help="决策表")


@decisions_cli.command("analyse")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def analyse_command(paths: tuple[Path, ...]) -> None:
    """检查决策表：重叠、空缺、轮不到的规则、类型不符。有矛盾时以 1 退出。"""
    files = sorted({file for path in paths for file in ([path] if path.is_file() else path.rglob("*.dmn"))})
    tables = conflicts = 0
    imports: dict[str, Decisions] = {}
    for file in _imported_first(files):
        try:
            decisions = imports[str(file)] = compile_dmn(file.read_bytes(), imports)
        except DmnError as exc:
            conflicts += len(exc.findings)
            for finding in exc.findings:
                click.echo(f"{file}: {finding.field or '-'}: {finding.message}")
            continue
        tables += len(decisions.model.tables)
        for found in analyse(decisions):
            conflicts += found.severity == "BLOCK"
            word = "错误" if found.severity == "BLOCK" else "提醒"
            click.echo(f"{file}: {found.element_id or '-'}: {word}：{found.message}")
    click.echo(f"{tables} tables, {conflicts} conflicts")
    sys.exit(1 if conflicts else 0)


def _imported_first(files: list[Path]) -> list[Path]:
    """Files without imports first, so that those who import find them."""
    return sorted(
        files, key=lambda file: (b"<import" in file.read_bytes() or b":import " in file.read_bytes(), file)
    )


commands = [decisions_cli]
