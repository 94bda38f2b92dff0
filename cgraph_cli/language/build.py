"""The builder: what each rule of the grammar does to the graph.

The parser calls one method for each rule as it recognises it, innermost first, with nodes for the parts that
are expressions and tokens for the rest. No tree is kept.
"""

from __future__ import annotations

import re
from math import inf
from typing import cast

from cgraph_cli.core.errors import InputError, ProgramError, Source, Span, did_you_mean, name_list
from cgraph_cli.core.graph import CONSTANT, DEFAULT_MAX_NODES, INPUT, Assertion, Graph
from cgraph_cli.core.primitives import CONSTANTS, function, function_names
from cgraph_cli.language.array_rules import INDEX, ArrayRules, Keyword
from cgraph_cli.language.numbers import does_hold, no_double
from cgraph_cli.language.scopes import Body, Function, PlacedWord

OPERATORS = {"**": "^", "×": "*", "·": "*", "÷": "/", "−": "-"}
"""Other ways to write an operator."""


POWERS = {"²": 2.0, "³": 3.0}

KEYWORDS = frozenset({"and", "or", "not", "assert", "within", "const"})


class Builder(ArrayRules):
    """Builds one graph at a time: `begin`, then one call for each rule, then `finish`."""

    def begin(self, source: Source, max_nodes: int = DEFAULT_MAX_NODES) -> None:
        """Start on a new program."""
        self.source = source
        self.program = Graph(source, max_nodes)
        self.graph = self.program
        self.functions: dict[str, Function] = {}
        self.open_function: Function | None = None
        self.open_assertion: Assertion | None = None
        self.scopes: list[Body] = []
        self.loops: dict[int, list[tuple[str, int]]] = {}
        if "for" in source.text:
            from cgraph_cli.language.loops import find_loops

            self.loops = find_loops(source.text)
        self.sizes: dict[str, int] = {}
        self.statement_start = 0

    def finish(self) -> Graph:
        """The finished graph. Raises `ProgramError` for a program without a value."""
        graph = self.program
        if graph.output < 0:
            starts = [*(f.offset for f in self.functions.values()), *(a.offset for a in graph.assertions)]
            if not starts:
                place = Span(self.source, 0, 0)
                raise ProgramError("the program is empty", [place], "write an expression, such as `c = a + b`")
            what = "defines functions but computes" if self.functions else "asserts but computes"
            example = "a + b"
            if self.functions:
                last = next(reversed(self.functions.values()))
                example = f"{last.name}({', '.join(last.body.names[node] or '' for node in last.parameters)})"
            raise ProgramError(
                f"the program {what} nothing",
                [self._word(max(starts))],
                f"add the expression that you want, such as `{example}`",
            )
        return graph

    # Statements

    def assign(self, token: PlacedWord, value: int) -> None:
        """`c = a + b`, and `a = 3`, an input with a default."""
        name, offset, graph = self._new_name(token), token.start_pos or 0, self.program
        alone = value == self.statement_start and len(graph) == value + 1
        if value in graph.details and (default := self._literal(value)):
            graph.truncate(self.statement_start)
            value = graph.append(INPUT, (), offset)
            graph.details[value] = default
        elif alone and graph.operations[value] == CONSTANT and graph.spellings.get(value) not in CONSTANTS:
            graph.operations[value] = INPUT
            graph.spellings.pop(value, None)
        elif graph.names[value] is not None or graph.operations[value] == CONSTANT:
            value = graph.append("identity", (value,), graph.offsets[value])
        graph.name(value, name, offset)
        self._statement(value)

    def assign_uncertain(self, token: PlacedWord, text: PlacedWord) -> None:
        """`L = 1.000 ± 0.002`, an input whose default has an uncertainty."""
        from cgraph_cli.language.uncertainties import read_uncertain

        name, graph = self._new_name(token), self.program
        try:
            number = read_uncertain(str(text), name)
        except InputError as error:
            wrong = error.diagnostic
            raise ProgramError(wrong.message, [self._span(text)], wrong.help) from None
        node = graph.append_input(name, text.start_pos or 0, number)
        graph.definitions[node] = token.start_pos or 0
        self._statement(node)

    def assign_constant(self, token: PlacedWord, value: int) -> None:
        """`const R = 8.314`, a constant with a name, and `const k = 2*pi`, which is computed from constants alone."""
        name, offset, graph = self._new_name(token), token.start_pos or 0, self.program
        self._check_constant(token, value)
        if graph.names[value] is not None:
            value = graph.append("identity", (value,), graph.offsets[value])
        graph.name(value, name, offset)
        graph.constants.add(name)
        self._statement(value)

    def define(self, function: Function, result: int) -> None:
        """`f(x, y) = x*sin(y)`."""
        function.result = result
        self.functions[function.name] = function
        self.program.spent += len(function.body)
        self.scopes.pop()
        self.graph, self.open_function = self.program, None
        self.statement_start = len(self.program)

    def header(self, token: PlacedWord, *parameters: PlacedWord) -> Function:
        """`f(x, y) =`: the names up to the body belong to the function."""
        name = self._name(token)
        known = self.functions.get(name)
        if known is not None:
            raise ProgramError(
                f"the function `{name}` is defined twice",
                [self._span(token), self._word(known.offset, "first defined here")],
                "give one of them another name",
            )
        if name in function_names() or name == "grad":
            shown = "" if name == "grad" else f"; `cgraph functions {name}` shows the one there is"
            raise ProgramError(
                f"`{name}` is a function of the language and cannot be defined again",
                [self._span(token)],
                f"choose another name{shown}",
            )
        body = self._side_graph()
        opened = Function(name, token.start_pos or 0, body)
        for parameter in parameters:
            word = self._name(parameter)
            if word in CONSTANTS or word in body.nodes:
                what = f"a second parameter of `{name}`"
                if word in CONSTANTS:
                    what = "a constant of the language and cannot be a parameter"
                raise ProgramError(f"`{word}` is {what}", [self._span(parameter)], "choose another name")
            opened.parameters.append(body.append_input(word, parameter.start_pos or 0))
        self.graph, self.open_function = body, opened
        self.scopes.append(opened)
        return opened

    def show(self, value: int) -> None:
        """A bare expression."""
        graph = self.program
        if graph.operations[value] == CONSTANT and graph.names[value] is None:
            value = graph.append("identity", (value,), graph.offsets[value])
        graph.outputs.append(value)
        self._statement(value)

    def opening(self, token: PlacedWord) -> Assertion:
        """`assert`: the expression up to the end of the statement is a condition and no part of the graph."""
        self.open_assertion = Assertion(self._side_graph(), token.start_pos or 0)
        self.graph = self.open_assertion.graph
        return self.open_assertion

    def check(self, assertion: Assertion, condition: int, tolerance: PlacedWord | None = None) -> None:
        """`assert e == 8 within 1e-9`."""
        assertion.graph.output = condition
        assertion.tolerance = None if tolerance is None else self._number(tolerance)
        self.program.assertions.append(assertion)
        self.program.spent += len(assertion.graph)
        self.graph, self.open_assertion = self.program, None
        self.statement_start = len(self.program)

    def _statement(self, value: int) -> None:
        self.program.output = value
        self.statement_start = len(self.program)

    # Expressions

    def number(self, token: PlacedWord) -> int:
        """A literal."""
        return self.graph.append_constant(self._number(token), token.start_pos or 0, str(token))

    def name(self, token: PlacedWord) -> int:
        """A value: a constant, a parameter, a node, or else an input that is seen for the first time."""
        name, offset = self._name(token), token.start_pos or 0
        if name in CONSTANTS:
            return self.graph.append_constant(CONSTANTS[name], offset, name)
        if self.scopes:
            for depth in range(len(self.scopes), 0, -1):
                found = self.scopes[depth - 1].body.nodes.get(name)
                if found is not None:
                    return self._carry(found, name, offset, depth)
        node = self.program.nodes.get(name)
        if node is None:
            if name in self.sizes:
                return self._size_letter(name, offset)
            node = self.program.append_input(name, offset)
        return node if self.graph is self.program else self._reference(node, offset)

    def call(self, token: PlacedWord, *given: int | Keyword) -> int:
        """`sin(x)`, or a function of the program, whose body is inlined."""
        name, offset = self._name(token), token.start_pos or 0
        arguments = cast("tuple[int, ...]", given)
        if Keyword in map(type, given):
            if name not in self.functions and (result := self._structural_call(token, given)) is not None:
                return result
            raise self._no_keyword(name, given)
        defined = self.functions.get(name)
        if defined is not None:
            parameters = [defined.body.names[parameter] or "" for parameter in defined.parameters]
            self._check_arguments(token, name, arguments, parameters)
            self.graph.reserve(len(defined.body) + len(arguments), offset)
            if defined.body.gradients:  # which tell a parameter from the node that stands for it, or for two of them
                arguments = tuple(self.graph.append("identity", (argument,), offset) for argument in arguments)
                if defined.captured and self.open_assertion is not None:
                    raise self._gradient_in_assertion(token, defined)
            meant = dict(zip(defined.parameters, arguments, strict=True))
            for node, reference in defined.captured.items():
                meant[reference] = node if self.graph is self.program else self._reference(node, offset)
            return self.graph.inline(defined.body, meant)[defined.result]
        if name == "grad":
            return self._gradient(token, arguments)
        primitive = function(name)
        if primitive is None:
            if (result := self._structural_call(token, arguments)) is not None:
                return result
            raise self._unknown_function(name, token)
        if not primitive.takes(len(arguments)):
            from cgraph_cli.language.characters import call_of

            help = f"write `{call_of(primitive)}`"
            if primitive.name == "log" and len(arguments) == 2:
                help = f"write `{self._logarithm(offset)}`"
            raise self._wrong_number(token, name, primitive.arity, len(arguments), help)
        missing = len(primitive.parameters) - len(arguments)
        if missing > 0 and not primitive.variadic:
            arguments += tuple(self.graph.append_constant(d, offset) for d in primitive.defaults[-missing:])
        return self.graph.append(primitive.name, arguments, offset)

    def binary(self, left: int, token: PlacedWord, right: int) -> int:
        """`a + b`."""
        text = str(token)
        return self.graph.append(OPERATORS.get(text, text), (left, right), token.start_pos or 0)

    def prefix(self, token: PlacedWord, operand: int) -> int:
        """`-a`, `+a`, `not a`. A minus before a literal is part of the literal."""
        text, offset, graph = str(token), token.start_pos or 0, self.graph
        if text == "not":
            return graph.append("not", (operand,), offset)
        if text == "+":
            return operand
        number = graph.numbers[operand]
        literal = graph.operations[operand] == CONSTANT and graph.spellings.get(operand) not in CONSTANTS
        if literal and number is not None and operand == len(graph) - 1 and graph.names[operand] is None:
            spelling = graph.spellings.get(operand)
            graph.numbers[operand] = -number
            graph.offsets[operand] = graph.definitions[operand] = offset
            if spelling:
                graph.spellings[operand] = spelling[1:] if spelling.startswith("-") else f"-{spelling}"
            return operand
        return graph.append("neg", (operand,), offset)

    def raise_to(self, base: int, token: PlacedWord) -> int:
        """`x²`."""
        offset = token.start_pos or 0
        exponent = self.graph.append_constant(POWERS[str(token)], offset)
        return self.graph.append("^", (base, exponent), offset)

    def chain(self, first: int, token: PlacedWord, second: int, again: PlacedWord, third: int) -> int:
        """`a < b < c`, which is `a < b and b < c` with one `b`."""
        return self.chain_on(self.binary(first, token, second), again, third)

    def chain_on(self, chain: int, token: PlacedWord, right: int) -> int:
        """One more comparison at the end of a chain."""
        graph, last = self.graph, chain
        if graph.operations[last] == "and":
            last = graph.operands_of(last)[1]
        comparison = self.binary(graph.operands_of(last)[1], token, right)
        return graph.append("and", (chain, comparison), token.start_pos or 0)

    # Helpers

    def _reference(self, node: int, offset: int) -> int:
        """What stands for a node of the program in the function, the loops or the assertion that are open."""
        name = self.program.names[node] or ""
        if self.open_assertion is not None:
            reference = self.open_assertion.graph.append_input(name, offset)
            self.open_assertion.bindings[reference] = (node,)
            self.statement_start = len(self.program)
            node = reference
        return self._carry(node, name, offset, 0)

    def _carry(self, node: int, name: str, offset: int, depth: int) -> int:
        """What stands for a node of the scope at a depth in the innermost one."""
        for scope in self.scopes[depth:]:
            node = scope.capture(node, name, offset)
        return node

    def _number(self, token: PlacedWord) -> float:
        """A literal's double."""
        number = float(str(token))
        if not 0 < number < inf and not does_hold(str(token), number):
            what, help = no_double(str(token), number)
            raise ProgramError(what, [self._span(token)], help)
        return number

    def _new_name(self, token: PlacedWord) -> str:
        """The name that a statement gives, which has to be free."""
        name = self._name(token)
        if name in CONSTANTS:
            raise ProgramError(
                f"`{name}` is a constant of the language and cannot be assigned",
                [self._span(token)],
                "choose another name",
            )
        if name in self.program.nodes:
            raise self._assigned_before(name, token)
        if name in self.sizes:
            raise self._is_size(name, token)
        return name

    def _check_constant(self, token: PlacedWord, value: int) -> None:
        """Raise `ProgramError` unless a statement is computed from constants alone."""
        graph, known = self.program, self.program.constant_nodes()
        pending, seen = [value], {value}
        while pending:
            node = pending.pop()
            if node in known or graph.operations[node] == CONSTANT:
                continue
            if node < self.statement_start or graph.operations[node] == INPUT:
                name, constant = graph.names[node] or "", self._name(token)
                raise ProgramError(
                    f"`{constant}` cannot be a constant, as `{name}` is none",
                    [self._span(token), self._word(graph.definitions[node])],
                    f"write `{constant} = …` without `const`, or make `{name}` a constant with `const {name} = …`",
                )
            operands = {*graph.operands_of(node)}.difference(seen)
            seen.update(operands)
            pending += operands

    def _side_graph(self) -> Graph:
        """A graph beside the program's that counts against the same bound."""
        side = Graph(self.source, self.program.max_nodes)
        side.spent = self.program.spent + len(self.program)
        return side

    def _span(self, token: PlacedWord) -> Span:
        start = token.start_pos or 0
        return Span(self.source, start, start + len(str(token)))

    def _word(self, offset: int, note: str = "") -> Span:
        """The word that starts at an offset."""
        word = re.compile(r"\w+").match(self.source.text, offset)
        return Span(self.source, offset, word.end() if word else offset + 1, note)

    def _name(self, token: PlacedWord) -> str:
        name = str(token)
        if name in KEYWORDS:  # the lexer reads a keyword as a name where only a name fits
            raise ProgramError(
                f"`{name}` is a word of the language and cannot be a name",
                [self._span(token)],
                "put it in parentheses with what it negates: `(not a)`" if name == "not" else "choose another name",
            )
        if name.isascii():
            return name
        from unicodedata import normalize

        for position, character in enumerate(name):
            if not (character if position == 0 else f"a{character}").isidentifier():
                from cgraph_cli.language.characters import illegal_character

                start = (token.start_pos or 0) + position
                raise illegal_character(self.source, start)
        return normalize("NFKC", name)

    def _gradient(self, token: PlacedWord, arguments: tuple[int, ...]) -> int:
        """`grad(y, x)`: a node of its own, or in an assertion a reference to a gradient of the program."""
        self._check_arguments(token, "grad", arguments, ["y", "x"])
        graph = self.graph
        of, wrt = arguments
        if (constant := graph.names[wrt]) in self.program.constants and wrt not in self._parameters():
            raise ProgramError(
                f"`{constant}` is a constant, and nothing is differentiated with respect to one",
                [self._span(token)],
                f"leave `const` out of its statement, so that `{constant}` is an input",
            )
        if self.open_assertion is None:
            if graph.names[wrt] is None and graph.operations[wrt] != INDEX:
                raise ProgramError(
                    "`grad` differentiates with respect to a name",
                    [self._span(token)],
                    "write `grad(y, x)` for the gradient of `y` with respect to `x`, and name that node before",
                )
            node = graph.append("grad", arguments, token.start_pos or 0)
            graph.gradients[node] = (of, wrt)
            return node
        bindings = [self.open_assertion.bindings.get(argument, ()) for argument in arguments]
        nodes = [binding[0] for binding in bindings if len(binding) == 1]
        if len(nodes) != 2:
            raise ProgramError(
                "`grad` in an `assert` takes the names of two nodes",
                [self._span(token)],
                "write `grad(y, x)` for the gradient of `y` with respect to `x`, and name the nodes before",
            )
        reference = graph.append_input("grad", token.start_pos or 0)
        self.open_assertion.bindings[reference] = (nodes[0], nodes[1])
        return reference

    def _check_arguments(self, token: PlacedWord, name: str, arguments: tuple[int, ...], parameters: list[str]) -> None:
        wanted = len(parameters)
        if len(arguments) != wanted:
            arity = f"{wanted} argument{'s' if wanted != 1 else ''}"
            help = f"write `{name}({', '.join(parameters)})`"
            raise self._wrong_number(token, name, arity, len(arguments), help)

    def _wrong_number(self, token: PlacedWord, name: str, arity: str, given: int, help: str) -> ProgramError:
        verb = "is" if given == 1 else "are"
        return ProgramError(f"`{name}` takes {arity}, and {given} {verb} given", [self._span(token)], help)

    def _logarithm(self, offset: int) -> str:
        """What to write for `log(x, b)`."""
        from cgraph_cli.language.words import arguments_at

        number, base = (arguments_at(self.source.text, offset) or (["x", "b"], 0))[0]
        if function(f"log{base}"):
            return f"log{base}({number})"
        return f"log({number})/log({base})"

    def _assigned_before(self, name: str, token: PlacedWord) -> ProgramError:
        graph = self.program
        first = graph.nodes[name]
        here = self._span(token)
        there = self._word(graph.definitions[first])
        if graph.operations[first] != INPUT or graph.numbers[first] is not None:
            return ProgramError(
                f"`{name}` is assigned twice",
                [here, there.noted("first assigned here")],
                "a name is assigned once: choose another for the second",
            )
        if first >= self.statement_start:
            return ProgramError(
                f"`{name}` is used in its own definition",
                [there],
                f"a name is assigned once: give the new value another name, such as `{name}1`",
            )
        return ProgramError(
            f"`{name}` is used before it is assigned",
            [there, here.noted("assigned here")],
            f"move the assignment of `{name}` up, or choose another name for one of the two",
        )

    def _parameters(self) -> list[int]:
        """The parameters of the function that is open."""
        return [] if self.open_function is None else self.open_function.parameters

    def _gradient_in_assertion(self, token: PlacedWord, function: Function) -> ProgramError:
        names = [self.program.names[node] or "" for node in function.captured]
        return ProgramError(
            f"`{function.name}` differentiates what the program computes, and an `assert` only looks at it",
            [self._span(token), self._word(function.offset, f"it uses {name_list(names)} of the program")],
            f"give the value a name before, as in `v = {function.name}(…)`, and assert that",
        )

    def _unknown_function(self, name: str, token: PlacedWord) -> ProgramError:
        here = self._span(token)
        if self.open_function is not None and self.open_function.name == name:
            return ProgramError(
                f"`{name}` calls itself",
                [here],
                "every program ends, so functions cannot be recursive: write the steps out",
            )
        head = rf"(?:^|;)[ \t]*({re.escape(str(token))})[ \t]*\([^()]*\)[ \t]*=(?!=)"
        if later := re.compile(head, re.MULTILINE).search(self.source.text, here.end):
            return ProgramError(
                f"the function `{name}` is used before it is defined",
                [here, Span(self.source, *later.span(1), "defined here")],
                f"move the definition of `{name}` up; functions cannot be recursive",
            )
        from cgraph_cli.language.words import arguments_at, instead_of_call, why_absent

        text, offset = self.source.text, here.start
        arguments, end = arguments_at(text, offset) or ([], 0)
        if sign := re.compile(r"[ \t]{0,9}(:=|≔)").match(text, end):
            what, span = f"`{sign[1]}` is not part of the language", Span(self.source, *sign.span(1))
            return ProgramError(what, [span], "write `=` to assign")
        inside = arguments[0] if len(arguments) == 1 else "…"
        multiply = f"to multiply, write `{name}*({inside})`"
        if name in self.graph.nodes or name in self.program.nodes or name in CONSTANTS:
            return ProgramError(f"`{name}` is a value and not a function", [here], multiply)
        hint = did_you_mean(name, self.functions)
        if not hint and (written := instead_of_call(text, offset, name)):
            span = Span(self.source, written.start, written.end)
            return ProgramError(f"there is no function `{name}`", [span], written.advice)
        hint = hint or why_absent(name) or did_you_mean(name, function_names())
        help = hint or f"{multiply}; to define it, write `{name}(x) = …` before"
        help += "\n`cgraph functions` lists what there is"
        if self.functions:
            help += f"; the program defines {name_list(list(self.functions))}"
        return ProgramError(f"there is no function `{name}`", [here], help)
