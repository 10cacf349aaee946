"""Every system a story can be played into besides the books, in the order their parts are planned."""

from __future__ import annotations

from connectors.sandbox.life.cliniko.strand import ClinikoStrand
from connectors.sandbox.life.nookal.strand import NookalStrand
from connectors.sandbox.life.strand import Strand

STRANDS: dict[str, type[Strand]] = {one.words.account: one for one in (ClinikoStrand, NookalStrand)}
