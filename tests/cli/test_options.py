"""What several commands make of the same option."""

import click
import pytest
from click.testing import CliRunner

from speechlstm.cli.main import cli
from speechlstm.cli.options import comma_separated

NAMED = {
    "transcribe": ("columns",),
    "listen": ("columns",),
    "forecast": ("columns",),
    "evaluate": ("words",),
    "new-recipe": ("columns", "forecast"),
}


@pytest.mark.parametrize(("command", "name"), [(c, name) for c, names in NAMED.items() for name in names])
def test_names_between_commas_are_read_in_one_way(command: str, name: str) -> None:
    found = cli.get_command(click.Context(cli), command)
    assert found is not None
    (option,) = (param for param in found.params if param.name == name)
    context = click.Context(found)
    assert option.callback is comma_separated
    assert option.process_value(context, " a, b c,,d,") == ("a", "b c", "d")
    assert option.process_value(context, None) is None
    with pytest.raises(click.BadParameter, match="' ,' names nothing; write names with commas between"):
        option.process_value(context, " ,")


def test_a_number_without_bounds_has_none_in_its_help() -> None:
    told = CliRunner().invoke(cli, ["calibrate", "-h"]).stdout
    assert "--blank-penalty NATS" in told
    assert "None]" not in told
    result = CliRunner().invoke(cli, ["calibrate", "words-en", "nowhere", "--blank-penalty", "nan"])
    assert (result.exit_code, "'--blank-penalty': nan is no finite number" in result.stderr) == (2, True)


def test_a_comma_too_many_is_no_word() -> None:
    result = CliRunner().invoke(cli, ["evaluate", "words-en", "nowhere", "--words", ","])
    assert result.exit_code == 2
    assert "Invalid value for '--words': ',' names nothing" in result.stderr
