# SPDX-License-Identifier: LGPL-2.1-or-later
"""One HTTP request that appends to a file what is still missing of it."""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from .files import storage_errors

_CHUNK = 1 << 16  # bytes read at a time
_BUSY = (408, 425, 429, 500, 502, 503, 504)  # HTTP answers that may be better in a moment


class TransientError(Exception):
    """A failure that may be gone at the next attempt."""


class PermanentError(Exception):
    """A failure that repeats."""


def _opener() -> urllib.request.OpenerDirector:
    """Returns an opener for http and https alone (no file:, no ftp:) that honours proxies."""
    opener = urllib.request.OpenerDirector()
    for handler in (urllib.request.ProxyHandler(), urllib.request.UnknownHandler(),
                    urllib.request.HTTPHandler(), urllib.request.HTTPSHandler(),
                    urllib.request.HTTPRedirectHandler(),
                    urllib.request.HTTPDefaultErrorHandler(),
                    urllib.request.HTTPErrorProcessor()):
        opener.add_handler(handler)
    return opener


def transfer(url: str, part: Path, limit: int, timeout: float,
             report: Callable[[int], None]) -> None:
    """Appends to `part` the bytes of `url` that follow what `part` holds.

    A server that cannot continue sends all, and `part` starts anew.

    `limit` is how many bytes the whole file has at most, `timeout` how many seconds without a byte
    break the transfer; `report` is told how many bytes are here, again and again. Raises TransientError or
    PermanentError, what came being kept in `part`, or StorageError where `part` cannot be written.
    """
    offset = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "gst-pose-models/1", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    try:
        request = urllib.request.Request(url, headers=headers)
        with _opener().open(request, timeout=timeout) as answer:
            start = _first_byte(answer, offset, part)
            _copy(answer, part, start, limit, report)
    except urllib.error.HTTPError as error:
        _explain(error, offset, part)
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise TransientError(f"no answer within {timeout:g} s") from error
        raise PermanentError(f"cannot be reached ({error.reason})") from error
    except (http.client.HTTPException, OSError) as error:
        raise _broken(error) from error


def _broken(error: Exception) -> TransientError:
    """Says why a connection ended."""
    if isinstance(error, TimeoutError):
        return TransientError("the server went silent")
    return TransientError(f"the connection broke ({error or type(error).__name__})")


def _explain(error: urllib.error.HTTPError, offset: int, part: Path) -> None:
    """Raises what an HTTP error means."""
    error.close()
    if error.code == 416:
        part.unlink(missing_ok=True)
        raise TransientError(f"the server's file ends before byte {offset}, so what was here was wrong")
    kind = TransientError if error.code in _BUSY else PermanentError
    raise kind(f"HTTP {error.code} {error.reason}")


def _first_byte(answer: http.client.HTTPResponse, offset: int, part: Path) -> int:
    """Returns at which byte of the file `answer` begins: `offset` or 0."""
    if answer.status == 200:
        return 0
    found = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    if answer.status == 206 and found and int(found.group(1)) == offset:
        return offset
    part.unlink(missing_ok=True)
    raise TransientError(f"asked for bytes from {offset}, got HTTP {answer.status} "
                  f"'{answer.headers.get('Content-Range', '')}'")


def _read(answer: http.client.HTTPResponse) -> bytes:
    """Returns the next bytes of the answer, none at its end."""
    try:
        return answer.read1(_CHUNK)
    except (http.client.HTTPException, OSError) as error:
        raise _broken(error) from error


def _copy(answer: http.client.HTTPResponse, part: Path, start: int, limit: int,
          report: Callable[[int], None]) -> None:
    """Appends the answer to `part`, whose first `start` bytes are kept."""
    declared = answer.headers.get("Content-Length")
    end = start + int(declared) if declared and declared.isdigit() else None
    count = start
    with storage_errors(part.name, part.parent), open(part, "ab") as out:
        out.truncate(start)
        while chunk := _read(answer):
            if count + len(chunk) > limit:
                raise PermanentError(f"sends more than the {limit} bytes that the file may have")
            out.write(chunk)
            out.flush()  # so that a full disk shows here and what came is never lost
            count += len(chunk)
            report(count)
    if end is not None and count < end:
        raise TransientError(f"the connection broke after {count} of {end} bytes")
