"""Root file systems for tests of executors: a busybox image and a Debian-like one, as small as they can be.

Their programs are there but hold no machine code that could run.
"""

from __future__ import annotations

from functools import cache

from dockkernel.fs.node import Dir, File, Inline, Meta, Node, Symlink
from dockkernel.fs.tree import Tree

TIME_NS = 1704067200 * 10**9
"""2024-01-01, the time of every file in them."""

_APPLETS = """
[ [[ acpid adjtimex ar arch arp arping ascii ash awk base64 basename bc blkdiscard blockdev brctl bunzip2 bzcat
bzip2 cal cat chgrp chmod chown chroot chvt clear cmp cp cpio crc32 crond crontab cttyhack cut date dc dd
deallocvt depmod devmem df diff dirname dmesg dnsdomainname dos2unix dpkg dpkg-deb du dumpkmap dumpleases echo
ed egrep env expand expr factor fallocate false fatattr fdisk fgrep find findfs fold free freeramdisk fsfreeze
fstrim ftpget ftpput getopt getty grep groups gunzip gzip halt head hexdump hostid hostname httpd hwclock
i2cdetect i2cdump i2cget i2cset i2ctransfer id ifconfig ifdown ifup init insmod ionice ip ipcalc ipneigh kill
killall klogd last less link linux32 linux64 linuxrc ln loadfont loadkmap logger login logname logread losetup
ls lsmod lsscsi lzcat lzma lzop md5sum mdev microcom mim mkdir mkdosfs mke2fs mkfifo mknod mkpasswd mkswap
mktemp modinfo modprobe more mount mt mv nameif nc netstat nl nologin nproc nsenter nslookup nuke od openvt
partprobe passwd paste patch pidof ping ping6 pivot_root poweroff printf ps pwd rdate readlink realpath reboot
renice reset resume rev rm rmdir rmmod route rpm rpm2cpio run-init run-parts sed seq setkeycodes setpriv setsid
sh sha1sum sha256sum sha3sum sha512sum shred shuf sleep sort ssl_client start-stop-daemon stat strings stty su
sulogin svc svok swapoff swapon switch_root sync sysctl syslogd tac tail tar taskset tc tee telnet telnetd test
tftp time timeout top touch tr traceroute traceroute6 true truncate ts tty tunctl ubirename udhcpc udhcpd uevent
umount uname uncompress unexpand uniq unix2dos unlink unlzma unshare unxz unzip uptime usleep uudecode uuencode
vconfig vi w watch watchdog wc wget which who whoami xargs xxd xz xzcat yes zcat
""".split()

_GNU = """[ addgroup adduser apt apt-get awk base32 base64 basename bash cat chgrp chmod chown cksum cmp comm cp cut dash date
dd delgroup deluser df diff dirname dpkg du echo egrep env expand expr factor false fgrep find fold getent getopt grep
groupadd groups gunzip gzip head hostname id install join kill link ln ls md5sum mkdir mkfifo mknod mktemp more mount mv nice
nl nohup nproc od paste perl printenv printf ps pwd readlink realpath rev rm rmdir sed seq sha1sum sha256sum sha512sum shuf
sleep sort split stat stty sum sync tac tail tar tee test timeout touch tr true truncate tsort tty uname unexpand uniq unlink
useradd usermod wc which who whoami xargs yes zcat""".split()

_PASSWD = b"""root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
"""
_GROUP = b"root:x:0:\ndaemon:x:1:\nnogroup:x:65534:\n"


def _file(data: bytes, mode: int = 0o644) -> File:
    return File(Meta(mode, mtime_ns=TIME_NS), Inline(data))


def _folder(children: dict[str, Node] | None = None, mode: int = 0o755) -> Dir:
    return Dir(Meta(mode, mtime_ns=TIME_NS), children or {})


def _link(target: str) -> Symlink:
    return Symlink(Meta(0o777, mtime_ns=TIME_NS), target)


def program(name: str) -> File:
    """An executable that nothing here can run."""
    return _file(b"\x7fELF\x02\x01\x01" + bytes(9) + name.encode() + bytes(64), 0o755)


_ETC: dict[str, Node] = {
    "passwd": _file(_PASSWD),
    "group": _file(_GROUP),
    "hosts": _file(b""),
    "resolv.conf": _file(b""),
}


@cache
def busybox() -> Tree:
    """`/bin/busybox` and its links."""
    links: dict[str, Node] = {name: _link("busybox") for name in _APPLETS}
    etc = {**_ETC, "os-note": _file(b"busybox-static 1.35.0\n")}
    return Tree(
        _folder(
            {
                "bin": _folder({"busybox": program("busybox"), **links}),
                "dev": _folder(),
                "etc": _folder(etc),
                "home": _folder(),
                "lib": _folder(),
                "proc": _folder(),
                "root": _folder(mode=0o700),
                "sbin": _folder(),
                "sys": _folder(),
                "tmp": _folder(mode=0o1777),
                "usr": _folder({"bin": _folder(), "sbin": _folder()}),
                "var": _folder({"spool": _folder()}),
            }
        )
    )


@cache
def debian(shell: str = "dash") -> Tree:
    """GNU programs in a merged `/usr`; `sh` is the shell of this name. `/w` is an empty folder to work in."""
    programs: dict[str, Node] = {name: program(name) for name in _GNU}
    return Tree(
        _folder(
            {
                "bin": _link("usr/bin"),
                "etc": _folder({**_ETC, "skel": _folder({".profile": _file(b"umask 022\n")})}),
                "home": _folder(),
                "root": _folder(mode=0o700),
                "sbin": _link("usr/sbin"),
                "tmp": _folder(mode=0o1777),
                "usr": _folder({"bin": _folder({**programs, "sh": _link(shell)}), "sbin": _folder()}),
                "var": _folder(),
                "w": _folder(),
            }
        )
    )
