"""JUnit XML, which every build server shows: one test a limit, failed where it is broken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal
from xml.etree import ElementTree

from msgspec import Struct

from ptxenergy.compare.budget import BudgetReport
from ptxenergy.compare.difference import Comparison, Difference
from ptxenergy.compare.limits import Check
from ptxenergy.ptx.names import short_name
from ptxenergy.report.changes import change_words
from ptxenergy.report.limits import check_words

# What XML 1.0 cannot hold, even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Case(Struct, frozen=True):
    """One test: `where` and `name` identify it, `text` says more."""

    where: str
    name: str
    outcome: Literal["passed", "failure", "skipped"]
    message: str = ""
    text: str = ""


def difference_junit(comparison: Comparison) -> str:
    """Each kernel's growth as a test, and what could not be compared as a skipped one."""
    return junit("ptxenergy diff", _difference_cases(comparison))


def budget_junit(report: BudgetReport) -> str:
    """Each limit of each kernel as a test."""
    return junit("ptxenergy budget", _budget_cases(report))


def junit(suite: str, cases: Iterable[Case]) -> str:
    """The document of one suite."""
    listed = list(cases)
    counts = {
        "tests": str(len(listed)),
        "failures": str(sum(case.outcome == "failure" for case in listed)),
        "skipped": str(sum(case.outcome == "skipped" for case in listed)),
        "errors": "0",
    }
    root = ElementTree.Element("testsuites", counts)
    group = ElementTree.SubElement(root, "testsuite", {"name": suite, **counts})
    for case in listed:
        named = {"classname": _clean(case.where), "name": _clean(case.name), "time": "0"}
        test = ElementTree.SubElement(group, "testcase", named)
        if case.outcome != "passed":
            said = {"message": _clean(case.message)}
            ElementTree.SubElement(test, case.outcome, said).text = _clean(case.text)
        elif case.text:
            ElementTree.SubElement(test, "system-out").text = _clean(case.text)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _difference_cases(comparison: Comparison) -> Iterator[Case]:
    for one in comparison.differences:
        message, *more = change_words(one)
        yield Case(one.new.inspection.file, one.name, _outcome(one), message, "\n".join(more))
    for skipped in comparison.skipped:
        name = short_name(skipped.kernel)
        yield Case(comparison.new_file, name, "skipped", skipped.message)


def _outcome(one: Difference) -> Literal["passed", "failure", "skipped"]:
    return "failure" if one.state == "broken" else "skipped" if one.state == "excused" else "passed"


_OUTCOME: dict[str, Literal["passed", "failure", "skipped"]] = {
    "kept": "passed",
    "broken": "failure",
    "excused": "skipped",
    "open": "skipped",
}


def _budget_cases(report: BudgetReport) -> Iterator[Case]:
    for row in report.rows:
        for check in row.checks:
            yield _check_case(row.launched.file, short_name(row.launched.kernel), check)
    for one in report.unknown:
        yield Case(one.file, short_name(one.kernel), "failure", "no prediction", one.reason)


def _check_case(file: str, kernel: str, check: Check) -> Case:
    words = check_words(check)
    return Case(file, f"{kernel}: {check.limit}", _OUTCOME[check.state], words, words)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


__all__: Sequence[str] = ("Case", "budget_junit", "difference_junit", "junit")
