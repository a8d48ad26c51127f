"""Reads a report with junitparser, and prints what it understands."""

import json
import sys

from junitparser import JUnitXml

report = JUnitXml.fromstring(sys.stdin.buffer.read())


def case(case):
    results = [{"kind": type(it).__name__, "message": it.message, "type": it.type, "text": it.text} for it in case.result]
    return {"name": case.name, "classname": case.classname, "results": results}


suites = [{"name": suite.name, "tests": suite.tests, "cases": [case(it) for it in suite]} for suite in report]
counts = {name: getattr(report, name) for name in ("tests", "failures", "errors", "skipped")}
json.dump({"counts": counts, "suites": suites}, sys.stdout)
