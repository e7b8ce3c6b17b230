"""The tests. What stands here holds for all of them."""

import os
import sys

# A run starts hundreds of processes, each of which would compile all that it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
