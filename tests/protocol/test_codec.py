"""JSON to the model: every example of the manual, every odd reading, and nothing that is not said."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from precontractual_async import Answer, BrokenAnswer, Move, Status, TypeOfWorker
from precontractual_async.model.answers import Labels
from precontractual_async.protocol.codec import decode_answer, decode_problem, whole_number

AT = datetime(2026, 11, 24, tzinfo=UTC)


def decode(document: object, wanted: TypeOfWorker = TypeOfWorker.ALL) -> Answer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return decode_answer(body, wanted=wanted, asked_at=AT, trace_id="trace")


def labels(word: str) -> dict[str, str]:
    return {language: f"<i>{word} {language}</i>" for language in ("nl", "fr", "de", "en")}


# Manual §3.2.2.1 C; §3.2.2.2 C differs in one reference only.
DIRECT = {
    "precontractualMainReference": " 070101899010212202415",
    "flexiJobResult": {
        "allowed": "nok",
        "flexiJobReference": " 070101899010212202447",
        "description": {"type": "disclaimer", "label": labels("disclaimer")},
    },
    "studentJobResult": {
        "allowed": "ok",
        "studentJobReference": " 070101899010212202420",
        "hoursRemaining": 50,
        "description": {"type": "disclaimer", "label": labels("disclaimer")},
    },
}


def error(block: str, allowed: str, cause: str | None, reference: str) -> dict[str, object]:
    """The examples of §3.3.1-6, repaired: printed with typographic quotes and without some commas."""
    description: dict[str, object] = {"type": "error", "label": labels("fout")}
    if cause is not None:
        description["cause"] = cause
    return {
        "precontractualMainReference": reference,
        block: {"allowed": allowed, "description": description},
    }


def test_the_manuals_direct_answer() -> None:
    """§3.2.2.1: flexi nok, student ok with 50 hours, references stripped of their blank."""
    answer = decode(DIRECT)
    assert answer.main_reference == "070101899010212202415"
    assert (answer.flexi_job.status, answer.flexi_job.reference) == (Status.NOK, "070101899010212202447")
    assert (answer.student_job.status, answer.student_job.hours_remaining) == (Status.OK, 50)
    assert answer.student_job.reference == "070101899010212202420"
    (disclaimer,) = answer.flexi_job.descriptions
    assert (disclaimer.types, disclaimer.cause) == (("disclaimer",), None)
    assert disclaimer.labels.raw("fr") == "<i>disclaimer fr</i>"
    assert disclaimer.labels.plain("fr") == "disclaimer fr"


def test_the_manuals_answer_to_a_mandatary() -> None:
    """§3.2.2.2: the same with another student reference."""
    document = copy.deepcopy(DIRECT)
    document["studentJobResult"]["studentJobReference"] = " 070101899010212202421"  # type: ignore[index]
    assert decode(document).student_job.reference == "070101899010212202421"


@pytest.mark.parametrize(
    ("section", "document", "status", "move", "is_final"),
    [
        ("3.3.1", error("flexiJobResult", "unknown", "errorFlexiJobPrecontractual", "070101899010212202418"),
         Status.UNKNOWN, Move.LATER, False),
        ("3.3.2", error("studentJobResult", "unknown", "errorStudentjobPrecontractual", "070101899010212202419"),
         Status.UNKNOWN, Move.LATER, False),
        ("3.3.3", error("studentJobResult", "unknown", "errorStudentRequirements", "800202902530212202418"),
         Status.UNKNOWN, Move.NOBODY, True),
        ("3.3.4", error("studentJobResult", "unknown", "errorYoungRequirements", "100101901620212202418"),
         Status.UNKNOWN, Move.NOBODY, True),
        ("3.3.5", error("studentJobResult", "noGrant", None, "070101899010212202422"),
         Status.NO_GRANT, Move.CITIZEN, False),
        ("3.3.6", error("studentJobResult", "errorGrant", None, "070101899010212202423"),
         Status.ERROR_GRANT, Move.LATER, False),
    ],
)  # fmt: skip
def test_the_manuals_errors_within_200(
    section: str, document: dict[str, object], status: Status, move: Move, is_final: bool
) -> None:
    """§3.3.1-6: never conclusive, and each says whose move it is."""
    answer = decode(document)
    block = answer.flexi_job if "flexiJobResult" in document else answer.student_job
    other = answer.student_job if block is answer.flexi_job else answer.flexi_job
    assert (block.status, block.whose_move, block.is_final) == (status, move, is_final)
    assert not block.is_conclusive
    assert other.status is Status.MISSING
    assert block.reason
    assert block.next_step


BLOCK = {"allowed": "ok", "hoursRemaining": 12}


def student(**members: object) -> Answer:
    return decode({"precontractualMainReference": "r", "studentJobResult": {**BLOCK, **members}})


@pytest.mark.parametrize(
    ("allowed", "status"),
    [
        ("ok", Status.OK),
        (["ok"], Status.OK),
        (["ok", "ok"], Status.OK),
        (["ok", "nok"], Status.UNRECOGNISED),
        ([], Status.UNRECOGNISED),
        (None, Status.UNRECOGNISED),
        ("OK", Status.UNRECOGNISED),
        (" ok", Status.UNRECOGNISED),
        ("perhaps", Status.UNRECOGNISED),
        (True, Status.UNRECOGNISED),
        (1, Status.UNRECOGNISED),
        ({"value": "ok"}, Status.UNRECOGNISED),
        ([["ok"]], Status.UNRECOGNISED),
        ("nok", Status.NOK),
        ("unknown", Status.UNKNOWN),
        ("noGrant", Status.NO_GRANT),
        ("errorGrant", Status.ERROR_GRANT),
    ],
)
def test_allowed_is_an_open_set_of_one_value(allowed: object, status: Status) -> None:
    """One string or a list of it; several values, or unknown ones, are kept raw and never `nok`."""
    block = student(allowed=allowed).student_job
    assert block.status is status
    if status is Status.UNRECOGNISED and isinstance(allowed, str):
        assert block.allowed == (allowed,)
        assert block.whose_move is Move.OPERATOR


def test_description_type_with_several_values() -> None:
    """A description that is both disclaimer and error says nothing we know."""
    assert student(description={"type": ["disclaimer"]}).student_job.status is Status.OK
    block = student(description={"type": ["disclaimer", "error"]}).student_job
    assert block.status is Status.UNRECOGNISED
    assert block.descriptions[0].types == ("disclaimer", "error")


@pytest.mark.parametrize(
    ("description", "count"),
    [
        ({"type": "error"}, 1),
        ([{"type": "error"}, {"type": "disclaimer"}], 2),
        (None, 0),
        ([], 0),
        ("x", 0),
        ([None, 3], 0),
    ],
)
def test_description_is_an_object_a_list_null_or_nothing(description: object, count: int) -> None:
    """Every form is read; what is no object is left out."""
    assert len(student(description=description).student_job.descriptions) == count
    assert student().student_job.descriptions == ()


def test_names_in_other_letter_cases() -> None:
    """The tables of the manual write FlexiJobResult, Cause and Label."""
    answer = decode(
        {
            "PrecontractualMainReference": " ref",
            "FlexiJobResult": {
                "Allowed": "unknown",
                "Description": {"Type": "error", "Cause": "ERRORSTUDENTrequirements", "Label": {"NL": "x"}},
            },
        }
    )
    assert answer.main_reference == "ref"
    assert answer.flexi_job.cause == "ERRORSTUDENTrequirements"
    assert answer.flexi_job.is_final
    assert answer.flexi_job.descriptions[0].labels.raw("nl") == "x"


@pytest.mark.parametrize("name", ["Allowed", "ALLOWED", "hoursremaining"])
def test_names_that_differ_only_in_letter_case_contradict_each_other(name: str) -> None:
    """Of two values none is picked: the answer is no answer."""
    with pytest.raises(BrokenAnswer):
        student(**{name: "nok"})


@pytest.mark.parametrize("label", ["x", {}, None, {"nl": "x"}])
def test_labels_that_differ_only_in_letter_case_contradict_each_other(label: object) -> None:
    """Also when one of them says nothing."""
    with pytest.raises(BrokenAnswer):
        student(description={"label": label, "Label": {"nl": "y"}})


@pytest.mark.parametrize("cause", ["errorFlexijobPrecontractual", "ErrorFlexijobPreContractual"])
def test_causes_in_other_letter_cases(cause: str) -> None:
    """Causes are compared without regard to case, and the raw text is kept."""
    block = student(allowed="unknown", description={"type": "error", "cause": cause}).student_job
    assert (block.whose_move, block.cause) == (Move.LATER, cause)


@pytest.mark.parametrize(
    ("raw", "hours", "remarks"),
    [
        (50, 50, 0),
        (0, 0, 0),
        (9999, 9999, 0),
        ("50", 50, 0),
        (" 50 ", 50, 0),
        (10000, None, 1),
        (-1, None, 1),
        (7010189901, None, 1),
        ("90010100123", None, 1),
        (412.7, None, 1),
        (412.0, None, 1),
        (True, None, 1),
        (False, None, 1),
        ("abc", None, 1),
        ("4e2", None, 1),
        ("٤", None, 1),
        ([50], None, 1),
        (10**30, None, 1),
        (None, None, 0),
    ],
)
def test_hours_are_whole_numbers_or_nothing(raw: object, hours: int | None, remarks: int) -> None:
    """412.7, true, "abc" and a citizen's number are not hours, and that is said; the rest of the block stands."""
    block = student(hoursRemaining=raw).student_job
    assert (block.hours_remaining, len(block.remarks), block.status) == (hours, remarks, Status.OK)


