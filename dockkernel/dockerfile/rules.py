"""The build checks as data: name, what is printed, where Docker explains it, and a page of our own.

Names, descriptions, addresses and printed texts are those of BuildKit's checks (Docker docs, "Build checks"). A rule's
`text` is formatted with the values that its check gives; `doc` says why, `bad` and `good` are Dockerfiles that show it.
"""

from __future__ import annotations

from dataclasses import dataclass

_ADDRESS = "https://docs.docker.com/go/dockerfile/rule/"


@dataclass(frozen=True, slots=True)
class LintRule:
    """One check; `experimental` ones speak only where they are asked for."""

    name: str
    description: str
    text: str
    doc: str
    bad: str = ""
    good: str = ""
    page: str = ""
    experimental: bool = False

    @property
    def url(self) -> str:
        """The address of Docker's page about it, or nothing where there is none."""
        return f"{_ADDRESS}{self.page}/" if self.page else ""


STAGE_NAME_CASING = LintRule(
    "StageNameCasing",
    "Stage names should be lowercase",
    "Stage name '{0}' should be lowercase",
    "Instructions are written in capitals; a stage's name in small letters is seen at once as a name.",
    "FROM alpine AS BuilderBase\n",
    "FROM alpine AS builder-base\n",
    "stage-name-casing",
)
FROM_AS_CASING = LintRule(
    "FromAsCasing",
    "The 'as' keyword should match the case of the 'from' keyword",
    "'{1}' and '{0}' keywords' casing do not match",
    "FROM and AS are two halves of one instruction and look best in one case.",
    "FROM debian:latest as builder\n",
    "FROM debian:latest AS builder\n",
    "from-as-casing",
)
NO_EMPTY_CONTINUATION = LintRule(
    "NoEmptyContinuation",
    "Empty continuation lines will become errors in a future release",
    "Empty continuation line",
    "A blank line inside an instruction that goes on is passed over today and will end the instruction one day. "
    "A comment line may stand there.",
    "FROM alpine\nEXPOSE \\\n\n80\n",
    "FROM alpine\nEXPOSE \\\n# the web server\n80\n",
    "no-empty-continuation",
)
CONSISTENT_INSTRUCTION_CASING = LintRule(
    "ConsistentInstructionCasing",
    "All commands within the Dockerfile should use the same casing (either upper or lower)",
    "Command '{0}' should match the case of the command majority ({1})",
    "Instructions may be written in capitals or in small letters; a file that mixes them is hard to read.",
    'FROM alpine\nRUN echo hello\nEntryPoint ["cat"]\n',
    'FROM alpine\nRUN echo hello\nENTRYPOINT ["cat"]\n',
    "consistent-instruction-casing",
)
DUPLICATE_STAGE_NAME = LintRule(
    "DuplicateStageName",
    "Stage names should be unique",
    "Duplicate stage name {0}, stage names should be unique",
    "With two stages of one name nobody can say which one COPY --from means.",
    "FROM debian AS builder\nFROM golang AS builder\n",
    "FROM debian AS deb-builder\nFROM golang AS go-builder\n",
    "duplicate-stage-name",
)
RESERVED_STAGE_NAME = LintRule(
    "ReservedStageName",
    "Reserved words should not be used as stage names",
    "Stage name should not use the same name as reserved stage {0}",
    "`scratch` is the empty base and `context` the build context; a stage of that name hides them.",
    "FROM alpine AS scratch\nFROM alpine AS context\n",
    "FROM alpine AS builder\n",
    "reserved-stage-name",
)
JSON_ARGS_RECOMMENDED = LintRule(
    "JSONArgsRecommended",
    "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals",
    "JSON arguments recommended for {0} to prevent unintended behavior related to OS signals",
    "In shell form the program is a child of a shell, which does not hand on signals: `docker stop` waits ten seconds "
    "and kills. A SHELL instruction before it says that the shell is meant.",
    "FROM alpine\nENTRYPOINT my-program start\n",
    'FROM alpine\nENTRYPOINT ["my-program", "start"]\n',
    "json-args-recommended",
)
MAINTAINER_DEPRECATED = LintRule(
    "MaintainerDeprecated",
    "The MAINTAINER instruction is deprecated, use a label instead to define an image author",
    "Maintainer instruction is deprecated in favor of using label",
    "An author is one of many things to know about an image; labels hold them all.",
    "FROM scratch\nMAINTAINER ann@example.com\n",
    'FROM scratch\nLABEL org.opencontainers.image.authors="ann@example.com"\n',
    "maintainer-deprecated",
)
UNDEFINED_ARG_IN_FROM = LintRule(
    "UndefinedArgInFrom",
    "FROM command must use declared ARGs",
    "FROM argument '{0}' is not declared{1}",
    "FROM sees the arguments that are declared before the first FROM, and those of the platforms. Another is empty.",
    "FROM node:22${VARIANT} AS js\n",
    'ARG VARIANT="-alpine"\nFROM node:22${VARIANT} AS js\n',
    "undefined-arg-in-from",
)
WORKDIR_RELATIVE_PATH = LintRule(
    "WorkdirRelativePath",
    "Relative workdir without an absolute workdir declared within the build can have unexpected results if the base "
    "image changes",
    "Relative workdir {0} can have unexpected results if the base image changes",
    "A relative WORKDIR begins where the base image left off, and the base image may change.",
    "FROM nginx\nWORKDIR usr/share/nginx/html\n",
    "FROM nginx\nWORKDIR /usr/share/nginx/html\n",
    "workdir-relative-path",
)
UNDEFINED_VAR = LintRule(
    "UndefinedVar",
    "Variables should be defined before their use",
    "Usage of undefined variable '${0}'{1}",
    "A variable that nobody has set is empty, which is seldom what was meant. RUN, CMD and ENTRYPOINT are left to the "
    "shell, which knows more.",
    "FROM alpine\nCOPY $foo .\n",
    "FROM alpine\nARG foo\nCOPY $foo .\n",
    "undefined-var",
)
MULTIPLE_INSTRUCTIONS_DISALLOWED = LintRule(
    "MultipleInstructionsDisallowed",
    "Multiple instructions of the same type should not be used in the same stage",
    "Multiple {0} instructions should not be used in the same stage because only the last one will be used",
    "An image has one CMD, one ENTRYPOINT and one HEALTHCHECK; the earlier ones do nothing.",
    'FROM alpine\nENTRYPOINT ["echo", "one"]\nENTRYPOINT ["echo", "two"]\n',
    'FROM alpine\nENTRYPOINT ["echo", "two"]\n',
    "multiple-instructions-disallowed",
)
LEGACY_KEY_VALUE_FORMAT = LintRule(
    "LegacyKeyValueFormat",
    "Legacy key/value format with whitespace separator should not be used",
    '"{0} key=value" should be used instead of legacy "{0} key value" format',
    "Without the equals sign all the rest of the line is the value, which surprises as soon as a second pair is added.",
    "FROM alpine\nENV DIR /app\n",
    "FROM alpine\nENV DIR=/app\n",
    "legacy-key-value-format",
)
INVALID_BASE_IMAGE_PLATFORM = LintRule(
    "InvalidBaseImagePlatform",
    "Base image platform does not match expected target platform",
    "Base image {0} was pulled with platform {2}, expected {1} for current build",
    "A base image of another processor runs by emulation, if at all.",
)
REDUNDANT_TARGET_PLATFORM = LintRule(
    "RedundantTargetPlatform",
    "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior",
    "Setting platform to predefined {0} in FROM is redundant as this is the default behavior",
    "A base image is taken for the target platform anyway.",
    "FROM --platform=$TARGETPLATFORM alpine\n",
    "FROM alpine\n",
    "redundant-target-platform",
)
SECRETS_USED_IN_ARG_OR_ENV = LintRule(
    "SecretsUsedInArgOrEnv",
    "Sensitive data should not be used in the ARG or ENV commands",
    "Do not use ARG or ENV instructions for sensitive data ({0} {1})",
    "Arguments and variables stay in the image's history and configuration, where everyone who has it reads them. "
    "A secret mount leaves nothing behind.",
    "FROM alpine\nARG AWS_SECRET_ACCESS_KEY\n",
    "FROM alpine\nRUN --mount=type=secret,id=aws,env=AWS_SECRET_ACCESS_KEY aws s3 ls\n",
    "secrets-used-in-arg-or-env",
)
INVALID_DEFAULT_ARG_IN_FROM = LintRule(
    "InvalidDefaultArgInFrom",
    "Default value for global ARG results in an empty or invalid base image name",
    "Default value for ARG {0} results in empty or invalid base image name",
    "A build without --build-arg should work.",
    "ARG TAG\nFROM busybox:${TAG}\n",
    "ARG TAG=latest\nFROM busybox:${TAG}\n",
    "invalid-default-arg-in-from",
)
FROM_PLATFORM_FLAG_CONST_DISALLOWED = LintRule(
    "FromPlatformFlagConstDisallowed",
    "FROM --platform flag should not use a constant value",
    "FROM --platform flag should not use constant value {0}",
    "A fixed platform makes the image one of that platform, whatever the build asks for. A stage whose name has the "
    "platform in it says that this is meant.",
    "FROM --platform=linux/amd64 alpine AS base\n",
    "FROM --platform=$BUILDPLATFORM alpine AS base\n",
    "from-platform-flag-const-disallowed",
)
COPY_IGNORED_FILE = LintRule(
    "CopyIgnoredFile",
    "Attempting to Copy file that is excluded by .dockerignore",
    "Attempting to {0} file {1} that is excluded by .dockerignore",
    "What .dockerignore leaves out is not in the build context, so the step will fail.",
    page="copy-ignored-file",
)
INVALID_DEFINITION_DESCRIPTION = LintRule(
    "InvalidDefinitionDescription",
    "Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`. If this is not "
    "intended to be a description comment, add an empty line or comment between the instruction and the comment.",
    "Comment for {0} should follow the format: `# {1} <description>`",
    "`docker build --call=outline` shows the comment above an ARG or a FROM as its description if it begins with "
    "the name.",
    "# check=experimental=all\n# the version\nARG VERSION=1\nFROM scratch\n",
    "# check=experimental=all\n# VERSION is the version\nARG VERSION=1\nFROM scratch\n",
    "invalid-definition-description",
    experimental=True,
)
EXPOSE_PROTO_CASING = LintRule(
    "ExposeProtoCasing",
    "Protocol in EXPOSE instruction should be lowercase",
    "Defined protocol '{0}' in EXPOSE instruction should be lowercase",
    "Protocols are written in small letters everywhere else.",
    "FROM alpine\nEXPOSE 80/TcP\n",
    "FROM alpine\nEXPOSE 80/tcp\n",
    "expose-proto-casing",
)
EXPOSE_INVALID_FORMAT = LintRule(
    "ExposeInvalidFormat",
    "IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in a future "
    "release",
    "EXPOSE instruction should not define an IP address or host-port mapping, found '{0}'",
    "EXPOSE says which port the container listens on; where it appears on the host is said by `docker run -p`.",
    "FROM alpine\nEXPOSE 127.0.0.1:80:80\n",
    "FROM alpine\nEXPOSE 80\n",
    "expose-invalid-format",
)

RULES = tuple(value for value in list(globals().values()) if isinstance(value, LintRule))
"""All rules in the order of this page."""

BY_NAME = {rule.name: rule for rule in RULES}
"""The rules by their names."""
