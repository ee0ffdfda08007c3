"""The command line as a user runs it, in a process of its own."""

import subprocess
import sys


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """`wellhead …` with its output; at most four minutes."""
    command = [sys.executable, "-c", "from wellhead.cli.app import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
