"""The organisation that pure tests of the target plan against: a few accounts of each kind, one archived."""

from __future__ import annotations

from hub.targets import Account, Chart, Policy, TaxRate

CHART = Chart(
    "Fable & Ferret",
    "AUD",
    "Australia/Sydney",
    None,
    {
        "200": Account("200", "a1", "Physiotherapy", "REVENUE", True, False),
        "203": Account("203", "a2", "Massage", "REVENUE", True, False),
        "207": Account("207", "a3", "Hydrotherapy", "REVENUE", False, False),
        "400": Account("400", "a4", "Rent", "EXPENSE", True, False),
        "610": Account("610", "a5", "Debtors", "CURRENT", True, False, "DEBTORS"),
        "880": Account("880", "a6", "Drawings", "EQUITY", True, True),
        "1101": Account("1101", "a7", "EFTPOS", "BANK", True, True),
        "1103": Account("1103", "a8", "Cash", "BANK", True, True),
    },
    {
        "OUTPUT": TaxRate("OUTPUT", "GST", "10", True, frozenset({"revenue", "asset"})),
        "EXEMPTOUTPUT": TaxRate("EXEMPTOUTPUT", "GST free", "0", True, frozenset({"revenue"})),
        "OLD": TaxRate("OLD", "Old", "0", False, frozenset({"revenue"})),
    },
    {"Location": frozenset({"Geelong"})},
)
POLICY = Policy(None, CHART)
