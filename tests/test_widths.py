"""Output fits a terminal: no line is wider, and no digit is cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import strategies as st

from cgraph_cli.core.errors import columns_of
from cgraph_cli.core.wrapping import fold_array, wrap
from tests.command import run_here
from tests.conftest import EXAMPLES, explore
from tests.test_terminal import terminal

NETWORK = "h = tanh(X @ W1 + b1); z = h @ W2 + b2; loss = mean(logsumexp(z, axis=1) - z[:, 0])"
POINT = [
    "--X", "[[1, 0.5, -0.2], [-0.3, 0.8, 0.1], [0.6, -1.1, 0.9], [-0.7, -0.4, -1.2]]",
    "--W1", "[[0.1, 0.2, -0.1, 0.4, 0.3], [0.5, -0.3, 0.2, 0.1, -0.2], [-0.4, 0.3, 0.6, -0.5, 0.2]]",
    "--b1", "[0.01, 0.02, 0.03, 0.04, 0.05]",
    "--W2", "[[0.3, -0.2, 0.1], [0.2, 0.4, -0.3], [-0.5, 0.1, 0.2], [0.1, 0.3, -0.4], [0.2, -0.1, 0.5]]",
    "--b2", "zeros(3)",
]  # fmt: skip
NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")


@pytest.mark.parametrize("columns", [50, 60, 70, 80])
def test_matrices_fit_with_all_their_digits(columns: int) -> None:
    wide, narrow = (
        run_here(["eval", NETWORK, *POINT], env=env).stdout for env in ({}, {"COLUMNS": str(columns)})
    )  # fmt: skip
    assert max(map(columns_of, narrow.splitlines())) <= columns
    assert sorted(NUMBER.findall(narrow)) == sorted(NUMBER.findall(wide))


def test_the_lines_of_a_matrix_begin_in_one_column() -> None:
    lines = run_here(["eval", NETWORK, *POINT], env={"COLUMNS": "60"}).stdout.splitlines()
    (first,) = (at for at, line in enumerate(lines) if re.search(r"│ W2 .*\[\[ 0\.3", line))
    assert len({line.index(".") for line in lines[first : first + 5]}) == 1


@pytest.mark.parametrize("name", ["arm_matrices", "attention", "backprop_layers", "gaussian_process"])
def test_trees_of_arrays_fit(name: str) -> None:
    (file,) = (file for file in EXAMPLES if file.stem == name)
    text = run_here(["graph", str(file)], env={"COLUMNS": "80"}).stdout
    assert max(map(columns_of, text.splitlines())) <= 80


def test_a_tree_names_each_node_beside_its_array() -> None:
    text = run_here(["graph", NETWORK, *POINT], env={"COLUMNS": "80"}).stdout
    assert max(map(columns_of, text.splitlines())) <= 80
    for name in ("X", "W1", "b1", "W2", "b2"):
        assert len(re.findall(rf"─ {name} +\[[-\d[]", text)) == 2, name  # its value and its gradient


def test_what_a_check_says_fits() -> None:
    args = ["check", "a = b*c; assert a == 3", "--samples", "50", "--range", "b=0:1", "--range", "c=-1000:1000"]
    done = run_here(args, env={"COLUMNS": "60"})
    assert done.returncode == 1
    assert max(map(columns_of, done.stdout.splitlines())) <= 60


def test_errors_fit_a_terminal() -> None:
    shown = terminal(["eval", "a = 1, 2; b 3", "--color", "never"], 60)
    assert "between statements" in shown
    assert max(map(columns_of, re.sub("\x1b\\[[0-9;]*m", "", shown).splitlines())) <= 60


WORDS = st.lists(
    st.sampled_from(["a", "word", "`code with blanks`", "--x 1.5", "--over x=0:1", "longer-word,", "µ"]), min_size=1
)


@explore(50, 1000, WORDS, st.integers(20, 60))
def test_words_are_wrapped(words: list[str], width: int) -> None:
    """Every line fits, breaks stand between words, and nothing else changes."""
    lines = wrap(" ".join(words), width, 2).split("\n")
    assert all(columns_of(line) <= width for line in lines)
    assert " ".join([lines[0], *(line.removeprefix("  ") for line in lines[1:])]) == " ".join(words)
    assert all(line.count("`") % 2 == 0 for line in lines)


@explore(50, 1000, st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=8), st.integers(30, 70))
def test_arrays_are_folded_between_numbers(numbers: list[float], room: int) -> None:
    folded = fold_array(str(numbers), room)
    assert all(len(line) <= room for line in folded.split("\n"))
    assert [float(x) for x in folded.strip("[]").split(",")] == numbers


def test_notes_on_stderr_break_between_words() -> None:
    command = ["eval", "y = norm(x, 2)", "--x", "[3, 4]", "--get", "value"]
    (note,) = run_here(command).stderr.splitlines()
    assert note.endswith("for the norm of that order, write `norm(x)`")
    shown = terminal(command, columns=50).splitlines()
    said = shown[next(at for at, line in enumerate(shown) if line.startswith("note: ")) :]
    assert (len(said) > 1, max(map(columns_of, said)) <= 50) == (True, True)
    assert " ".join(line.strip() for line in said) == note