@pytest.mark.parametrize(
    ("wanted", "flexi", "student"),
    [
        (TypeOfWorker.ALL, Status.MISSING, Status.MISSING),
        (TypeOfWorker.FLEXI_JOB, Status.MISSING, Status.NOT_REQUESTED),
        (TypeOfWorker.STUDENT_JOB, Status.NOT_REQUESTED, Status.MISSING),
    ],
)
def test_missing_blocks(wanted: TypeOfWorker, flexi: Status, student: Status) -> None:
    """A block that was wanted and is not there, or is null, is missing: never ok, never nok."""
    for document in (
        {"precontractualMainReference": "r"},
        {"precontractualMainReference": "r", "flexiJobResult": None},
    ):
        answer = decode(document, wanted)
        assert (answer.flexi_job.status, answer.student_job.status) == (flexi, student)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Service unavailable</html>",
        b"null",
        b"[]",
        b'"ok"',
        b"{}",
        b'{"status": 500, "error": "Internal Server Error"}',
        b'{"precontractualMainReference": "r"',
        b'{"flexiJobResult": {"allowed": NaN}}',
        b'{"flexiJobResult": {"allowed": "nok", "allowed": "ok"}}',
        b'{"precontractualMainReference": "\xff"}',
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"precontractualMainReference": "r", "n": ' + b"9" * 5000 + b"}",
        "{“precontractualMainReference”: “070101899010212202418”}".encode(),
    ],
)
def test_what_is_no_answer_is_broken(body: bytes) -> None:
    """Typographic quotes, duplicates, cuts, depth, other encodings: no answer, and nothing of it in the error."""
    with pytest.raises(BrokenAnswer) as broken:
        decode(body)
    assert broken.value.__context__ is None
    assert broken.value.__cause__ is None


