"""What was typed."""

import shlex

import click
from click.core import ParameterSource

__all__ = ["command_line"]


def command_line(context: click.Context) -> str:
    """The command that runs, with the options that were given, as one would type it.

    Args:
        context: Of the command.
    """
    words: list[str] = []
    for parameter in context.command.get_params(context):
        name = parameter.name or ""
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            given = context.params[name]
            for value in given if parameter.multiple else [given]:
                words += _typed(parameter, value)
    return shlex.join([*context.command_path.split(), *words])


def _typed(parameter: click.Parameter, value: object) -> list[str]:
    if isinstance(parameter, click.Argument):
        return [str(value)]
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return [parameter.opts[-1]] if value else []
    # a list that was typed with commas
    text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return [parameter.opts[-1], text]
