"""How each stream is listed: a function of v2, or a root list of v3 with the fields to ask for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class V2List:
    """A function of v2: the key of its rows, and the parameters for "modified since" and "from day".

    v2 cannot be asked for some fields only, so those in `drop` are left out before anything is stored.
    """

    function: str
    key: str
    since: str | None = None
    since_day: bool = False
    window: str | None = None
    drop: frozenset[str] = frozenset()
    fixed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class V3List:
    """A root list of v3 and the fields to ask for.

    `voids`: asked once per value of `void`. `inside`: the rows are this list inside each location or, for a
    child stream, inside each invoice.
    """

    field: str
    fields: str
    inside: str | None = None
    voids: bool = False
    days: bool = False


def _ledger(function: str, key: str) -> V2List:
    return V2List(function, key, since="lastmodified_date_from", since_day=True, window="date_from")


PRIVATE = frozenset(
    {
        "Notes", "Alerts", "allergies", "extras", "Occupation", "Employer", "DOB", "Gender", "PensionNo",
        "PrivateHealthNo", "PrivateHealthType", "healthFundData", "onlineQuickCode",
    }
)  # fmt: skip
"""What money and scheduling have no use for."""
_ENTRY = "entryID invoiceID itemType ItemID ItemCode name qty subtotal tax total void date providerID"
_PAYMENT = "paymentID invoiceID clientID locationID method amount date active"
_PRICED = "accountingCode category name price active hasTax"

LISTINGS: dict[str, V2List | V3List] = {
    "locations": V2List("getLocations", "locations"),
    "practitioners": V2List(
        "getPractitioners", "practitioners", fixed=(("include_inactive_practitioners", "1"),)
    ),
    "services": V3List("locations", f"serviceID serviceCode locationID {_PRICED}", inside="services"),
    "classes": V3List("locations", f"classID classCode locationID {_PRICED}", inside="classes"),
    "stock": V3List(
        "locations",
        "stockID productID location price hasTax productDetails { accountingCode category name sku active }",
        inside="stock",
    ),
    "patients": V2List("getPatients", "patients", since="last_modified", drop=PRIVATE),
    "appointments": V2List(
        "getAppointments", "appointments", since="last_modified", window="date_from", drop=PRIVATE
    ),
    "diary": V3List(
        "appointments", "apptID clientID providerID locationID appointmentDate apptType status arrived dna",
        days=True,
    ),
    "credits": V3List(
        "credits", "creditID invoiceID clientID locationID method amount date void fromAdjustment", days=True
    ),
    "refunds": _ledger("getInvoiceRefunds", "refunds"),
    "adjustments": _ledger("getInvoiceAdjustments", "adjustments"),
    "discounts": _ledger("getInvoiceDiscounts", "discounts"),
    "invoices": V3List(
        "invoices",
        "invoiceID invoiceNumber clientID caseID locationID practitionerID recipientID ApptID Total "
        "TotalPayments Balance dateCreated lastModified isThirdPartyInvoice void "
        "thirdParty { thirdPartyID name }",
        voids=True,
        days=True,
    ),
    "entries": V3List("invoiceEntry", _ENTRY, inside="entries", days=True),
    "payments": V3List("payments", _PAYMENT, inside="payments", days=True),
}  # fmt: skip