def test_half_characters_and_deep_values_do_no_harm() -> None:
    """What JSON can spell and UTF-8 cannot is replaced; what is deeper than we are is not followed."""
    half = b'{"precontractualMainReference": "a\\ud800", "flexiJobResult": {"allowed": "\\udfff"}}'
    answer = decode(half)
    assert answer.main_reference == "a?"
    assert answer.flexi_job.status is Status.UNRECOGNISED
    repr(answer.flexi_job.allowed).encode()
    deep = b'{"flexiJobResult": {"allowed": ' + b"[" * 900 + b"]" * 900 + b"}}"
    assert decode(deep).flexi_job.status is Status.UNRECOGNISED


def test_a_bom_is_tolerated() -> None:
    """UTF-8 with a byte-order mark is read."""
    assert decode(b"\xef\xbb\xbf" + json.dumps(DIRECT).encode()).student_job.hours_remaining == 50


def paths(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from paths(value[key], (*path, key))


PATHS = [path for path in paths(DIRECT) if path]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
def test_removing_any_member_never_makes_an_ok(path: tuple[object, ...]) -> None:
    """Fail closed: what was not said is not ok."""
    document = copy.deepcopy(DIRECT)
    parent: dict[object, object] = document  # type: ignore[assignment]
    for step in path[:-1]:
        parent = parent[step]  # type: ignore[assignment]
    del parent[path[-1]]
    answer = decode(document)
    assert answer.flexi_job.status is not Status.OK
    if path[:2] in ((("studentJobResult"),), ("studentJobResult", "allowed")):
        assert answer.student_job.status is not Status.OK


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.sampled_from(PATHS), JSON)
def test_any_value_at_any_place_is_an_answer_or_broken(path: tuple[object, ...], value: object) -> None:
    """Whatever the gateway writes where: a typed answer or BrokenAnswer, and never an ok it did not write."""
    document = copy.deepcopy(DIRECT)
    parent: dict[object, object] = document  # type: ignore[assignment]
    for step in path[:-1]:
        parent = parent[step]  # type: ignore[assignment]
    parent[path[-1]] = value
    try:
        answer = decode(document)
    except BrokenAnswer:
        return
    assert answer.flexi_job.status is not Status.OK or '"ok"' in json.dumps(value)


NUMBER = "070101899010212202415"
LONG_DIGITS = st.from_regex(r" ?07[0-9]{18,29} ?", fullmatch=True)


