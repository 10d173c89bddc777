"""Code in a text that is in no fenced block: in HTML, behind the prompts of an interactive Python, and between single backticks."""

import html
import re

from monkeys.formats.fences import OTHER_LANGUAGES

_HTML = re.compile(r"<(pre|code)\b([^<>\n]{0,200})>(?:\s*<code\b([^<>\n]{0,200})>)?(.*?)(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_LANGUAGE = re.compile(r"(?:lang(?:uage)?[-=:\"']+)([\w+#.-]+)", re.IGNORECASE)
_CODE_END = re.compile(r"</code\s*>\s*\Z", re.IGNORECASE)
_PROMPT = re.compile(r"[ \t]*>>>(?: (.*)|)")
_CONTINUED = re.compile(r"[ \t]*\.\.\.(?: (.*)|)")
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


def html_code(text: str) -> list[str]:
    """What ``<pre>`` and ``<code>`` elements of several lines hold, without the elements of another language. One that nothing closes goes to the end."""
    found = []
    for element in _HTML.finditer(text):
        language = _LANGUAGE.search(f"{element[2]} {element[3] or ''}")
        if language is not None and language[1].lower() in OTHER_LANGUAGES:
            continue
        if element[1].lower() == "pre" or "\n" in element[4].strip():
            found.append(html.unescape(_CODE_END.sub("", element[4])).strip("\n"))
    return found


def session_statements(text: str) -> list[str]:
    """The statements behind the prompts ``>>>`` and ``...`` of an interactive Python, one by one, without what it answered."""
    found: list[list[str]] = []
    is_open = False
    for line in text.split("\n"):
        if begun := _PROMPT.fullmatch(line):
            found.append([begun[1] or ""])
            is_open = True
        elif is_open and (continued := _CONTINUED.fullmatch(line)):
            found[-1].append(continued[1] or "")
        # Some shells show no prompt in front of the lines of a body.
        elif is_open and found[-1][0].rstrip().endswith(":") and line[:1] in (" ", "\t") and line.strip():
            found[-1].append(line)
        else:
            is_open = False
    return ["\n".join(lines).rstrip() for lines in found if "".join(lines).strip()]


def inline_code(text: str) -> list[str]:
    """What stands between single backticks within a line."""
    return [found[1].strip() for found in _INLINE.finditer(text)]
