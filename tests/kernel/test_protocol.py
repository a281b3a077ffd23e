"""The suite of the Jupyter project for kernels, all optional parts filled in; a process and sockets are real."""

from __future__ import annotations

import os
import tempfile
from typing import ClassVar

import jupyter_kernel_test
from jupyter_client.manager import start_new_kernel

_COMMANDS = {"image", "images", "import", "info", "inspect"}


class DockKernelTests(jupyter_kernel_test.KernelTests):
    """One kernel with an empty store."""

    kernel_name = "dockkernel"
    language_name = "docker"
    file_extension = ".dock"
    code_hello_world = "docker image ls -q; echo hello, world"
    code_stderr = "docker image ls -q\ndocker image rm nosuch || true"
    completion_samples: ClassVar = [
        {"text": "docker im", "matches": {"image", "images", "import"}},
        {"text": "docker image l", "matches": {"load", "ls"}},
        {"text": "%docker volume r", "matches": {"rm"}},
        {"text": "%%docker\ndocker image pul", "matches": {"pull"}},
        {"text": "FROM scratch\nWORK", "matches": {"WORKDIR"}},
        {"text": "# 🐳🐳\ndocker image his", "matches": {"history"}},
    ]
    complete_code_samples: ClassVar = ["1", "docker image ls", "FROM scratch", "docker build - <<E\nFROM scratch\nE"]
    incomplete_code_samples: ClassVar = ["docker run \\", "docker tag 'a", "docker build - <<E\nFROM a", "def f():"]
    invalid_code_samples: ClassVar = ["docker image ls )", "import = 7q"]
    code_page_something = "zip?"
    code_generate_error = "raise ValueError"
    code_execute_result: ClassVar = [
        {"code": "6 * 7", "result": "42"},
        {"code": "[1, 2, 3]", "result": "[1, 2, 3]"},
        {"code": "'docker image ls'", "result": "'docker image ls'"},
    ]
    code_display_data: ClassVar = [
        {"code": "from IPython.display import HTML, display; display(HTML('<b>x</b>'))", "mime": "text/html"},
    ]
    code_history_pattern = "6?*?7"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "docker image ls"
    code_clear_output = "from IPython.display import clear_output; clear_output()"

    @classmethod
    def setUpClass(cls) -> None:
        cls.home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        env = {**os.environ, "DOCKKERNEL_HOME": f"{cls.home.name}/store", "IPYTHONDIR": f"{cls.home.name}/ipython"}
        cls.km, cls.kc = start_new_kernel(kernel_name=cls.kernel_name, env=env)

    @classmethod
    def tearDownClass(cls) -> None:
        super().tearDownClass()
        cls.home.cleanup()
