"""The remaining resources: locations, people, catalogue, and the table of all of them by name."""

from __future__ import annotations

from connectors.sandbox.cliniko.resources import ARCHIVE, ARCHIVE_TWINS, DIARY_AND_MONEY, Resource, resource

_PEOPLE = [
    resource(
        "users",
        "title first_name last_name email role active user_active phone_numbers time_zone "
        "time_zone_identifier",
    ),
    resource(
        "businesses",
        "business_name display_name label business_registration_name business_registration_value address_1 "
        "address_2 city state post_code country country_code contact_information email_reply_to "
        "website_address additional_information "
        "additional_invoice_information time_zone time_zone_identifier "
        "appointment_type_ids show_in_online_bookings appointment_reminders_enabled archived_at deleted_at",
        many={
            "practitioners": "businesses/{id}/practitioners",
            "appointments": "businesses/{id}/appointments",
        },
        hides=ARCHIVE_TWINS,
        bool="show_in_online_bookings",
        array="appointment_type_ids",
        time="archived_at deleted_at",
    ),
    resource(
        "practitioners",
        "title first_name last_name display_name label designation description active "
        "show_in_online_bookings",
        one={"user": "users", "default_appointment_type": "appointment_types"},
        many={
            "appointment_types": "practitioners/{id}/appointment_types",
            "appointments": "practitioners/{id}/appointments",
            "invoices": "practitioners/{id}/invoices",
            "practitioner_reference_numbers": "practitioners/{id}/practitioner_reference_numbers",
        },
        number="user_id",
        bool="active show_in_online_bookings",
    ),
    resource(
        "practitioner_reference_numbers",
        "name reference_number",
        one={"practitioner": "practitioners", "business": "businesses"},
        number="business_id practitioner_id",
        text="reference_number",
    ),
    resource(
        "patients",
        "title first_name last_name preferred_first_name label date_of_birth sex gender gender_identity "
        "pronouns email patient_phone_numbers address_1 address_2 "
        "address_3 city state post_code country country_code "
        "emergency_contact occupation time_zone medicare medicare_reference_number dva_card_number "
        "invoice_default_to invoice_email invoice_extra_information notes appointment_notes old_reference_id "
        "referral_source custom_fields reminder_type accepted_privacy_policy accepted_email_marketing "
        "accepted_sms_marketing receives_confirmation_emails receives_cancellation_emails archived_at "
        "deleted_at merged_at",
        one={
            "concession_type": "concession_types",
            "referring_doctor": "contacts",
            "merged_with_patient": "patients",
        },
        many={
            "invoices": "patients/{id}/invoices",
            "attendees": "attendees?q%5B%5D=patient_id%3A%3D{id}",
        },
        hides=ARCHIVE,
        text="first_name last_name preferred_first_name email old_reference_id",
        date="date_of_birth",
        bool="accepted_privacy_policy",
        time="archived_at",
    ),
    resource(
        "contacts",
        "type type_code doctor_type title first_name last_name preferred_name company_name occupation "
        "provider_number email phone_numbers address_1 address_2 address_3 city state post_code country "
        "country_code notes archived_at deleted_at",
        hides=ARCHIVE_TWINS,
        text="company_name first_name last_name email occupation",
        number="type_code",
        time="archived_at deleted_at",
    ),
    resource(
        "patient_cases",
        "name notes issue_date expiry_date max_sessions max_invoiceable_amount include_cancelled_attendees "
        "include_dna_attendees referral referral_type closed closed_at archived_at attendee_ids",
        one={"patient": "patients", "contact": "contacts"},
        many={"attendees": "patient_cases/{id}/attendees", "invoices": "patient_cases/{id}/invoices"},
        hides=ARCHIVE,
        number="patient_id",
        text="name referral_type",
        date="issue_date expiry_date",
        time="closed_at archived_at",
    ),
]

_CATALOGUE = [
    resource("taxes", "name rate amount"),
    resource("concession_types", "name archived_at", hides=ARCHIVE, time="archived_at"),
    resource(
        "concession_prices",
        "price",
        one={"billable_item": "billable_items", "concession_type": "concession_types"},
        number="billable_item_id concession_type_id",
    ),
    resource(
        "billable_items",
        "name item_code item_type price archived_at",
        one={"tax": "taxes"},
        hides=ARCHIVE,
        number="tax_id",
        time="archived_at",
    ),
    resource(
        "products",
        "name item_code serial_number price_ex_tax price_including_tax cost_price stock_level notes "
        "archived_at product_supplier_name",
        one={"tax": "taxes", "product_supplier": "product_suppliers"},
        many={"stock_adjustments": "stock_adjustments?q%5B%5D=product_id%3A%3D{id}"},
        hides=ARCHIVE,
        number="tax_id",
        text="name",
        time="archived_at",
    ),
    resource("product_suppliers", "name", text="name"),
    resource(
        "appointment_types",
        "name category description color duration_in_minutes max_attendees show_in_online_bookings "
        "telehealth_enabled online_bookings_lead_time_hours online_payments_enabled online_payments_mode "
        "deposit_price add_deposit_to_account_credit appointment_confirmation_template_ids "
        "appointment_reminder_template_ids appointment_follow_up_template_ids archived_at",
        many={
            "practitioners": "appointment_types/{id}/practitioners",
            "appointment_type_billable_items": "appointment_type_billable_items"
            "?q%5B%5D=appointment_type_id%3A%3D{id}",
            "appointment_type_products": "appointment_type_products?q%5B%5D=appointment_type_id%3A%3D{id}",
        },
        hides=ARCHIVE,
        text="category online_payments_mode",
        bool="show_in_online_bookings",
        array="appointment_confirmation_template_ids appointment_reminder_template_ids "
        "appointment_follow_up_template_ids",
        time="archived_at",
    ),
]
_LINK = "quantity discount_percentage discounted_amount is_monetary_discount"
_CATALOGUE += [
    resource(
        f"appointment_type_{other}s",
        _LINK,
        one={"appointment_type": "appointment_types", other: f"{other}s"},
        number=f"appointment_type_id {other}_id",
    )
    for other in ("billable_item", "product")
]

RESOURCES: dict[str, Resource] = {r.name: r for r in (*_PEOPLE, *_CATALOGUE, *DIARY_AND_MONEY)}