@settings(max_examples=300)
@given(
    st.sampled_from(PATHS),
    LONG_DIGITS | JSON | st.dictionaries(LONG_DIGITS, LONG_DIGITS | JSON, max_size=3) | st.lists(LONG_DIGITS),
    st.lists(st.from_regex(r"07[0-9]{18}", fullmatch=True), min_size=1, max_size=6),
)
def test_an_answer_of_a_known_shape_is_what_it_is_by_itself(
    path: tuple[object, ...], value: object, numbers: list[str]
) -> None:
    """Bodies that differ in long digits only, wherever these stand; an escaped digit hides them from the
    cache of shapes.
    """
    document = copy.deepcopy(DIRECT)
    parent: dict[object, object] = document  # type: ignore[assignment]
    for step in path[:-1]:
        parent = parent[step]  # type: ignore[assignment]
    parent[path[-1]] = value
    text = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    for shift in range(len(numbers)):
        each = cycle(numbers[shift:])
        body = re.sub(rb"07[0-9]{18,}", lambda _: next(each).encode(), text)  # noqa: B023 (used at once)
        escaped = re.sub(rb"0(7[0-9]{18})", rb"\\u0030\1", body)
        assert _read(body) == _read(escaped)


@pytest.mark.parametrize("main", ["#1", r"\u00231", r"\u00011", " " * 490 + NUMBER, " " * 600 + NUMBER, "x"])
def test_long_digits_elsewhere_are_not_taken_for_the_reference(main: str) -> None:
    """Whatever a hostile gateway writes in its place, also what the cache of shapes would write there."""
    for other in (NUMBER, "7"):
        body = f'{{"precontractualMainReference": "{main}", "other": "{other}", "flexiJobResult": {{}}}}'
        assert _read(body.encode()) == _read(body.replace("0701", r"\u0030701").encode())


def _read(body: bytes) -> Answer | str:
    try:
        return decode(body)
    except BrokenAnswer as broken:
        return str(broken)


@given(st.binary(max_size=300))
def test_any_bytes_are_broken_or_an_answer(body: bytes) -> None:
    """Whatever comes back: BrokenAnswer, or a problem that can be read."""
    with pytest.raises(BrokenAnswer):
        decode(body)
    assert decode_problem(body, status=400).status == 400


def test_problems_of_the_manual() -> None:
    """§3.3.7-14: a belgif problem with its issues; stray blanks are stripped."""
    problem = decode_problem(
        json.dumps(
            {
                "type": " urn:problem-type:belgif:badRequest",
                "title": "Bad Request",
                "status": 400,
                "detail": "The input message is incorrect",
                "issues": [
                    {
                        "detail": " StartDate cannot be in the past ",
                        "in": "query",
                        "name": "startDate",
                        "value": "x",
                    }
                ],
                "instance": " urn:trace-id:05df4d67ef605ccadf0b034f ",
            }
        ).encode(),
        status=400,
    )
    assert problem.type == "urn:problem-type:belgif:badRequest"
    assert problem.instance == "urn:trace-id:05df4d67ef605ccadf0b034f"
    (issue,) = problem.issues
    assert (issue.name, issue.detail, issue.where, issue.value) == (
        "startDate",
        "StartDate cannot be in the past",
        "query",
        "x",
    )
    assert problem.summary == str(problem) == "the gateway finds the start date in the past"


def test_other_forms_of_problems() -> None:
    """belgif's inputs and invalidParams, the replaced SSIN, and retryAfterSec."""
    inputs = {"issues": [{"detail": "d", "inputs": [{"in": "query", "name": "citizen", "value": "v"}]}]}
    assert decode_problem(json.dumps(inputs).encode(), status=400).issues[0].name == "citizen"
    older = {"invalidParams": [{"in": "query", "name": "citizen", "reason": "bad"}]}
    assert decode_problem(json.dumps(older).encode(), status=400).issues[0].detail == "bad"
    replaced = {"issues": [{"name": "citizen", "replacedBy": "07010189901"}], "retryAfterSec": 12}
    problem = decode_problem(json.dumps(replaced).encode(), status=400)
    assert problem.replaced_by is not None
    assert problem.replaced_by.digits == "07010189901"
    assert problem.retry_after == 12


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3), ("3", 3), (3.0, None), (True, None), ("x", None), (None, None), (2**63, None)],
)
def test_whole_numbers_are_strict(value: object, number: int | None) -> None:
    """Only an integer, or its text, is a whole number."""
    assert whole_number(value) == number


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("<i>Vijftig &lt;uur&gt;</i> &amp;\n meer", "Vijftig <uur> & meer"),
        ("<![foo[bar]]>x", "x"),
        ("<!-- a --><br/>x<", "x<"),
        ("<a " * 20_000, ("<a " * 20_000).strip()),
        ("&#" + "9" * 5000 + ";", "&#" + "9" * 5000 + ";"),
        ("", ""),
    ],
)
def test_any_label_can_be_read(html: str, plain: str) -> None:
    """Whatever stands in it, at once: a label must not cost the answer that it comes with."""
    assert Labels({"nl": html}).plain("nl") == plain
