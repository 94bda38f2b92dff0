"""Names of derivatives in programs, files and emitted code."""

from __future__ import annotations


def name_derivative(of: str, *wrt: str) -> str:
    """Name a derivative by its output and its variables: `de_da`, `d2e_da_db`, `d2e_da2`."""
    words = ""
    for variable in dict.fromkeys(wrt):
        times = wrt.count(variable)
        words += f"_d{variable}{times if times > 1 else ''}"
    return f"d{len(wrt) if len(wrt) > 1 else ''}{of}{words}"
