"""Versions with four numbers, which look like addresses and stay as they are.

`is_version` judges by what stands directly beside the numbers, `finish_version` by the words before them.
Neither looks at the numbers themselves: a version stays one when its digits change.
"""

from __future__ import annotations

import re

# Programs that call themselves `name/1.2.3.4`. Other words before a slash may be hosts, as Java writes them.
PRODUCTS = (
    r"nginx|apache|httpd|openresty|tomcat|jetty|lighttpd|php|python|perl|ruby|java|jdk|jre|nodejs|rust"
    r"|curl|libcurl|wget|okhttp|axios|postmanruntime|httpie|urllib3?|python-requests|aiohttp|git|gcc|clang|llvm"
    r"|openssl|libressl|openssh|chrome|chromium|headlesschrome|crios|firefox|fxios|safari|edge?|edga|edgios|opera"
    r"|opr|brave|vivaldi|trident|applewebkit|samsungbrowser|ucbrowser|yabrowser|gecko|electron|teams|slack|zoom"
    r"|skype|outlook|dalvik|cfnetwork|darwin|android|windows-update-agent|linux|macos|ios|systemd|glibc|sdk|version"
)
# Directly before: `libfoo-1.2.3.4`, `libfoo.so.1.2.3.4`, `nginx/1.2.3.4`, `~~1.2.3.4`, `8.0-0ubuntu1.2.3.4`.
_BEFORE = re.compile(
    r"(?:~|\.so\.|(?<=[0-9])ubuntu|(?<=[+~-])deb[0-9]{1,2}u|(?<![0-9A-Za-z])(?:iso|enterprises|mib-2)\.|(?<![0-9A-Za-z])lib[0-9A-Za-z+.]{1,30}[-_/]"
    rf"|(?<![0-9A-Za-z.-])(?:{PRODUCTS})/v?)\Z",
    re.IGNORECASE,
)
# What such words end with.
_BESIDE = "~.-_/uU"
_LONGEST_BEFORE = 40
# Parts of lower-case texts without which no words say anything about a version.
VERSION_MARKS = (
    *(
        "ver",
        "rev",
        "release",
        "build",
        "firmware",
        "fw",
        "bios",
        "sdk",
        "patch",
        "hotfix",
        "schema",
        "oid",
        "mib",
    ),
    *(
        "definitions",
        "microcode",
        "section",
        "chapter",
        "clause",
        "amd64",
        "arm64",
        "i386",
        "x86_64",
        "noarch",
    ),
    *("chrom", "firefox", "safari", "com.", "org.", "net.", "io."),
)
# Directly after: the release of a package, or what it is packed as.
_AFTER = re.compile(
    r"(?:(?:[-+~](?:[0-9]{1,4}(?:\.[0-9]{1,4}){0,3}[-+~.]?)?|\.(?=el[0-9]|fc[0-9]))"
    r"(?:ubuntu|debian|deb[0-9]|dfsg|el[0-9]|fc[0-9]|amzn|suse|mga|bpo|nmu|rc[0-9.-]|b[0-9]|beta|alpha|build"
    r"|git|svn|snapshot|release|final|r[0-9]|p[0-9]|post[0-9]|dev[0-9]|ds[0-9-]|noarch|x86_64)"
    r"|_(?:none|[a-z]{2}-[a-z]{2})_[0-9a-f]{8}"
    r"|[-_.](?:amd64|arm64|armhf|i386|i686|x86_64|aarch64|noarch|all\.deb)(?![0-9A-Za-z])"
    r"|\.(?:deb|rpm|apk|jar|whl|gem|so|dll|exe|msi|nupkg|js|css|map|min|vsix|crx|xpi)(?![0-9A-Za-z]))",
    re.IGNORECASE,
)
# The words before: `version 1.2.3.4`, `"version": "1.2.3.4"`, `amd64 1.2.3.4`, `firmware v1.2.3.4`.
PLAIN_WORDS = (
    r"(?:sem|app|file|os|sw)?vers?|rev|revision|release|build|firmware|fw|bios|sdk|patch|patchlevel|hotfix"
    r"|schema|definitions|microcode|oids?|mib|section|chapter|clause|amd64|arm64|i386|x86_64|noarch|chrome"
    r"|chromium|firefox|safari"
)
_WORDS = (
    rf"[a-z]{{0,20}}version(?:s|_?(?:name|code|number|string|id|info))?|{PLAIN_WORDS}"
    r"|(?:com|org|net|io)(?:\.[a-z][a-z0-9_]{1,30}){2,6}"
)
_SAID = re.compile(
    rf"(?<![a-z.])(?:[a-z]{{1,20}}[_-])?(?:{_WORDS})(?![a-z0-9])(?: (?:is|to|was|now|number))?"
    r"[\\\"']{0,4} {0,3}[=:(]{0,2} {0,3}[\\\"'\[(]{0,4}v?\Z",
    re.IGNORECASE,
)
_LONGEST_SAID = 60
# A port follows addresses only.
_NO_VERSION_AFTER = re.compile(r":[0-9]|/[0-9]{1,2}(?![0-9])")


def is_version(text: str, start: int, end: int) -> bool:
    """Return whether the numbers at a position are a version, by what stands directly beside them."""
    if (
        start
        and text[start - 1] in "~.-_/uU"
        and _BEFORE.search(text, max(0, start - _LONGEST_BEFORE), start)
    ):
        return _NO_VERSION_AFTER.match(text, end) is None
    return text[end : end + 1] in ("-", "+", "~", "_", ".") and _AFTER.match(text, end) is not None


def is_said_version(text: str, start: int, end: int) -> bool:
    """Return whether the words before the numbers at a position say that they are a version."""
    said = _SAID.search(text, max(0, start - _LONGEST_SAID), start)
    if said is None or _NO_VERSION_AFTER.match(text, end) is not None:
        return False
    # `fw=1.2.3.4` is a firewall, as SonicWall writes it.
    if said[0].lower().endswith("fw="):
        return False
    # DHCP releases addresses.
    return "elease" not in said[0] or "dhc" not in text.lower()
