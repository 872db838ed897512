# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can go wrong. Each kind of failure has one exit code, listed by --help."""

EXIT_CODES = {
    0: "done",
    1: "it could not be done for the reason given",
    2: "wrong usage",
    3: "the network's licence has to be accepted first",
    4: "no source could be reached, or none served the right file",
    5: "a file that is installed or was just made is not what it should be",
    6: "the disk is full or the folder cannot be written",
    7: "a program or package is missing",
    130: "interrupted",
}


class FetchError(Exception):
    """A failure told to the user in one message: the thing, what was expected, what was found."""

    exit_code = 1


class UsageError(FetchError):
    """The command line asks for something that does not exist."""

    exit_code = 2


class LicenceError(FetchError):
    """A licence has to be accepted first."""

    exit_code = 3


class DownloadError(FetchError):
    """A file could not be had from any of its sources."""

    exit_code = 4


class IntegrityError(FetchError):
    """A file is not what its checksum says."""

    exit_code = 5


class ConversionError(IntegrityError):
    """A network holds something that its converter does not know, or is damaged."""


class StorageError(FetchError):
    """The disk is full or the folder cannot be written."""

    exit_code = 6


class MissingToolError(FetchError):
    """A program or a Python package is not installed."""

    exit_code = 7
