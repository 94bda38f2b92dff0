"""Print the lowest version that pyproject.toml allows of each dependency, as constraints for pip."""

from __future__ import annotations

import re
from pathlib import Path

try:
    import tomllib
except ModuleNotFoundError:
    import tomli as tomllib

project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
extras = project["optional-dependencies"]
for requirement in [*project["dependencies"], *(each for name in ("pictures", "plot", "repl") for each in extras[name])]:
    name, lowest = re.findall(r"^([\w.-]+)>=([\d.]+)", requirement)[0]
    print(f"{name}=={lowest}")
