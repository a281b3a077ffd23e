"""A template's tree carried out on a value. The rules and messages are those of Go's text/template (exec.go)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dockkernel.commands.gotemplate import nodes
from dockkernel.commands.gotemplate.errors import ExecutionError
from dockkernel.commands.gotemplate.functions import Function
from dockkernel.commands.gotemplate.goformat import show
from dockkernel.commands.gotemplate.govalues import (
    MISSING,
    NIL,
    Int64,
    JsonNumber,
    Method,
    Row,
    Struct,
    is_true,
    type_name,
)
from dockkernel.commands.gotemplate.parse import Tree
from dockkernel.oci.quoting import go_quote

_DEEPEST_CALL = 1000
_ABSENT = object()
"""No value comes down the pipeline."""


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


def render(tree: Tree, data: Any, functions: Mapping[str, Function], *, untyped: bool = False) -> str:
    """The text that the template makes of `data`. `ExecutionError` with Go's words; nothing is written then.

    `untyped`: the data are bare JSON, in which every value is an `interface {}` and a missing key is an error.
    """
    return _Run(tree, functions, untyped).run(data)


class _Run:
    def __init__(self, tree: Tree, functions: Mapping[str, Function], untyped: bool) -> None:
        self._tree = tree
        self._functions = functions
        self._untyped = untyped
        self._out: list[str] = []
        self._variables: list[tuple[str, Any]] = []
        self._node: nodes.Node | None = None
        self._name = tree.name
        self._depth = 0

    def run(self, data: Any) -> str:
        """The whole text."""
        self._variables = [("$", data)]
        self._list(self._tree.body, data)
        return "".join(self._out)

    def _error(self, message: str) -> ExecutionError:
        if self._node is None:
            return ExecutionError(f"template: {self._name}: {message}")
        before = self._tree.source.encode("utf-8", "surrogateescape")[: self._node.position]
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1)
        where = f"template: {self._tree.name}:{line}:{column}: executing {go_quote(self._name)} at <{self._node}>"
        return ExecutionError(f"{where}: {message}")

    # statements

    def _list(self, items: list[nodes.Node], dot: Any) -> None:
        for node in items:
            self._walk(node, dot)

    def _walk(self, node: nodes.Node, dot: Any) -> None:
        self._node = node
        match node:
            case nodes.Text():
                self._out.append(node.text)
            case nodes.Action():
                value = self._pipe(node.pipe, dot)
                if not node.pipe.variables:
                    self._print(node, value)
            case nodes.Branch(kind="range"):
                self._range(node, dot)
            case nodes.Branch():
                known = len(self._variables)
                value = self._pipe(node.pipe, dot)
                if is_true(value):
                    self._list(node.body, value if node.kind == "with" else dot)
                elif node.otherwise:
                    self._list(node.otherwise, dot)
                del self._variables[known:]
            case nodes.Call():
                self._call_template(node, dot)
            case nodes.Jump():
                raise _Break if node.kind == "break" else _Continue

    def _print(self, node: nodes.Node, value: Any) -> None:
        self._node = node
        if value is MISSING or value is None:
            self._out.append("<no value>")
        elif isinstance(value, Method):
            raise self._error(f"can't print {node} of type func")
        else:
            self._out.append(show(value))

    def _call_template(self, node: nodes.Call, dot: Any) -> None:
        body = self._tree.defined.get(node.name)
        if body is None:
            raise self._error(f"template {go_quote(node.name)} not defined")
        if self._depth >= _DEEPEST_CALL // 10:
            raise self._error(f"exceeded maximum template depth ({_DEEPEST_CALL * 100})")
        value = self._pipe(node.pipe, dot) if node.pipe else MISSING
        outer, name, self._variables, self._name = self._variables, self._name, [("$", value)], node.name
        self._depth += 1
        self._list(body, value)
        self._depth -= 1
        self._variables, self._name = outer, name

    def _range(self, node: nodes.Branch, dot: Any) -> None:
        known = len(self._variables)
        value = self._pipe(node.pipe, dot, declare=False)
        pairs = self._pairs(value)
        empty = True
        names = [variable.names[0] for variable in node.pipe.variables]
        for index, item in pairs:
            empty = False
            values = [item] if len(names) == 1 else [index, item]
            for name, bound in zip(names, values, strict=False):
                self._bind(name, bound, assign=node.pipe.assigns)
            try:
                self._list(node.body, item)
            except _Continue:
                pass
            except _Break:
                break
            finally:
                del self._variables[known:]
        if empty and node.otherwise:
            self._list(node.otherwise, dot)

    def _pairs(self, value: Any) -> Iterable[tuple[Any, Any]]:
        if value is MISSING or value is None:
            return []
        if isinstance(value, list | tuple):
            return enumerate(value)
        if isinstance(value, Mapping):
            return sorted(value.items())
        if isinstance(value, int) and not isinstance(value, bool):
            return ((number, number) for number in range(value))
        raise self._error(f"range can't iterate over {show(value)}")

    def _bind(self, name: str, value: Any, *, assign: bool) -> None:
        if assign:
            for index in range(len(self._variables) - 1, -1, -1):
                if self._variables[index][0] == name:
                    self._variables[index] = (name, value)
                    return
            raise self._error(f"undefined variable: {name}")
        self._variables.append((name, value))

    # expressions

    def _pipe(self, pipe: nodes.Pipe, dot: Any, *, declare: bool = True) -> Any:
        self._node = pipe
        value: Any = _ABSENT
        for command in pipe.commands:
            value = self._command(command, dot, value)
        for variable in pipe.variables if declare else ():
            self._bind(variable.names[0], value, assign=pipe.assigns)
        return value

    def _command(self, command: nodes.Command, dot: Any, final: Any) -> Any:
        first, arguments = command.arguments[0], command.arguments
        match first:
            case nodes.Field():
                self._node = first
                return self._fields(dot, dot, first, first.names, arguments, final)
            case nodes.Chain():
                return self._chain(first, dot, arguments, final)
            case nodes.Identifier():
                return self._function(first, dot, command, arguments, final)
            case nodes.Variable():
                return self._variable(first, dot, arguments, final)
            case nodes.Pipe():
                self._no_call(arguments, final)
                return self._pipe(first, dot)
        self._node = first
        self._no_call(arguments, final)
        if isinstance(first, nodes.Nil):
            raise self._error("nil is not a command")
        return self._constant(first, dot)

    def _constant(self, node: nodes.Node, dot: Any) -> Any:
        match node:
            case nodes.Dot():
                return dot
            case nodes.Boolean() | nodes.Number():
                return node.value
            case nodes.String():
                return node.text
        raise self._error(f"can't evaluate command {go_quote(str(node))}")

    def _no_call(self, arguments: list[nodes.Node], final: Any) -> None:
        if len(arguments) > 1 or final is not _ABSENT:
            raise self._error(f"can't give argument to non-function {arguments[0]}")

    def _chain(self, chain: nodes.Chain, dot: Any, arguments: list[nodes.Node], final: Any) -> Any:
        self._node = chain
        if isinstance(chain.term, nodes.Nil):
            raise self._error("indirection through explicit nil in " + str(chain))
        receiver = self._argument(chain.term, dot, "interface {}")
        return self._fields(dot, receiver, chain, tuple(chain.names), arguments, final)

    def _variable(self, node: nodes.Variable, dot: Any, arguments: list[nodes.Node], final: Any) -> Any:
        self._node = node
        value = next(bound for name, bound in reversed(self._variables) if name == node.names[0])
        if len(node.names) == 1:
            self._no_call(arguments, final)
            return value
        return self._fields(dot, value, node, node.names[1:], arguments, final)

    def _fields(
        self, dot: Any, receiver: Any, node: nodes.Node, names: tuple[str, ...], arguments: list[nodes.Node], final: Any
    ) -> Any:
        for name in names[:-1]:
            receiver = self._field(dot, name, node, [], _ABSENT, receiver)
        return self._field(dot, names[-1], node, arguments, final, receiver)

    def _field(
        self, dot: Any, name: str, node: nodes.Node, arguments: list[nodes.Node], final: Any, receiver: Any
    ) -> Any:
        called = len(arguments) > 1 or final is not _ABSENT
        if receiver is MISSING or receiver is None:
            if self._untyped:
                raise self._error(f"nil data; no entry for key {go_quote(name)}")
            return MISSING
        if isinstance(receiver, Row) and name in receiver.columns:
            value = receiver.columns[name]
            if isinstance(value, Method):
                return self._invoke(Function(value.call, value.parameters), name, node, dot, arguments, final)
            if called:
                count = len(arguments) - 1 + (final is not _ABSENT)
                raise self._error(f"wrong number of args for {name}: want 0 got {count}")
            return value
        if isinstance(receiver, Struct) and (member := receiver.member(name)) is not None:
            if called:
                raise self._error(f"{name} has arguments but cannot be invoked as function")
            return _member_value(member.value)
        if isinstance(receiver, Mapping):
            if isinstance(value := receiver.get(name), Method):
                return self._invoke(Function(value.call, value.parameters), name, node, dot, arguments, final)
            if called:
                raise self._error(f"{name} is not a method but has arguments")
            if name not in receiver and self._untyped:
                raise self._error(f"map has no entry for key {go_quote(name)}")
            return receiver.get(name, MISSING)
        if receiver is NIL:
            raise self._error(f"nil pointer evaluating {self._nil_type(node)}.{name}")
        kind = "interface {}" if self._untyped else type_name(receiver)
        raise self._error(f"can't evaluate field {name} in type {kind}")

    def _nil_type(self, node: nodes.Node) -> str:
        return "*" + str(node).rpartition(".")[0].rpartition(".")[2]

    def _function(
        self, node: nodes.Identifier, dot: Any, command: nodes.Node, arguments: list[nodes.Node], final: Any
    ) -> Any:
        self._node = node
        function = self._functions.get(node.name)
        if function is None:
            raise self._error(f"{go_quote(node.name)} is not a defined function")
        return self._invoke(function, node.name, command, dot, arguments, final)

    def _invoke(
        self, function: Function, name: str, node: nodes.Node, dot: Any, arguments: list[nodes.Node], final: Any
    ) -> Any:
        words = arguments[1:]
        count = len(words) + (final is not _ABSENT)
        fixed = len(function.parameters)
        if function.variadic and count < fixed:
            raise self._error(f"wrong number of args for {name}: want at least {fixed} got {len(words)}")
        if not function.variadic and count != fixed:
            raise self._error(f"wrong number of args for {name}: want {fixed} got {count}")
        types = [*function.parameters, *[function.variadic] * (count - fixed)]
        if function.short_circuit is not None:
            value: Any = MISSING
            for word, kind in zip(words, types, strict=False):
                value = self._argument(word, dot, kind)
                if is_true(value) == function.short_circuit:
                    return value
            return value if final is _ABSENT else self._typed(final, types[-1])
        values = [self._argument(word, dot, kind) for word, kind in zip(words, types, strict=False)]
        if final is not _ABSENT:
            values.append(self._typed(final, types[-1]))
        try:
            return function.call(*values)
        except ValueError as error:
            self._node = node
            reason = str(error).replace("{argument}", str(words[0]) if words else "")
            raise self._error(f"error calling {name}: {reason}") from error

    def _argument(self, node: nodes.Node, dot: Any, kind: str) -> Any:
        self._node = node
        match node:
            case nodes.Dot():
                return self._typed(dot, kind)
            case nodes.Nil():
                if kind in ("string", "int", "bool"):
                    raise self._error(f"cannot assign nil to {kind}")
                return None
            case nodes.Field():
                return self._typed(self._fields(dot, dot, node, node.names, [node], _ABSENT), kind)
            case nodes.Variable():
                return self._typed(self._variable(node, dot, [node], _ABSENT), kind)
            case nodes.Chain():
                return self._typed(self._chain(node, dot, [node], _ABSENT), kind)
            case nodes.Pipe():
                return self._typed(self._pipe(node, dot), kind)
            case nodes.Identifier():
                return self._typed(self._function(node, dot, node, [node], _ABSENT), kind)
        return self._literal(node, dot, kind)

    def _literal(self, node: nodes.Node, dot: Any, kind: str) -> Any:
        value = self._constant(node, dot)
        if kind == "string" and not isinstance(value, str):
            raise self._error(f"expected string; found {node}")
        if kind == "int" and isinstance(value, float) and value.is_integer():
            return int(value)
        if kind == "int" and (not isinstance(value, int) or isinstance(value, bool)):
            raise self._error(f"expected integer; found {node}")
        if kind.startswith(("[]", "map[")):
            raise self._error(f"can't handle {node} for arg of type {kind}")
        return value

    def _typed(self, value: Any, kind: str) -> Any:
        if kind == "interface {}":
            return value
        if value is MISSING or value is None:
            if kind in ("string", "int", "bool"):
                raise self._error(f"invalid value; expected {kind}")
            return ()
        if kind == "[]string" and isinstance(value, list | tuple) and all(type(item) is str for item in value):
            return value
        actual = "string" if isinstance(value, str) and not isinstance(value, JsonNumber) else type_name(value)
        if actual == kind or (kind == "int" and actual == "int64"):
            return value
        raise self._error(f"wrong type for value; expected {kind}; got {actual}")


def _member_value(value: Any) -> Any:
    """A struct's field as Go has it: null is a nil pointer, whole numbers are int64."""
    if value is None:
        return NIL
    return Int64(value) if type(value) is int else value
