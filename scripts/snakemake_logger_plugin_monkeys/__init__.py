"""The console of ``make run``, a logger plugin of Snakemake's: ``PYTHONPATH=scripts snakemake --logger monkeys``.

Snakemake finds it by its name on PYTHONPATH. What is shown, and how, is in ``monkeys.console``.
"""

import atexit
import logging
import os
import sys

from snakemake.logging import ColorizingTextHandler, DefaultFilter, DefaultFormatter
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from monkeys.console.run_console import RunConsole

# It was needed to find this module; jobs have paths of their own.
os.environ.pop("PYTHONPATH", None)


class LogHandler(LogHandlerBase):
    """Hands records to the console; those of a dry run to Snakemake's own handler, as nothing runs."""

    def __post_init__(self) -> None:
        settings = self.common_settings
        self._console: RunConsole | None = None
        if settings.dryrun:
            self._plain = ColorizingTextHandler(
                nocolor=settings.nocolor,
                stream=sys.stdout,
                formatter=DefaultFormatter(settings.quiet, settings.show_failed_logs),
            )
            self._filter = DefaultFilter(settings.quiet, settings.debug_dag, settings.verbose, True, settings.printshellcmds)
        else:
            self._console = RunConsole(live=sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb")
            atexit.register(self.close)

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record."""
        if self._console is None:
            # How many jobs there are is what a dry run is for: `make plan` reads it, with all else quiet.
            if getattr(record, "event", None) == LogEvent.RUN_INFO or self._filter.filter(record):
                self._plain.emit(record)
            return
        try:
            self._console.take(record)
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """The run is at its end."""
        if self._console is not None:
            self._console.close()
        super().close()

    writes_to_stream = property(lambda self: True)
    writes_to_file = property(lambda self: False)
    has_filter = property(lambda self: True)
    has_formatter = property(lambda self: True)
    needs_rulegraph = property(lambda self: False)
