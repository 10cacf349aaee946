"""Every table, as SQLAlchemy Core. The clinic group is part of every unique key.

Ids are 32-character text. Instants are aware UTC (type Instant); business dates are dates; money is
integer cents. `*_enc` columns are AES-GCM values bound to group, table, column and row. The alembic
migrations create exactly this (a test compares).
"""

from hub.store.schema.base import Instant, metadata
from hub.store.schema.canonical import entity, entity_ref, issue, report_import
from hub.store.schema.claiming import claim, claim_batch, scheme_file
from hub.store.schema.common import (
    audit_event,
    audit_seal,
    budget,
    clinic_group,
    config_version,
    connection,
    grant,
    lease,
    meta,
    permit,
    report_cursor,
)
from hub.store.schema.incoming import bundle_refetch, inbox_message, raw_edge, raw_record, stream_cursor
from hub.store.schema.outgoing import (
    attempt,
    batch,
    case,
    case_need,
    delivery,
    hold,
    link,
    replay,
    replay_item,
)
from hub.store.schema.people import payment_ask, work_item

__all__ = [
    "Instant",
    "attempt",
    "audit_event",
    "audit_seal",
    "batch",
    "budget",
    "bundle_refetch",
    "case",
    "case_need",
    "claim",
    "claim_batch",
    "clinic_group",
    "config_version",
    "connection",
    "delivery",
    "entity",
    "entity_ref",
    "grant",
    "hold",
    "inbox_message",
    "issue",
    "lease",
    "link",
    "meta",
    "metadata",
    "payment_ask",
    "permit",
    "raw_edge",
    "raw_record",
    "replay",
    "replay_item",
    "report_cursor",
    "report_import",
    "scheme_file",
    "stream_cursor",
    "work_item",
]
