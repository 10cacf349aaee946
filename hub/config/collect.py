"""The section `collect` of a group's file: who is asked for money, and by which word it is then recorded.

collect:
  connection: harbour-stripe          # the payment system that is asked for pages
  methods:                            # the practice systems' own word for money that came this way
    harbour-nookal: Online card
  after_days: 14                      # asked for by itself once an invoice is so old; leave out: never
  hours: 24                           # how long such a page can be paid
"""

from __future__ import annotations

from collections.abc import Sequence

from yaml.nodes import Node

from hub.config.model import Collect, ConnectionConfig
from hub.config.nodes import Page, line_of

LEAST_HOURS, MOST_HOURS = 1, 24
ENTERED_WITHIN = 14
_NAMES = ("connection", "methods", "after_days", "hours", "entered_within")


def read_collect(page: Page, node: Node | None, connections: Sequence[ConnectionConfig]) -> Collect | None:
    """The section, None where it is left out. Errors go to the page."""
    if node is None:
        return None
    given = page.section(node, "collect", _NAMES, ("connection",))
    known = {one.id: one for one in connections}
    where = page.text(given.get("connection"), "collect: connection")
    if where and (where not in known or known[where].role != "both"):
        page.wrong(given["connection"], f"collect names {where!r}, which is read and written by nobody.",
                   "Write the id of a payment system's connection whose role is `both`.")  # fmt: skip
    methods: dict[str, str] = {}
    for pms, (key, word) in page.mapping(given.get("methods"), "collect: methods").items():
        if pms not in known or not known[pms].is_read:
            page.wrong(key, f"collect: methods names {pms!r}, which is no source connection.",
                       "Write the id of a practice system's connection.")  # fmt: skip
        methods[pms] = page.text(word, f"collect: methods: {pms}")
    hours = page.number(given.get("hours"), "collect: hours", MOST_HOURS)
    if not LEAST_HOURS <= hours <= MOST_HOURS:
        page.wrong(given.get("hours"), "collect: hours fits no page of a payment system.",
                   f"Write a number from {LEAST_HOURS} to {MOST_HOURS}.")  # fmt: skip
    days = page.number(given.get("after_days"), "collect: after_days", -1)
    if days < 0 and "after_days" in given:
        page.wrong(given["after_days"], "collect: after_days cannot be negative.", "Write 0 or more days.")
    return Collect(
        connection=where,
        methods={pms: word for pms, word in methods.items() if word},
        after_days=days if days >= 0 else None,
        hours=hours,
        entered_within=page.number(given.get("entered_within"), "collect: entered_within", ENTERED_WITHIN),
        line=line_of(node),
    )
