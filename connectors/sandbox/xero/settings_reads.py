"""What integrations read to map a clinic's chart: organisation, accounts, tax rates, tracking."""

from __future__ import annotations

from connectors.sandbox.xero.books import Books
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.values import Doc, Missing, Refused, ms_date, stamp

_ACTIONS = (
    "CreateContact",
    "CreateApprovedInvoice",
    "CreateDraftInvoice",
    "CreateRepeatingInvoice",
    "UpdateContact",
)


def organisation(books: Books) -> Doc:
    """The organisation; lock dates are absent where none is set."""
    doc = books.organisation
    shown: Doc = {
        "OrganisationID": doc["id"],
        "Name": doc["name"],
        "LegalName": doc["name"],
        "PaysTax": doc["pays_tax"],
        "Version": doc["version"],
        "OrganisationType": "COMPANY",
        "OrganisationEntityType": "COMPANY",
        "BaseCurrency": doc["currency"],
        "CountryCode": "AU",
        "IsDemoCompany": False,
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": 30,
        "FinancialYearEndMonth": 6,
        "SalesTaxBasis": doc["sales_tax_basis"],
        "SalesTaxPeriod": "QUARTERLY1",
        "DefaultSalesTax": "Tax Inclusive",
        "DefaultPurchasesTax": "Tax Inclusive",
        "CreatedDateUTC": stamp(doc["created"]),
        "Timezone": doc["timezone"],
        "ShortCode": doc["short"],
        "Class": "PREMIUM",
        "Edition": "BUSINESS",
        "LineOfBusiness": "Allied health",
        "Addresses": [],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": {},
    }
    for wire, name in (("PeriodLockDate", "period_lock"), ("EndOfYearLockDate", "year_lock")):
        if doc[name]:
            shown[wire] = ms_date(doc[name])
    return shown


def actions() -> list[Doc]:
    """What the grant may do."""
    return [{"Name": name, "Status": "ALLOWED"} for name in _ACTIONS] + [
        {"Name": "UseMulticurrency", "Status": "NOT-ALLOWED"}
    ]


def account(books: Books, doc: Doc) -> Doc:
    """One account of the chart."""
    shown = {
        "AccountID": doc["id"],
        "Code": doc["code"],
        "Name": doc["name"],
        "Status": doc["status"],
        "Type": doc["type"],
        "Class": doc["class"],
        "TaxType": doc["tax_type"],
        "SystemAccount": doc["system"],
        "EnablePaymentsToAccount": doc["payments"],
        "ShowInExpenseClaims": False,
        "ReportingCode": "",
        "HasAttachments": False,
        "AddToWatchlist": False,
        "UpdatedDateUTC": stamp(doc["updated"]),
    }
    if doc["type"] == "BANK":
        shown |= {"BankAccountType": "BANK", "CurrencyCode": books.organisation["currency"]}
    return {name: value for name, value in shown.items() if value != ""}


def tax_rate(doc: Doc) -> Doc:
    """One tax rate with its CanApplyTo flags."""
    rate = float(doc["rate"])
    return {
        "Name": doc["name"],
        "TaxType": doc["id"],
        "Status": doc["status"],
        "ReportTaxType": doc["report"],
        **doc["applies"],
        "DisplayTaxRate": rate,
        "EffectiveRate": rate,
        "TaxComponents": [{"Name": "GST", "Rate": rate, "IsCompound": False, "IsNonRecoverable": False}],
    }


def tracking(doc: Doc, archived: bool) -> Doc:
    """One tracking category with its options (archived ones only when asked for)."""
    options = [option for option in doc["options"] if archived or option["status"] == "ACTIVE"]
    return {
        "TrackingCategoryID": doc["id"],
        "Name": doc["name"],
        "Status": doc["status"],
        "Options": [tracking_option(option) for option in options],
    }


def tracking_option(option: Doc) -> Doc:
    """One tracking option."""
    return {
        "TrackingOptionID": option["id"],
        "Name": option["name"],
        "Status": option["status"],
        "HasValidationErrors": False,
        "IsDeleted": False,
        "IsArchived": option["status"] == "ARCHIVED",
        "IsActive": option["status"] == "ACTIVE",
    }


def add_option(call: Call, category_id: str, raw: Doc) -> Doc:
    """A new option of a tracking category. Raises Missing, Refused."""
    doc: Doc = call.books.get("tracking", category_id)
    name = str(raw.get("Name") or "")
    if not name or len(name) > 100:
        raise Refused("The tracking option name must have 1 to 100 characters.")
    if any(option["name"].casefold() == name.casefold() for option in doc["options"]):
        raise Refused("A tracking option with this name already exists.")
    if doc["status"] != "ACTIVE":
        raise Missing(category_id)
    option = {"id": call.books.new_id("option"), "name": name, "status": "ACTIVE"}
    doc["options"].append(option)
    call.put("tracking", doc)
    return option
