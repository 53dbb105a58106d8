import click
import pytest
from click.testing import CliRunner

from speechlstm.cli.command_line import command_line
from speechlstm.cli.options import comma_separated


@click.command()
@click.argument("place")
@click.option("--words", callback=comma_separated)
@click.option("--speaker", multiple=True)
@click.option("--json", is_flag=True)
@click.option("--limit", type=int, default=3)
@click.pass_context
def told(context: click.Context, **options: object) -> None:
    click.echo(command_line(context))


@pytest.mark.parametrize(
    "typed",
    [
        ["a"],
        ["'a b'", "--words", "yes,no", "--json"],
        ["a", "--speaker", "ann", "--speaker", "bob", "--limit", "3"],
    ],
)
def test_what_was_typed_is_told_as_it_was_typed(typed: list[str]) -> None:
    given = [word.strip("'") for word in typed]
    assert CliRunner().invoke(told, given).stdout == f"told {' '.join(typed)}\n"
