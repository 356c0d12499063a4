"""The command line: commands, options and their help, in words a payroll developer knows."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from ..model.privacy import masked
from ..model.questions import TypeOfWorker
from ..settings.settings import Environment
from ..words import LANGUAGES
from .completion import Completion
from .journal_options import add_journal
from .result_options import add_changes, add_metrics, add_results
from .shared_options import add_fresh_for, add_journal_file, add_lang
from .values import Refusal, duration, start_date

_ENVIRONMENTS: Final = tuple(each.value for each in Environment)
_TYPES: Final = tuple(each.value for each in TypeOfWorker)

_EPILOG: Final = """\
settings come from PRECONTRACTUAL_* variables: ENVIRONMENT, CLIENT_ID, KEY_FILE, ENTERPRISE_NUMBER, RATE, ...
Try it without any:  precontractual demo

exit codes: 0 complete, 1 failure, 2 usage or configuration, 3 complete but rows are pending,
4 credentials refused, 5 gateway unavailable, 129/130/143 stopped by a signal
"""


class _Version(argparse.Action):
    """Shows the version, as JSON with the versions of all dependencies; looked up only when asked for."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *_: object
    ) -> NoReturn:
        from ..settings.version import VERSION
        from .versions import versions

        is_json = getattr(namespace, "json", False)  # anywhere on the command line: main has looked for it
        print(json.dumps(versions()) if is_json else f"precontractual-async {VERSION}")
        parser.exit()


