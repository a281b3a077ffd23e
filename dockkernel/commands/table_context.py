"""`docker context …`."""

from __future__ import annotations

from dockkernel.commands.spec import CommandSpec, Flag, Operand
from dockkernel.commands.table_words import FORMAT_OBJECT, FORMAT_TABLE

COMMANDS = (
    CommandSpec(
        path=("context", "create"),
        usage="[OPTIONS] CONTEXT",
        short="Create a context",
        flags=(
            Flag("description", "string", "Description of the context"),
            Flag("docker", "stringToString", "set the docker endpoint", note="[]"),
            Flag("from", "string", "create context from a named context"),
        ),
        operands=(Operand("name"),),
        long=(
            "Create a context\n"
            "\n"
            "Docker endpoint config:\n"
            "\n"
            "NAME                DESCRIPTION\n"
            "from                Copy named context's Docker endpoint configuration\n"
            "host                Docker endpoint on which to connect\n"
            "ca                  Trust certs signed only by this CA\n"
            "cert                Path to TLS certificate file\n"
            "key                 Path to TLS key file\n"
            "skip-tls-verify     Skip TLS certificate validation\n"
            "\n"
            "Example:\n"
            "\n"
            '$ docker context create my-context --description "some description" --docker '
            '"host=tcp://myserver:2376,ca=~/ca-file,cert=~/cert-file,key=~/key-file"'
        ),
    ),
    CommandSpec(
        path=("context", "export"),
        usage="[OPTIONS] CONTEXT [FILE|-]",
        short="Export a context to a tar archive FILE or a tar stream on STDOUT.",
        operands=(
            Operand("name", "context"),
            Operand("file", "file", optional=True),
        ),
    ),
    CommandSpec(
        path=("context", "import"),
        usage="CONTEXT FILE|-",
        short="Import a context from a tar or zip file",
        operands=(
            Operand("name"),
            Operand("file", "file"),
        ),
    ),
    CommandSpec(
        path=("context", "inspect"),
        usage="[OPTIONS] [CONTEXT] [CONTEXT...]",
        short="Display detailed information on one or more contexts",
        flags=(Flag("format", "string", FORMAT_OBJECT, short="f", choices=("json",)),),
        operands=(Operand("names", "context", optional=True, many=True),),
    ),
    CommandSpec(
        path=("context", "ls"),
        usage="[OPTIONS]",
        short="List contexts",
        flags=(
            Flag("format", "string", FORMAT_TABLE, choices=("json", "table")),
            Flag("quiet", "bool", "Only show context names", short="q"),
        ),
        spellings=(("context", "list"),),
    ),
    CommandSpec(
        path=("context", "rm"),
        usage="CONTEXT [CONTEXT...]",
        short="Remove one or more contexts",
        flags=(Flag("force", "bool", "Force the removal of a context in use", short="f"),),
        operands=(Operand("names", "context", many=True),),
        spellings=(("context", "remove"),),
    ),
    CommandSpec(
        path=("context", "show"),
        usage="",
        short="Print the name of the current context",
    ),
    CommandSpec(
        path=("context", "update"),
        usage="[OPTIONS] CONTEXT",
        short="Update a context",
        flags=(
            Flag("description", "string", "Description of the context"),
            Flag("docker", "stringToString", "set the docker endpoint", note="[]"),
        ),
        operands=(Operand("name", "context"),),
        long=(
            "Update a context\n"
            "\n"
            "Docker endpoint config:\n"
            "\n"
            "NAME                DESCRIPTION\n"
            "from                Copy named context's Docker endpoint configuration\n"
            "host                Docker endpoint on which to connect\n"
            "ca                  Trust certs signed only by this CA\n"
            "cert                Path to TLS certificate file\n"
            "key                 Path to TLS key file\n"
            "skip-tls-verify     Skip TLS certificate validation\n"
            "\n"
            "Example:\n"
            "\n"
            '$ docker context update my-context --description "some description" --docker '
            '"host=tcp://myserver:2376,ca=~/ca-file,cert=~/cert-file,key=~/key-file"'
        ),
    ),
    CommandSpec(
        path=("context", "use"),
        terse=True,
        usage="CONTEXT",
        short="Set the current docker context",
        operands=(Operand("name", "context"),),
    ),
)
