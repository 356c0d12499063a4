"""Where ``precontractual screen`` tells what became of a list: options for results, metrics."""

from __future__ import annotations

import argparse

from .values import metrics_label


def add_results(screen: argparse.ArgumentParser) -> None:
    """Where what became of the list goes."""
    screen.add_argument("-o", "--output", metavar="OUT", help="the result; - is standard output")
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
