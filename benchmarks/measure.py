"""Measurements: whole processes in turn, and functions by the median of some runs."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import NamedTuple


class Run(NamedTuple):
    """One run of a process: seconds by the clock and of processor time, its peak of memory in MiB, and the seconds
    until its first output.
    """

    wall: float
    cpu: float
    memory: float
    first: float


ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
}


def run(command: Sequence[str]) -> Run:
    """Run a command, and discard its output. Raises `RuntimeError` where it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)
    assert process.stdout is not None
    assert process.stderr is not None
    first = 0.0
    while os.read(process.stdout.fileno(), 1 << 20):
        first = first or time.perf_counter() - start
    trouble = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    process.stderr.close()
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} exited with {process.returncode}: {trouble.decode()[-500:]}")
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, first)


def in_turn(commands: Mapping[str, Sequence[str]], runs: int, warm_up: int = 1) -> dict[str, Run]:
    """Measure the medians of some runs of each command, in turn: a machine that slows down slows all alike."""
    found: dict[str, list[Run]] = {name: [] for name in commands}
    for at in range(warm_up + runs):
        for name, command in commands.items():
            measured = run(command)
            if at >= warm_up:
                found[name].append(measured)
    return {name: Run(*map(median, zip(*measured, strict=True))) for name, measured in found.items()}


def seconds(function: Callable[[], object], runs: int = 3) -> float:
    """Measure the median of the processor time of some calls."""
    found = []
    for _ in range(runs):
        start = time.process_time()
        function()
        found.append(time.process_time() - start)
    return median(found)


def machine() -> str:
    """Describe the machine in a line."""
    processor = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:
            names = [line.partition(":")[2].strip() for line in stream if line.startswith("model name")]
        processor = names[0] if names else processor
    except OSError:
        pass
    version = ".".join(map(str, sys.version_info[:3]))
    return f"{processor}, {os.cpu_count()} cores, {platform.system()}, Python {version}"
