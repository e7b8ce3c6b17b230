"""`refactor report`: one HTML file with the progress, the graph, the diffs and the evidence that reviewers ask for."""