class _Parser(argparse.ArgumentParser):
    """Does not repeat an argument that it did not understand: the argument may be a citizen's number."""

    def parse_known_args(  # type: ignore[override]  # one signature for all of its overloads
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Refuses unknown arguments here: the parent parser knows no more, and would name the wrong help."""
        known, unknown = super().parse_known_args(args, namespace)
        if unknown:
            raise Refusal(_not_understood(unknown), f"See {self.prog} --help.")
        return known, unknown

    def error(self, message: str) -> NoReturn:
        raise Refusal(masked(message), f"See {self.prog} --help.")


def _not_understood(words: Sequence[str]) -> str:
    """Names the unknown options, without their values; does not repeat other arguments."""
    names = [masked(word.partition("=")[0]) for word in words if word.startswith("--")]
    which = f": {', '.join(names)}" if names else ""
    return (
        f"there are arguments that are not understood{which} "
        "(a citizen's number is never one: it is asked for, or read from standard input)"
    )


def add_commands() -> argparse.ArgumentParser:
    """Return the parser with all commands."""
    parser = _Parser(
        prog="precontractual",
        description="May this candidate work for us as a flexi-jobber or a student, from this date?",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version",
        action=_Version,
        nargs=0,
        help="show the version and exit; with --json also Python's and those of the packages",
    )
    parser.add_argument(
        "--print-completion",
        action=Completion,
        choices=("bash", "zsh", "tcsh"),
        metavar="SHELL",
        help="print the script by which bash, zsh or tcsh completes this command, and exit",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_add_demo, _add_verify, _add_screen, add_changes, _add_report, add_journal):
        add(commands)
    for add in (_add_sandbox, _add_doctor, _add_console, _add_guide):
        add(commands)
    return parser


# argparse's own types have private names, but there is no other way to annotate them.
def _add_demo(commands: argparse._SubParsersAction[_Parser]) -> None:
    demo = commands.add_parser(
        "demo", help="screen a made-up list against a simulated gateway: no credentials needed"
    )
    demo.add_argument("--candidates", type=int, default=520, metavar="N", help="how many (default: 520)")
    demo.add_argument("--seed", type=int, default=1, help="another number makes up other people")
    demo.add_argument(
        "-o", "--output", default="precontractual-demo.csv", metavar="FILE", help="default: %(default)s"
    )
    demo.add_argument("-q", "--quiet", action="store_true", help="no progress")
    add_lang(demo)


def _add_verify(commands: argparse._SubParsersAction[_Parser]) -> None:
    verify = commands.add_parser(
        "verify",
        help="verify one citizen",
        description="Verify one citizen. The number is asked for, or read from standard input: never given "
        "as an argument, where other users of the machine could see it.",
    )
    _add_start_date(verify, "the planned first day of work, such as 2026-12-01 or 1/12/2026", "store")
    _add_who(verify)
    verify.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_lang(verify, "; the gateway's own texts where it has them")


def _add_screen(commands: argparse._SubParsersAction[_Parser]) -> None:
    screen = commands.add_parser(
        "screen",
        help="verify everybody on a list",
        description="Verify everybody on a list (CSV, JSON lines, Excel, ODS or Parquet). The result has the "
        "same rows in the same order, with what became of each behind them.",
    )
    screen.add_argument("list", metavar="LIST", help="the list; - is standard input")
    add_results(screen)
    # The dry run has a module of its own, without any network library: it is handled like a command.
    screen.add_argument(
        "--dry-run",
        dest="command",
        action="store_const",
        const="dryrun",
        default=argparse.SUPPRESS,
        help="tell how the list is understood, all that is wrong with it and how many calls a run would "
        "make; makes none, and needs neither settings nor -o",
    )
    _add_start_date(screen, "ask everybody for this date; may be given several times", "append")
    _add_who(screen)
    _add_reading(screen)
    screen.add_argument("--rate", metavar="N", help="calls per second at most")
    screen.add_argument(
        "--journal",
        metavar="J",
        help="a file that keeps every answer: the same command again goes on where it was, and later asks "
        "only what is due",
    )
    _add_cluster(screen)
    screen.add_argument(
        "--patience",
        type=duration,
        metavar="T",
        help="how long an outage is waited out, such as 30m (default: 2h)",
    )
    add_fresh_for(screen)
    screen.add_argument(
        "--no-window-check",
        action="store_true",
        help="leave it to the gateway whether a date can be asked yet",
    )
    screen.add_argument(
        "--lang",
        choices=LANGUAGES,
        help="language of what is said and of a workbook (default: the locale's), and of the columns reason "
        "and next_step in other results (default: en); their other columns hold words for machines",
    )
    screen.add_argument(
        "--json", action="store_true", help="the summary as JSON, on standard output when the result is not"
    )
    add_metrics(screen)
    screen.add_argument(
        "-q",
        "--quiet",
        action="store_true",
        help="say nothing when all is complete (exit 0): a cron line mails only what needs somebody",
    )


def _add_cluster(screen: argparse.ArgumentParser) -> None:
    """Add the options for the cluster whose workers ask, in place of this process."""
    screen.add_argument(
        "--dask",
        metavar="CLUSTER",
        help="ask from many processes: local:4 for four on this machine, or the address of a Dask scheduler "
        "(needs precontractual-async[dask])",
    )
    screen.add_argument(
        "--partition",
        type=int,
        default=100,
        metavar="N",
        help="with --dask: rows that a process gets at a time, and that are asked again when it is lost "
        "(1 to 500; default: 100)",
    )


def _add_reading(screen: argparse.ArgumentParser) -> None:
    """Add the options for reading a list that does not itself say how."""
    screen.add_argument(
        "--format",
        choices=("csv", "jsonl", "xlsx", "xls", "ods", "parquet"),
        help="of the list, whatever its suffix; and of the result, when its suffix does not tell",
    )
    screen.add_argument(
        "--sheet", metavar="NAME", help="the sheet of a workbook, where several could be the list"
    )
    screen.add_argument("--citizen-column", metavar="NAME", help="the column with the citizens' numbers")
    screen.add_argument("--date-column", metavar="NAME", help="the column with the start dates")
    screen.add_argument(
        "--represented-column", metavar="NAME", help="the column with the employers' numbers; '' for none"
    )
    screen.add_argument("--type-column", metavar="NAME", help="the column with the type of worker")


def _add_report(commands: argparse._SubParsersAction[_Parser]) -> None:
    report = commands.add_parser(
        "report",
        help="what a journal holds, as a page for people",
        description="Writes one HTML file that asks nothing of the network: what is known of whom, whose "
        "move it is, and pictures of it. Needs the journal's key alone; a run may use the journal meanwhile.",
    )
    add_journal_file(report)
    report.add_argument(
        "-o", "--output", required=True, metavar="HTML", help="the page; - is standard output"
    )
    add_lang(report, " and of the page; the gateway's own texts where it has them")
    report.add_argument(
        "--represented", metavar="NUMBER", help="only what was asked for the employer with this number"
    )
    report.add_argument(
        "--show-citizens", action="store_true", help="with the citizens' numbers, which are masked otherwise"
    )


def _add_sandbox(commands: argparse._SubParsersAction[_Parser]) -> None:
    sandbox = commands.add_parser(
        "sandbox",
        help="a simulated gateway for your own tests; prints the variables to export",
        description="Runs a simulated gateway until Ctrl-C, and prints the variables to export.",
    )
    sandbox.add_argument("--port", type=int, default=0, help="default: any free one")
    sandbox.add_argument(
        "--as",
        dest="kind",
        choices=("employer", "mandatary", "portal"),
        default="employer",
        help="who the printed variables make you; portal: a person who asks by the web portal's channel",
    )
    sandbox.add_argument("--limit", type=int, default=50, help="calls per second it admits (default: 50)")
    sandbox.add_argument(
        "--token-life", type=float, default=300.0, metavar="S", help="seconds (default: 300)"
    )
    sandbox.add_argument(
        "--error-share", type=float, default=0.0, metavar="X", help="0.2: a fifth gets a 500"
    )
    sandbox.add_argument("--drop-share", type=float, default=0.0, metavar="X", help="connections dropped")
    sandbox.add_argument("--latency", type=float, default=0.0, metavar="S", help="seconds that a call takes")
    sandbox.add_argument(
        "--outage",
        action="append",
        default=[],
        metavar="FROM:TO",
        help="seconds since the start: 503 for all",
    )


def _add_doctor(commands: argparse._SubParsersAction[_Parser]) -> None:
    doctor = commands.add_parser(
        "doctor",
        help="check settings, key, clock, token and connection",
        description="Checks one thing after another and says what to do. Nobody's data is consulted.",
    )
    doctor.add_argument("--environment", choices=_ENVIRONMENTS, help="instead of PRECONTRACTUAL_ENVIRONMENT")
    add_lang(doctor)


def _add_console(commands: argparse._SubParsersAction[_Parser]) -> None:
    console = commands.add_parser(
        "console",
        help="a page for the office, on this machine alone: drop a list, start, watch, download",
        description="Serves a page on this machine alone, and opens it in the browser, until Ctrl-C.",
    )
    console.set_defaults(command="serve")  # the module named console is the one for the terminal
    console.add_argument("--port", type=int, default=0, metavar="N", help="default: any free one")
    console.add_argument(
        "--journals", metavar="FOLDER", help="where answers are kept (default: in the user's own folder)"
    )
    add_lang(console, "; the page can change it")
    console.add_argument(
        "--demo", action="store_true", help="with made-up people and answers: no credentials needed"
    )


def _add_guide(commands: argparse._SubParsersAction[_Parser]) -> None:
    guide = commands.add_parser(
        "guide",
        help="read the guides that come with this package",
        description="Lists the guides, or shows one.",
    )
    guide.add_argument("name", nargs="?", metavar="NAME", help="which one; without it they are listed")
    guide.add_argument("--raw", action="store_true", help="as Markdown")
    add_lang(guide, " (guides are in English)")


def _add_start_date(parser: argparse.ArgumentParser, text: str, action: str) -> None:
    parser.add_argument(
        "--start-date", type=start_date, metavar="D", action=action, required=action == "store", help=text
    )


def _add_who(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--type-of-worker", choices=_TYPES, help="which answer is wanted (default: all)")
    parser.add_argument("--environment", choices=_ENVIRONMENTS, help="instead of PRECONTRACTUAL_ENVIRONMENT")
