"""Proofs in Lean 4 as texts: extraction from an answer, and constructs that are refused without asking Lean."""

import re

from monkeys.formats.fences import blocks
from monkeys.formats.lean import STOP

LONGEST = 100_000
"""Characters of a proof."""

_FENCE = re.compile("```")
_LEAN = ("lean", "lean4", "lean3")
DECLARED = re.compile(r"^[ \t]*(?:theorem|lemma|example)\b", re.MULTILINE)
_BY = re.compile(r":=\s*by\b")

# Comments that belong to the code that follows them, and characters that may break a line for some readers and not for others.
_UNREADABLE = re.compile(r"/-[-!]|[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_COMMENT = re.compile(r"--|/-|-/")
_BLOCK_COMMENT = re.compile(r"/-|-/")
_BEFORE_COMMENT = " \n([{⟨,;"
"""What may stand in front of a comment. Behind other characters its mark can be a part of an operator: in ``x //- y`` Lean sees no comment."""

FORBIDDEN = re.compile(
    # A word may follow on a digit: `iterate 1sorry` is two.
    r"(?<![^\W\d])(?<!')(?:"
    # What proves nothing.
    r"sorry|sorryAx|admit|axiom|opaque"
    # Commands, which have no place inside a proof.
    r"|theorem|lemma|def|abbrev|instance|example|inductive|structure|class|namespace|section|end|mutual|variable|universe|attribute|import|export|private"
    # What changes how text is read.
    r"|macro(?:_\w+)?|elab(?:_\w+)?|syntax|declare_\w+|notation3?|infix[lr]?|prefix|postfix|implemented_by|extern|csimp"
    # What runs a program while the proof is read, and what such a program would need to speak to the world.
    r"|run_\w+|by_elab|simproc\w*|initialize|builtin_\w+|include_str|unsafe\w*|native_decide|native|bv_decide|IO|EIO|BaseIO|RealWorld|System|Lean|println"
    r")(?![\w'])"
    r"|eval%|@\[|#[A-Za-z]{2,}|\bset_option\s+(?!max(?:RecDepth|Heartbeats)\b)\S*"
    # Texts, names in quotation marks, and brackets that are none.
    r"""|["«»]|'\\?[()]'"""
)


def proof_text(text: str, response_format: str) -> str | None:
    """The proof in an answer, without the bracket that closes it; None where none exists.

    A ``completion`` goes on behind ``by (``, up to a fence or the next task. A ``chat`` answer's proof is its last fenced block that states a theorem, begins
    with ``by`` or is said to be Lean, else its last block that is not said to be something else: what stands behind the first ``:= by`` where the block
    states a theorem again, else all of it.
    """
    text = text.replace("\r\n", "\n")
    if response_format == "completion":
        text = text.partition(STOP)[0]
        fence = _FENCE.search(text)
        proof = (text[: fence.start()] if fence else text).rstrip()
        code = without_comments(proof) or proof
        # The bracket that the prompt opened. It is not missed where the text was cut short.
        return (proof[:-1] if proof.endswith(")") and code.count(")") > code.count("(") else proof).rstrip() or None
    found = [
        block for block in blocks(text) if block.body.strip() and (block.language in _LEAN or not (block.is_other or block.language == "python"))
    ]
    proofs = [block for block in found if block.language in _LEAN or DECLARED.search(block.body) or block.body.lstrip().startswith(("by ", "by\n"))]
    if not found:
        return None
    proof = (proofs or found)[-1].body
    if declared := DECLARED.search(proof):
        opening = _BY.search(proof, declared.end())
        if opening is None:
            return None
        proof = proof[opening.end() :]
    elif proof.lstrip().startswith(("by ", "by\n")):
        proof = proof.lstrip()[2:]
    if not proof.startswith("\n"):
        # A tactic in the line of `by` stands as far to the right as those below it.
        first, _, rest = proof.partition("\n")
        below = re.search(r"^( *)\S", rest, re.MULTILINE)
        proof = f"{below[1] if below else '  '}{first.lstrip(' ')}\n{rest}"
    return proof.rstrip() or None


def without_comments(proof: str) -> str | None:
    """A proof without its comments; None where Lean might find other comments than are found here."""
    parts = []
    place = 0
    while found := _COMMENT.search(proof, place):
        start = found.start()
        if found[0] == "-/" or (start and proof[start - 1] not in _BEFORE_COMMENT):
            return None
        parts.append(proof[place:start])
        if found[0] == "--":
            end = proof.find("\n", start)
            place = len(proof) if end < 0 else end
            continue
        depth, place = 1, found.end()
        while depth:
            mark = _BLOCK_COMMENT.search(proof, place)
            if mark is None:
                return None
            depth += 1 if mark[0] == "/-" else -1
            place = mark.end()
        parts.append(" ")
    return "".join([*parts, proof[place:]])


def forbidden_construct(proof: str) -> str | None:
    """Why Lean is not even asked about a proof; None if it is."""
    if len(proof) > LONGEST:
        return f"longer than {LONGEST} characters"
    if found := _UNREADABLE.search(proof):
        return f"not allowed in a proof: {found[0]!r}"
    code = without_comments(proof)
    if code is None:
        return "not allowed in a proof: comments that may be none"
    if found := FORBIDDEN.search(code):
        return f"not allowed in a proof: {found[0]}"
    depth = 0
    for bracket in re.findall("[()]", code):
        depth += 1 if bracket == "(" else -1
        if depth < 0:
            return "it goes on behind its end"
    return None
