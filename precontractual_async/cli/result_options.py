"""Where ``precontractual screen`` tells what became of a list: options for results, changes, metrics."""

from __future__ import annotations

import argparse

from .values import hours, metrics_label


def add_results(screen: argparse.ArgumentParser) -> None:
    """Where what became of the list goes."""
    screen.add_argument("-o", "--output", metavar="OUT", help="the result; - is standard output")
    screen.add_argument(
        "--changes",
        metavar="FILE",
        help="what changed since this list was last told with it, and who still waits; in any format of a "
        "result, - for lines on standard output (needs --journal)",
    )
    screen.add_argument(
        "--hours-below",
        type=hours,
        metavar="N",
        help="with --changes: tell also when fewer than N student hours are left, and were not before",
    )
    screen.add_argument(
        "--hours-step",
        type=hours,
        metavar="N",
        help="with --changes: tell also when student hours differ by N from those that were told last",
    )
    screen.add_argument(
        "--split-by",
        choices=("represented",),
        help="one result for each employer; the name of OUT has {enterprise} where its number comes",
    )


def add_metrics(screen: argparse.ArgumentParser) -> None:
    """What a monitoring reads when the run is over."""
    screen.add_argument(
        "--metrics",
        metavar="FILE",
        help="what became of the run, also when it fails, for node_exporter's textfile collector",
    )
    screen.add_argument(
        "--metrics-label",
        type=metrics_label,
        metavar="NAME",
        help="what the label `list` says there, where several lists are screened; never a person's number",
    )
