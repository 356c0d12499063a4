"""What a hostile gateway puts into its texts: to have a page run it or fetch something, or tell a number."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from precontractual_async import Description, Entry, Issue, Labels, Problem, Rejected, Ssin, Status

from .batch import BEGAN, CALLER, DATES, answered
from .journals import query_for
from .numbers import VALID_SSINS

TEXTS = (
    "<script>window.pwned = 1</script>",
    '"><img src=x onerror="window.pwned = 2">',
    "'><svg onload='window.pwned = 3'>",
    "</style><style>body { display: none }</style>",
    "</script><script>window.pwned = 4</script>",
    "</table></section><iframe src='http://127.0.0.1:9/'></iframe>",
    "<a href='javascript:window.pwned = 5'>here</a> javascript:window.pwned=6",
    "{{ 7 * 7 }}{% raw %}{{ ''.__class__ }}",
    "&lt;script&gt;window.pwned = 7&lt;/script&gt;",
    "\N{RIGHT-TO-LEFT OVERRIDE}turned around \N{RIGHT-TO-LEFT EMBEDDING}and left open",
    "<!-- <base href='http://127.0.0.1:9/'><meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "a \ud800 lone surrogate, a bell \a, a nul \0",
    "%s {count} {} {0.__class__}",
)


def numbers_in_words(number: str) -> tuple[str, ...]:
    """A number as a gateway might quote it."""
    dotted = f"{number[:2]}.{number[2:4]}.{number[4:6]}-{number[6:9]}.{number[9:]}"
    return (number, dotted, f"<b>{number[:6]}</b>{number[6:]}", " ".join(number), f"{number}0112202612")


def hostile() -> Iterator[Entry]:
    """Each of them in a reservation, in a complaint about a row, and as the cause; and quoted numbers."""
    quoted = [text for number in VALID_SSINS[-2:] for text in numbers_in_words(number)]
    for place, text in enumerate([*TEXTS, *quoted]):
        query = evolve(query_for(VALID_SSINS[place % 20]), start_date=DATES[place // 20], caller=CALLER)
        told = Description(("disclaimer", text), text, Labels({"nl": f"nl {text}", "xx": text, "en": text}))
        one = answered(query, BEGAN, Status.OK, Status.UNKNOWN, 5)
        flexi = evolve(one.answer.flexi_job, descriptions=(told,), allowed=(text,), remarks=(text,))
        student = evolve(one.answer.student_job, descriptions=(told,), allowed=(text,))
        answer = evolve(one.answer, flexi_job=flexi, student_job=student, trace_id=text)
        yield Entry.of(evolve(one, answer=answer), BEGAN)
        issue = Issue("citizen" if place % 2 else text, f"about {text}", text, text)
        problem = Problem(400, text, text, text, text, (issue,), Ssin.parse(VALID_SSINS[-1]), None, text)
        later = evolve(query, citizen=Ssin.parse(VALID_SSINS[(place + 7) % 20]), start_date=DATES[1])
        yield Entry.of(Rejected(later, problem), BEGAN)
