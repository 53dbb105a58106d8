"""``__all__`` of every module says what is public, in order, and nothing that is not there."""

import ast
from pathlib import Path

import pytest

import speechlstm

PACKAGE = Path(__file__).parents[1] / "speechlstm"
MODULES = sorted(PACKAGE.rglob("*.py"))


def order(name: str) -> tuple[bool, bool, str]:
    """Constants, classes, functions; each by name."""
    return not name.isupper(), not name[0].isupper(), name


def all_of(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "__all__" for t in node.targets):
            return list(ast.literal_eval(node.value))
    return None


def defined(tree: ast.Module) -> set[str]:
    """Public classes and functions that the module itself defines; a group's commands are its own affair."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in tree.body if isinstance(node, kinds) and not is_sub_command(node)]
    return {node.name for node in nodes if not node.name.startswith("_")}


def is_sub_command(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function is decorated as ``@group.command(...)``."""
    called = [decorator.func for decorator in node.decorator_list if isinstance(decorator, ast.Call)]
    return any(
        isinstance(f, ast.Attribute) and f.attr == "command" and getattr(f.value, "id", "") != "click"
        for f in called
    )


def bound(tree: ast.Module) -> set[str]:
    """Names that the module binds at its top, imports included."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names | defined(tree)


def test_there_are_modules() -> None:
    assert len(MODULES) > 20


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_names(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = all_of(tree)
    if names is None:
        assert not defined(tree), f"{path.name} defines public names and has no __all__"
        return
    assert names == sorted(names, key=order)
    assert len(names) == len(set(names))
    assert defined(tree) - set(names) == set(), "public, and not in __all__"
    assert set(names) - bound(tree) == set(), "in __all__, and not there"


def test_every_name_of_the_package_is_there() -> None:
    assert speechlstm.__all__ == sorted(speechlstm.__all__)
    for name in speechlstm.__all__:
        assert getattr(speechlstm, name).__name__ == name if name != "Event" else speechlstm.Event
    with pytest.raises(AttributeError, match="module 'speechlstm' has no attribute 'Recogniser'"):
        speechlstm.Recogniser  # noqa: B018


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_assert_and_no_silent_except(path: Path) -> None:
    """An ``except`` that does nothing says why, beside its ``pass``."""
    text = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        assert not isinstance(node, ast.Assert), f"{path.name}:{node.lineno}: assert is for tests"
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"{path.name}:{node.lineno}: a bare except"
            does_nothing = all(isinstance(line, ast.Pass) for line in node.body)
            explained = "#" in text.splitlines()[node.body[0].lineno - 1]
            assert explained or not does_nothing, f"{path.name}:{node.lineno}: a silent except"
