"""Programs that reach out of the image or need a world behind it: they say that they are not simulated."""

from __future__ import annotations

from dockkernel.exec.virtual.call import Call, Tools

_WHY = {
    "packages are not simulated": "apt apt-get apt-cache apk dnf yum microdnf pacman zypper dpkg rpm",
    "there is no network": "wget curl ping nslookup nc telnet ssh scp ftpget ftpput traceroute git",
    "languages are not simulated": (
        "python python3 pip pip3 node npm npx yarn perl ruby gem go cargo rustc java javac php composer"
    ),
    "compilers are not simulated": "make cmake gcc g++ cc c++ clang ld",
    "processes are not simulated": "ps top kill killall pidof free uptime",
}


def _refusal(why: str) -> Tools:
    def refuse(call: Call) -> int:
        call.warn(f"{call.name}: not simulated yet by the portable shell ({why})\n")
        return 127

    return dict.fromkeys(_WHY[why].split(), refuse)


COMMANDS: Tools = {name: tool for why in _WHY for name, tool in _refusal(why).items()}
