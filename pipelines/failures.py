"""Hub errors as Dagster failures that nothing retries, with safe text only.

Whatever else escapes carries values of people or rows in its text (drivers, vendors): only its class is
passed on, and the chain is cut, since Dagster prints causes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from hub.errors import HubError


@contextmanager
def as_failure() -> Iterator[None]:
    """Turn any error inside into one dagster.Failure with allow_retries=False."""
    failure: dg.Failure | None = None
    try:
        yield
    except HubError as error:
        failure = dg.Failure(f"{error.code}: {error.sentence}", allow_retries=False)
    except Exception as error:  # the text of a foreign error may hold personal data: only its class leaves
        failure = dg.Failure(f"internal: {type(error).__name__}; see the hub's own log", allow_retries=False)
    if failure is not None:
        raise failure from None
