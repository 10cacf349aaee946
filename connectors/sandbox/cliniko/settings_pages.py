"""`/settings` and `/settings/public`: the account, and whether the clinic's native Xero sync is on."""

from __future__ import annotations

from connectors.sandbox.cliniko.state import Account, ClinikoState
from connectors.sandbox.store import Doc


def settings(account: Account, state: ClinikoState, *, full: bool) -> Doc:
    """The settings object; `full` adds the groups only some roles may see."""
    facts = account.facts
    page: Doc = {
        "account": {
            "id": account.id,
            "name": facts["name"],
            "subdomain": facts["subdomain"],
            "country": facts["country"],
            "country_code": facts["country_code"],
            "currency_symbol": facts.get("currency_symbol", "$"),
            "has_time_travelers": False,
            "time_zone_support": state.switch("time_zone_support"),
        },
        "calendar": {
            "start_hour": 7,
            "end_hour": 20,
            "multiple_appointments_gap": False,
            "show_current_time_indicator": True,
            "timeslot_height_in_pixels": 15,
            "timeslot_size_in_minutes": 15,
        },
        "integrations": {
            "mail_chimp": {"enabled": False},
            "xero": {"enabled": facts.get("native_xero", state.switch("native_xero"))},
        },
        "online_payments": {"activated": state.switch("stripe")},
        "reminders": {"default_reminder_type": "SMS & Email"},
        "terminology": {"patient": "patient", "titles": ["Mr", "Mrs", "Ms", "Dr"]},
    }
    if full:
        page["integrations"]["medipass"] = {"enabled": False}
        page["patient_privacy"] = {
            "anonymise_invoices_and_payments_on_deletion": False,
            "prevent_sending_financial_data_by_email": False,
        }
        page["patient_custom_fields_definition"] = None
    return page
