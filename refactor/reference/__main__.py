"""Writes the pages into the directory that the command line names."""

import argparse
from pathlib import Path

from refactor.reference.pages import write_pages

parser = argparse.ArgumentParser(prog="python -m refactor.reference", description=__doc__)
parser.add_argument("directory", type=Path, help="where the pages are, `docs` in this repository")
write_pages(parser.parse_args().directory)
