"""The exit statuses of `pipeline`; those of signals are in `pipeline.running.stopping`."""

EXIT_OK = 0
EXIT_UNFINISHED = 1
EXIT_ERROR = 2
