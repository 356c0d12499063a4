"""The pages say nothing that is not said in four languages, and the catalogue nothing that no page says."""

from __future__ import annotations

import re
from pathlib import Path

from precontractual_async import console
from precontractual_async.cli import serve
from precontractual_async.words import CATALOGUE, console_runs
from precontractual_async.words import console as words

ROOM = Path(str(console.__file__)).parent
TEMPLATES = {path.name: path.read_text() for path in sorted(ROOM.glob("*.html"))}
CODE = "\n".join(path.read_text() for path in (*sorted(ROOM.glob("*.py")), Path(str(serve.__file__))))
SAID = re.compile(r'say\("((?:[^"\\]|\\.)*)"')


def test_every_sentence_of_a_page_is_translated() -> None:
    said = {sentence for text in TEMPLATES.values() for sentence in SAID.findall(text)}
    said |= set(re.findall(r'button\([^"]*(?:"[^"]*"[^"]*?)?, "([A-Z][^"]+)"', "\n".join(TEMPLATES.values())))
    assert len(said) > 60
    assert sorted(said - CATALOGUE.keys()) == []


def test_every_sentence_of_the_code_is_translated() -> None:
    """Those that a page is given to say."""
    given = re.findall(r'_home\(\s*request,\s*"([^"]+)"', CODE)
    assert len(given) == 4
    assert sorted(set(given) - CATALOGUE.keys()) == []


def test_no_sentence_is_left_over() -> None:
    everything = CODE + "\n".join(TEMPLATES.values())
    left = [
        english
        for english, *_ in (*words.SENTENCES, *console_runs.SENTENCES)
        if not all(part in everything for part in re.split(r"{\w+}", english))
    ]
    assert left == []


def test_no_page_has_words_of_its_own() -> None:
    """All that is read comes from the catalogue: between tags stands nothing else."""
    for name, text in TEMPLATES.items():
        bare = re.sub(r"{{.*?}}|{%.*?%}|{#.*?#}|<[^>]*>", " ", text, flags=re.DOTALL)
        assert not re.findall(r"[A-Za-zÀ-ÿ]{2,}", bare), name
