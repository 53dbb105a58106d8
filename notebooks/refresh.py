"""Runs the notebooks and writes into them what they show.

    python notebooks/refresh.py                             all of them
    python notebooks/refresh.py 01-hear-a-model             one
    python notebooks/refresh.py --quick -o FOLDER           with small settings, into another folder

Outputs are committed, so that a code host shows them. Run it when a model that ships, or its card, or a
notebook has changed; which models it ran with is kept in its metadata. A notebook's settings are in its cell
with the tag ``parameters``; what ``--quick`` sets in their place is in its metadata, as
``{"speechlstm": {"quick": {NAME: VALUE}}}``.

Needs: pip install -e '.[notebooks]'
"""

import argparse
import hashlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

HERE = Path(__file__).parent
MODELS = HERE.parent / "models"
# of a cell; a busy machine takes its time
TIMEOUT_S = 1800


def main() -> int:
    """Run what was asked for; 1 if one of them failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="*", help="notebooks; all if none is given")
    parser.add_argument("--quick", action="store_true", help="with small settings; needs -o")
    parser.add_argument("-o", "--output", type=Path, default=HERE, help="folder that they are written to")
    arguments = parser.parse_args()
    if arguments.quick and arguments.output.resolve() == HERE.resolve():
        parser.error("--quick would replace the outputs that are read; give another folder with -o")
    paths = [HERE / f"{Path(name).stem}.ipynb" for name in arguments.name] or sorted(HERE.glob("*.ipynb"))
    missing = [path.name for path in paths if not path.exists()]
    if missing:
        parser.error(f"no notebook {', '.join(missing)} in {HERE}")
    arguments.output.mkdir(parents=True, exist_ok=True)
    return max(refresh(path, arguments.output / path.name, quick=arguments.quick) for path in paths)


def refresh(path: Path, output: Path, *, quick: bool) -> int:
    """Run one; 1 if a cell of it failed, which leaves ``output`` as it was."""
    notebook = nbformat.read(path, as_version=4)
    if quick:
        set_parameters(notebook)
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT_S,
        record_timing=False,
        coalesce_streams=True,
        # what libraries written in C say to their own developers goes to the terminal
        extra_arguments=["--IPKernelApp.capture_fd_output=False"],
        resources={"metadata": {"path": str(HERE)}},
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError) as error:
        print(f"{path.name}: {error}", file=sys.stderr)
        return 1
    notebook.metadata.language_info = {"name": "python"}
    notebook.metadata.setdefault("speechlstm", {})["models"] = models_of(notebook)
    nbformat.write(notebook, output)
    print(f"{output}: {output.stat().st_size // 1000} kB")
    return 0


def models_of(notebook: Any) -> dict[str, str]:
    """The models that a notebook names, each with a hash of all that it is made of."""
    code = "".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    files = [file for file in sorted(MODELS.glob("*/bundle.json")) if f'"{file.parent.name}"' in code]
    return {file.parent.name: hashlib.sha256(file.read_bytes()).hexdigest()[:16] for file in files}


def set_parameters(notebook: Any) -> None:
    """Add a cell with the quick settings behind the one that they replace, as papermill does."""
    settings = notebook.metadata.get("speechlstm", {}).get("quick", {})
    if not settings:
        return
    places = [i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", ())]
    source = "\n".join(f"{name} = {value!r}" for name, value in settings.items())
    notebook.cells.insert(places[0] + 1, nbformat.v4.new_code_cell(source))


if __name__ == "__main__":
    # whoever runs it may have settings of IPython of their own, which would show
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IPYTHONDIR"] = folder
        sys.exit(main())
