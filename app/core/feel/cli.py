"""``flask feel "…" --context file.json``: try an expression."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path

import click

from app.core import clock
from app.core.feel.border import to_feel
from app.core.feel.errors import FeelError
from app.core.feel.expression import compile_expression
from app.core.feel.text import literal
from app.core.feel.types import kind_of


@click.command("feel")
@click.argument("expression")
@click.option(
    "--context", "context_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON 数据"
)
def feel_command(expression: str, context_file: Path | None) -> None:
    """计算一个 FEEL 表达式，显示值、类型和空值的原因。"""
    try:
        context = _read(context_file) if context_file else {}
        compiled = compile_expression(expression, names=context)
        value, diagnostics = compiled.evaluate_with_trace(context, now=clock.now())
    except FeelError as exc:
        click.echo(f"错误：{exc}", err=True)
        sys.exit(1)
    found = to_feel(value)
    click.echo(f"值：{literal(found)}")
    click.echo(f"类型：{kind_of(found)}")
    click.echo(f"用到的名字：{'、'.join(sorted(compiled.names)) or '无'}")
    for one in diagnostics:
        click.echo(f"说明：{one}")


def _read(file: Path) -> dict[str, object]:
    """The facts in a JSON file; FeelError when it holds none."""
    try:
        context = json.loads(file.read_bytes(), parse_float=Decimal)
    except (ValueError, RecursionError) as exc:
        raise FeelError(f"{file.name} 不是可读的 JSON 文件，请检查内容和编码") from exc
    if not isinstance(context, dict):
        raise FeelError(f'{file.name} 应当是一个 JSON 对象，如 {{"金额": 300}}')
    return context


commands = [feel_command]
