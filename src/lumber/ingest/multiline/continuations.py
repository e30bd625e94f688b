"""Decides whether a line continues the record before it: a frame of a stack trace, or an indented line.

Known are the traces of Java, Python, .NET, JavaScript, Go, Rust, PHP and Ruby. What is doubtful is no
continuation. Every pattern takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from lumber.ingest.layouts.java import JUL_START, JUL_TEXT

_TRACEBACK = "Traceback (most recent call last):"
# Lines that occur in traces only.
TRACE = (
    r"[ \t]*(?:Caused by|Suppressed|Wrapped by): \S"
    r"|[ \t]+at \S[^(\n]*(?:\(|:[0-9])"
    r"|[ \t]*\.\.\. [0-9]+ (?:more|common frames|lines matching|frames)"
    r'|[ \t]+File "[^"]*", line [0-9]+'
    r"|[ \t]*(?:\| )*Traceback \(most recent call last\):|[ \t]+\+ Exception Group Traceback"
    r"|During handling of the above exception, another|The above exception was the direct cause of"
    r'|Exception in thread "'
    r"|--- End of (?:inner exception )?stack trace"
    r"|goroutine [0-9]+ [^\n\[]*\[[^\]\n]*\]:|\[signal SIG"
    r"|stack backtrace:|Stack trace:[ \t]*$|#[0-9]+ (?:\{main\}|\S+\([0-9]+\): )"
    r"|[ \t]+from \S+:[0-9]+:in "
    r"|\[(?:stacktrace|previous exception)\]"
)
_TRACE = re.compile(TRACE)
_FRAME = re.compile(r"[ \t]+(?:at \S|---> \S)")
# The name of an exception, perhaps with the names of its packages, and its message.
_HEAD = re.compile(r"(?P<name>[A-Za-z_$][\w.$<>]*)(?:: |:?$)")
_EXCEPTION = re.compile(r"(?:Exception|Error|Throwable|Fault)$")
_PANIC = re.compile(r"(?:panic|fatal error): ")
_AFTER_PANIC = re.compile(r"[ \t]|\s*$|goroutine |panic: |\[")
# Go: a function with its arguments, what started it, and how the program ended.
_GO = re.compile(r"[^\s(]+\(.*\)$|created by |exit status [0-9]|\.\.\.")
# Laravel closes the JSON text around a trace, and writes a space behind it.
_CLOSING = re.compile(r"\"?[}\])]+[,;]? ?$")
_JUL_TEXT = re.compile(JUL_TEXT)
_JUL_START = re.compile(JUL_START)
_RULES = (_TRACE, _HEAD, _PANIC, _GO, _CLOSING, _JUL_TEXT)


def may_continue(line: str) -> bool:
    """Say whether some record may take a line: if not, a block may end before it."""
    return not line.strip() or line.startswith((" ", "\t")) or any(rule.match(line) for rule in _RULES)


@dataclass(slots=True)
class OpenRecord:
    """A record that the next lines may continue.

    `takes_indented` says that any indented line does, and not only a trace. The other flags tell which trace
    it has, whether a bracket is open, and whether a second line with level and message has to come. With a
    `refusal`, lines that continue the record are rejected for this reason.
    """

    takes_indented: bool
    lines: int = 1
    size_bytes: int = 0
    has_trace: bool = False
    is_traceback: bool = False
    is_go: bool = False
    is_bracketed: bool = False
    awaits_text: bool = False
    refusal: str | None = None

    @classmethod
    def begun_by(cls, line: str, *, takes_indented: bool) -> OpenRecord:
        """Return the record that a line begins."""
        record = cls(takes_indented, size_bytes=len(line.encode()))
        record.has_trace = record.is_traceback = line.rstrip().endswith(_TRACEBACK)
        record.is_bracketed = line.endswith(("{", "[", "("))
        record.awaits_text = _JUL_START.match(line) is not None
        return record

    @classmethod
    def of(cls, state: Mapping[str, Any] | None) -> OpenRecord | None:
        """Return the record that was open when `state` was kept."""
        known = {field.name for field in fields(cls)}  # another version may have kept others
        return cls(**{name: value for name, value in state.items() if name in known}) if state else None

    def state(self) -> dict[str, Any]:
        """Return what has to be kept until the next load."""
        return asdict(self)

    def takes(self, line: str, following: str | None, *, is_after_blank: bool = False) -> bool:
        """Say whether a line that is not blank continues the record.

        `following` is the line after it; None if that begins a record. After a blank line, a trace may begin
        (Spring Boot writes one before it), but an indented line is no continuation.
        """
        if self.awaits_text:
            self.awaits_text = False
            if not is_after_blank and _JUL_TEXT.match(line):
                return True
        is_indented = line.startswith((" ", "\t"))
        if is_after_blank and is_indented and not self.has_trace:
            return False
        if is_indented and self.has_trace and "Traceback" not in line:
            pass  # almost every line of a trace
        elif _TRACE.match(line) is not None:
            self.has_trace = True
            self.is_traceback |= _TRACEBACK in line or "Exception Group Traceback" in line
            self.is_go |= line.startswith("goroutine ")
        elif is_indented:
            if not self.takes_indented:
                return False
        elif not self._takes_unindented(line, following):
            return False
        self.is_bracketed |= line.endswith(("{", "[", "(")) or line.startswith("[stacktrace]")
        return True

    def _takes_unindented(self, line: str, following: str | None) -> bool:
        if self.is_go and _GO.match(line):
            return True
        if self.is_bracketed and _CLOSING.match(line):
            self.is_bracketed = False
            return True
        if self.takes_indented and _PANIC.match(line) and following is not None:
            self.has_trace = _AFTER_PANIC.match(following) is not None
            return self.has_trace
        head = _HEAD.match(line)
        if head is None:
            return False
        if self.is_traceback:
            self.is_traceback = False
            return True
        if not self._is_exception(head["name"], following or ""):
            return False
        self.has_trace = True
        return True

    def _is_exception(self, name: str, following: str) -> bool:
        if _FRAME.match(following):
            return True
        if not self.takes_indented or not _EXCEPTION.search(name):
            return False
        return "." in name or following.startswith((" ", "\t", "Caused by: "))
