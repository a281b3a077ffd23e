"""Tokens to a tree. The grammar, its checks and their messages are those of Go's text/template/parse."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from dockkernel.commands.gotemplate import nodes
from dockkernel.commands.gotemplate.constants import number_value, unquote
from dockkernel.commands.gotemplate.errors import TemplateError
from dockkernel.commands.gotemplate.lex import Token, tokens
from dockkernel.oci.quoting import go_quote

_DEEPEST = 100
"""Parentheses, branches and so on inside one another: far from what the stack can bear."""
_OPERANDS = frozenset(
    ("bool", "character", ".", "field", "identifier", "number", "nil", "rawstring", "string", "variable", "(")
)
_NOT_CALLABLE = (nodes.Boolean, nodes.Dot, nodes.Nil, nodes.Number, nodes.String)


@dataclass(slots=True)
class Tree:
    """A parsed template: its body and the templates that it defines."""

    source: str
    name: str = ""
    body: list[nodes.Node] = field(default_factory=list)
    defined: dict[str, list[nodes.Node]] = field(default_factory=dict)


def parse(source: str, functions: Collection[str], name: str = "") -> Tree:
    """The tree of `source`; `functions` are the names it may call. `TemplateError` with Go's words otherwise.

    `name` is the template's own, which messages quote.
    """
    return _Parser(source, functions, name).run()


class _Parser:
    def __init__(self, source: str, functions: Collection[str], name: str) -> None:
        self._tree = Tree(source, name)
        self._functions = functions
        self._lexer = tokens(source)
        self._ahead: list[Token] = []
        self._last = Token("eof", "", 0, 1)
        self._variables = ["$"]
        self._ranges = 0
        self._action_line = 0
        self._depth = 0

    def run(self) -> Tree:
        """Everything up to the end of the text."""
        while self._peek().kind != "eof":
            if self._peek().kind == "left":
                left = self._next()
                if self._next_solid().kind == "define":
                    self._definition()
                    continue
                self._ahead.insert(0, self._last)
                self._ahead.insert(0, left)
            node = self._text_or_action()
            if isinstance(node, nodes.End):
                raise self._error(f"unexpected {node}")
            self._tree.body.append(node)
        return self._tree

    # tokens

    def _next(self) -> Token:
        if self._ahead:
            self._last = self._ahead.pop(0)
        else:
            self._last = next(self._lexer, Token("eof", "", 0, self._last.line))
        return self._last

    def _back(self, token: Token) -> None:
        self._ahead.insert(0, token)

    def _peek(self) -> Token:
        token = self._next()
        self._back(token)
        return token

    def _next_solid(self) -> Token:
        token = self._next()
        while token.kind == "space":
            token = self._next()
        return token

    def _peek_solid(self) -> Token:
        token = self._next_solid()
        self._back(token)
        return token

    def _expect(self, kind: str, context: str) -> Token:
        token = self._next_solid()
        if token.kind != kind:
            raise self._unexpected(token, context)
        return token

    def _error(self, message: str) -> TemplateError:
        return TemplateError(f"template: {self._tree.name}:{self._last.line}: {message}")

    def _unexpected(self, token: Token, context: str) -> TemplateError:
        if token.kind != "error":
            return self._error(f"unexpected {token} in {context}")
        extra = ""
        if self._action_line not in (0, token.line):
            extra = f" in action started at {self._tree.name}:{self._action_line}"
            if token.text.endswith(" action"):
                extra = extra.removeprefix(" in action")
        return self._error(token.text + extra)

    # lists and actions

    def _definition(self) -> None:
        context = "define clause"
        name = unquote(self._quoted(context).text)
        self._expect("right", context)
        outer, self._variables = self._variables, ["$"]
        body, end = self._items()
        self._variables = outer
        if end.kind != "end":
            raise self._error(f"unexpected {end} in {context}")
        self._tree.defined[name] = body

    def _quoted(self, context: str) -> Token:
        token = self._next_solid()
        if token.kind not in ("string", "rawstring"):
            raise self._unexpected(token, context)
        return token

    def _items(self) -> tuple[list[nodes.Node], nodes.End]:
        items: list[nodes.Node] = []
        while self._peek_solid().kind != "eof":
            node = self._text_or_action()
            if isinstance(node, nodes.End):
                return items, node
            items.append(node)
        raise self._error("unexpected EOF")

    def _text_or_action(self) -> nodes.Node:
        token = self._next_solid()
        if token.kind == "text":
            return nodes.Text(token.position, token.text)
        if token.kind != "left":
            raise self._unexpected(token, "input")
        self._action_line = token.line
        node = self._action()
        self._action_line = 0
        return node

    def _action(self) -> nodes.Node:
        token = self._next_solid()
        if token.kind in ("if", "with", "range"):
            return self._branch(token.kind)
        if token.kind == "end":
            return nodes.End(self._expect("right", "end").position, "end")
        if token.kind == "else":
            return self._else()
        if token.kind in ("break", "continue"):
            return self._jump(token)
        if token.kind == "template":
            return self._call()
        if token.kind == "block":
            return self._block(token)
        self._back(token)
        return nodes.Action(token.position, self._pipeline("command", "right"))

    def _else(self) -> nodes.End:
        ahead = self._peek_solid()
        if ahead.kind in ("if", "with"):
            return nodes.End(ahead.position, "else")
        return nodes.End(self._expect("right", "else").position, "else")

    def _jump(self, token: Token) -> nodes.Jump:
        after = self._next_solid()
        if after.kind != "right":
            raise self._unexpected(after, f"{{{{{token.kind}}}}}")
        if not self._ranges:
            raise self._error(f"{{{{{token.kind}}}}} outside {{{{range}}}}")
        return nodes.Jump(token.position, token.kind)

    def _call(self) -> nodes.Call:
        context = "template clause"
        quoted = self._quoted(context)
        name = unquote(quoted.text)
        after = self._next_solid()
        if after.kind == "right":
            return nodes.Call(quoted.position, name, None)
        self._back(after)
        return nodes.Call(quoted.position, name, self._pipeline(context, "right"))

    def _block(self, token: Token) -> nodes.Call:
        context = "block clause"
        name = unquote(self._quoted(context).text)
        pipe = self._pipeline(context, "right")
        outer, self._variables = self._variables, ["$"]
        body, end = self._items()
        self._variables = outer
        if end.kind != "end":
            raise self._error(f"unexpected {end} in {context}")
        self._tree.defined[name] = body
        return nodes.Call(token.position, name, pipe)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error("max expression depth exceeded")

    def _branch(self, kind: str) -> nodes.Branch:
        self._deeper()
        known = len(self._variables)
        pipe = self._pipeline(kind, "right")
        self._ranges += kind == "range"
        body, end = self._items()
        self._ranges -= kind == "range"
        otherwise: list[nodes.Node] | None = None
        if end.kind == "else":
            if kind != "range" and self._peek().kind == kind:
                self._next()
                otherwise = [self._branch(kind)]
            else:
                otherwise, end = self._items()
                if end.kind != "end":
                    raise self._error(f"expected end; found {end}")
        self._depth -= 1
        del self._variables[known:]
        return nodes.Branch(pipe.position, kind, pipe, body, otherwise)

    # pipelines

    def _pipeline(self, context: str, end: str) -> nodes.Pipe:
        self._deeper()
        pipe = nodes.Pipe(self._peek_solid().position)
        self._declarations(pipe, context)
        while True:
            token = self._next_solid()
            if token.kind == end:
                self._check(pipe, context)
                self._depth -= 1
                return pipe
            if token.kind not in _OPERANDS:
                raise self._unexpected(token, context)
            self._back(token)
            pipe.commands.append(self._command())

    def _declarations(self, pipe: nodes.Pipe, context: str) -> None:
        while self._peek_solid().kind == "variable":
            variable = self._next_solid()
            after = self._next()
            solid = self._next_solid() if after.kind == "space" else after
            if solid.kind not in ("=", ":=", ","):
                self._back(solid)
                if solid is not after:
                    self._back(after)
                self._back(variable)
                return
            pipe.variables.append(nodes.Variable(variable.position, (variable.text,)))
            self._variables.append(variable.text)
            if solid.kind != ",":
                pipe.assigns = solid.kind == "="
                return
            if context != "range" or len(pipe.variables) > 1:
                raise self._error(f"too many declarations in {context}")
            if self._peek_solid().kind not in ("variable", "right", ")"):
                raise self._error("range can only initialize variables")

    def _check(self, pipe: nodes.Pipe, context: str) -> None:
        if not pipe.commands:
            raise self._error(f"missing value for {context}")
        for stage, command in enumerate(pipe.commands[1:], 2):
            if isinstance(command.arguments[0], _NOT_CALLABLE):
                raise self._error(f"non executable command in pipeline stage {stage}")

    def _command(self) -> nodes.Command:
        command = nodes.Command(self._peek_solid().position)
        while True:
            self._peek_solid()
            operand = self._operand()
            if operand is not None:
                command.arguments.append(operand)
            token = self._next()
            if token.kind == "space":
                continue
            if token.kind in ("right", ")"):
                self._back(token)
            elif token.kind != "|":
                raise self._unexpected(token, "operand")
            break
        if not command.arguments:
            raise self._error("empty command")
        return command

    def _operand(self) -> nodes.Node | None:
        term = self._term()
        if term is None or self._peek().kind != "field":
            return term
        chain = nodes.Chain(self._peek().position, term, [])
        while self._peek().kind == "field":
            chain.names.append(self._next().text[1:])
        if isinstance(term, nodes.Field | nodes.Variable):
            return type(term)(chain.position, (*term.names, *chain.names))
        if isinstance(term, _NOT_CALLABLE):
            raise self._error(f"unexpected . after term {go_quote(str(term))}")
        return chain

    def _term(self) -> nodes.Node | None:
        token = self._next_solid()
        at, text = token.position, token.text
        match token.kind:
            case "identifier":
                if text not in self._functions:
                    raise self._error(f"function {go_quote(text)} not defined")
                return nodes.Identifier(at, text)
            case ".":
                return nodes.Dot(at)
            case "nil":
                return nodes.Nil(at)
            case "variable":
                if text not in self._variables:
                    raise self._error(f"undefined variable {go_quote(text)}")
                return nodes.Variable(at, (text,))
            case "field":
                return nodes.Field(at, (text[1:],))
            case "bool":
                return nodes.Boolean(at, text == "true")
            case "number" | "character":
                return nodes.Number(at, text, self._constant(text))
            case "(":
                return self._pipeline("parenthesized pipeline", ")")
            case "string" | "rawstring":
                try:
                    return nodes.String(at, text, unquote(text))
                except ValueError as error:
                    raise self._error(str(error)) from error
        self._back(token)
        return None

    def _constant(self, text: str) -> int | float:
        try:
            return number_value(text)
        except ValueError as error:
            raise self._error(str(error)) from error
