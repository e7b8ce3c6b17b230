"""The pages: rendered here, with the kit of the run report, usable without scripts."""
