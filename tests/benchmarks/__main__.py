"""`python -m tests.benchmarks [requests] [hints] [sensor] [pull] [--minutes 5] [--json]`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from tests.benchmarks import hints, pull, requests, sensor
from tests.benchmarks.measuring import table


def main() -> int:
    """Run the named parts (all without a name), print a table each and one JSON object at the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("parts", nargs="*", help="which parts; all without one")
    parser.add_argument("--invoices", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=5.0, help="of hints, and as many without")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", action="store_true", help="leave the home folders, to look at")
    args = parser.parse_args()
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "requests": lambda: requests.measure(args.invoices, keep=args.keep),
        "hints": lambda: hints.measure(args.minutes, seed=args.seed, keep=args.keep),
        "sensor": lambda: sensor.measure(args.minutes, seed=args.seed, keep=args.keep),
        "pull": lambda: pull.measure(args.invoices, keep=args.keep),
    }
    unknown = [name for name in args.parts if name not in parts]
    if unknown:
        parser.error(f"no part is called {unknown[0]!r}; there are {', '.join(parts)}")
    results = {}
    for name in args.parts or parts:
        results[name] = parts[name]()
        print(table(name, results[name]), flush=True)
    print(json.dumps(results, sort_keys=True))
    return 0 if all(result.get("met", True) for result in results.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
