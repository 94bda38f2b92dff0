"""Print, as constraints for pip, the lowest version of each dependency that pyproject.toml allows and the index has.

The argument is the Python that they are for.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EXTRAS = ("data", "pictures", "plot", "repl")


def key(version: str) -> tuple[int, ...]:
    """The parts of a version, without the zeros at its end."""
    return tuple(map(int, re.sub(r"(\.0)+$", "", version).split(".")))


def lowest(name: str, bound: str) -> str:
    """The lowest version from a bound up."""
    command = [sys.argv[1], "-m", "pip", "index", "versions", "--disable-pip-version-check", name]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    versions = re.findall(r"[\d.]+(?=,|$)", re.findall(r"^Available versions: (.*)$", listing, re.M)[0])
    return min((version for version in versions if key(version) >= key(bound)), key=key)


project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
extras = project["optional-dependencies"]
requirements = [*project["dependencies"], *(each for extra in EXTRAS for each in extras[extra])]
for name, bound in sorted(set(re.findall(r"^([\w.-]+)>=([\d.]+)", "\n".join(requirements), re.M))):
    print(f"{name}=={lowest(name, bound)}")
