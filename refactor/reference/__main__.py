"""Writes the pages into the directory that the command line names."""

import sys
from pathlib import Path

from refactor.reference.pages import write_pages

write_pages(Path(sys.argv[1]))
