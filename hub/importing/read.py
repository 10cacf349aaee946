"""Reading a report with what a reader must be told: invoice numbers, patients' names, the heading map."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hub.canonical import Invoice, Patient
from hub.config.model import LocationConfig
from hub.derive import NUMBER
from hub.normalising.context import Context
from hub.reports import ReadReport, ReportContext, ReportReader
from hub.store import entities
from hub.store.session import Unit


def read(
    unit: Unit, reader: ReportReader, ctx: Context, place: LocationConfig, business: str, data: bytes
) -> ReadReport:
    """Raises Refused where the file cannot be read as a whole."""
    names = _Names(unit, ctx.connection)
    told = ReportContext(
        settings=ctx.settings,
        connection=ctx.connection,
        location=business,
        zone=place.zone,
        currency=ctx.config.currency,
        imported="",
        invoice=names.invoice,
        patient=names.patient,
    )
    return reader.read(data, told)


def stamped(report: ReadReport, import_id: str) -> ReadReport:
    """The same values, naming the import they came from."""
    return replace(
        report,
        payments=tuple(replace(p, source=replace(p.source, raw_record=import_id)) for p in report.payments),
        credit_applications=tuple(
            replace(c, source=replace(c.source, raw_record=import_id)) for c in report.credit_applications
        ),
    )


class _Names:
    """Look-ups of one import, each asked once."""

    def __init__(self, unit: Unit, connection: str) -> None:
        self._unit, self._connection = unit, connection
        self._invoices: dict[str, str] = {}
        self._patients: dict[str, str] | None = None

    def invoice(self, number: str) -> str:
        """The source id of an invoice number; one whose record was not read keeps its number for now."""
        if number not in self._invoices:
            found = entities.source_id_by_number(
                self._unit, number, connection=self._connection, kind=Invoice.kind
            )
            self._invoices[number] = f"{NUMBER}{number}" if found is None else found
        return self._invoices[number]

    def patient(self, name: str) -> str | None:
        """The one patient of exactly this name; None for nobody, several, or no name."""
        if not name:
            return None
        if self._patients is None:
            people = [
                p
                for p in entities.all_of(self._unit, self._connection, Patient.kind)
                if isinstance(p, Patient)
            ]
            counts = Counter(p.full_name for p in people)
            self._patients = {p.full_name: p.source.source_id for p in people if counts[p.full_name] == 1}
        return self._patients.get(name)
