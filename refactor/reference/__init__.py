"""The reference pages of docs/, made from the declarations: `python -m refactor.reference docs` writes them.

The one place that looks at every package; the commands never import it.
"""
