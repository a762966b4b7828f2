"""gate: exit 3 unless the test part says that every KPI is reached."""

from lifecycle import paths
from lifecycle.errors import GateClosed
from lifecycle.files.records import read_json


def main(arguments: list[str]) -> int:
    """Print a line per KPI; raises GateClosed, exit code 3, when one is missed."""
    kpis = read_json(paths.TEST)["kpis"]
    for name, verdict in kpis.items():
        mark = "passed" if verdict["passed"] else "MISSED"
        print(f"{mark}  {name} {verdict['model']['value']:.4f}, floor {verdict['floor']}: {verdict['reason']}")
    missed = [name for name, verdict in kpis.items() if not verdict["passed"]]
    if missed:
        first = kpis[missed[0]]
        raise GateClosed(
            f"{len(missed)} of {len(kpis)} KPIs missed: {', '.join(missed)} ({missed[0]}: {first['reason']})",
            where=f"{paths.TEST}, floors in conf/problem/",
            todo="dvc metrics diff, then improve the model; a floor is changed in conf/problem/ only",
        )
    return 0
