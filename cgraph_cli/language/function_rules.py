"""The builder's rules for functions: definitions, calls, and `grad(y, x)`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from cgraph_cli.core.errors import ProgramError
from cgraph_cli.core.primitives import CONSTANTS, function, function_names
from cgraph_cli.language.array_rules import INDEX, Keyword
from cgraph_cli.language.name_rules import NameRules
from cgraph_cli.language.scopes import Function, PlacedWord


class FunctionRules(NameRules):
    """The part of the builder for functions."""

    def header(self, token: PlacedWord, *parameters: PlacedWord) -> Function:
        """Begin a definition, `f(x, y) =`: the names up to the end of its body belong to the function."""
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
        body = self._side_graph(token.start_pos or 0)
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

    def define(self, function: Function, result: int) -> None:
        """Define a function: `f(x, y) = x*sin(y)`."""
        function.result = result
        self.functions[function.name] = function
        self.program.nodes_elsewhere += len(function.body)
        self.scopes.pop()
        self.graph, self.open_function = self.program, None
        self.statement_start = len(self.program)

    def call(self, token: PlacedWord, *given: int | Keyword) -> int:
        """Call a primitive, `sin(x)`, or inline the body of a function of the program."""
        name, offset = self._name(token), token.start_pos or 0
        arguments = cast("tuple[int, ...]", given)
        if Keyword in map(type, given):
            if name not in self.functions and (result := self._structural_call(token, name, given)) is not None:
                return result
            from cgraph_cli.language.array_calls import is_function, no_keyword

            if name in self.functions or is_function(name):
                raise no_keyword(self.source, name, given)
            raise self._unknown_function(name, token)
        defined = self.functions.get(name)
        if defined is not None:
            parameters = [defined.body.names[parameter] or "" for parameter in defined.parameters]
            self._check_arguments(token, name, arguments, parameters)
            self.graph.reserve(len(defined.body) + len(arguments), offset)
            if defined.body.gradients:  # which tell a parameter from the node that stands for it, or for two of them
                arguments = tuple(self.graph.append("identity", (argument,), offset) for argument in arguments)
                if defined.captured and self.open_assertion is not None:
                    from cgraph_cli.language.name_errors import gradient_in_assertion

                    raise gradient_in_assertion(self.program, token, defined)
            meant = dict(zip(defined.parameters, arguments, strict=True))
            for node, reference in defined.captured.items():
                meant[reference] = node if self.graph is self.program else self._reference(node, offset)
            return self.graph.inline(defined.body, meant)[defined.result]
        if name == "grad":
            return self._gradient(token, arguments)
        primitive = function(name)
        if primitive is None:
            if (result := self._structural_call(token, name, arguments)) is not None:
                return result
            raise self._unknown_function(name, token)
        if not primitive.takes(len(arguments)):
            from cgraph_cli.language.characters import call_of
            from cgraph_cli.language.foreign_calls import instead_of_arguments

            instead = instead_of_arguments(self.source.text, offset, primitive.name)
            help = f"write `{instead or call_of(primitive)}`"
            raise self._wrong_number(token, name, primitive.arity, len(arguments), help)
        missing = len(primitive.parameters) - len(arguments)
        if missing > 0 and not primitive.variadic:
            arguments += tuple(self.graph.append_constant(d, offset) for d in primitive.defaults[-missing:])
        return self.graph.append(primitive.name, arguments, offset)

    def _unknown_function(self, name: str, token: PlacedWord) -> ProgramError:
        from cgraph_cli.language.name_errors import unknown_function

        return unknown_function(name, token, self.graph, self.program, self.functions, self.open_function)

    def _structural_call(self, token: PlacedWord, name: str, given: Sequence[int | Keyword]) -> int | None:
        from cgraph_cli.language.array_calls import find_structural_call

        if (found := find_structural_call(self.source, token, name, given)) is None:
            return None
        operation, operands, words = found
        return self._append(operation, operands, token.start_pos or 0, words)

    def _gradient(self, token: PlacedWord, arguments: tuple[int, ...]) -> int:
        """Append `grad(y, x)`, a node of its own; in an assertion, refer to a gradient of the program."""
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
            if name == "grad" and wanted > len(arguments) == 1:
                from cgraph_cli.language.foreign_calls import arguments_at, gradient_of

                given, _ = arguments_at(self.source.text, token.start_pos or 0) or ([""], 0)
                help = f"write `{gradient_of(given[0])}`"
            raise self._wrong_number(token, name, arity, len(arguments), help)

    def _wrong_number(self, token: PlacedWord, name: str, arity: str, given: int, help: str) -> ProgramError:
        verb = "is" if given == 1 else "are"
        return ProgramError(f"`{name}` takes {arity}, and {given} {verb} given", [self._span(token)], help)
