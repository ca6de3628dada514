"""Whether the files of one answer agree: each kind says what it holds of a part, and what two of them say is compared.

A further kind joins by one file that reads its statements and one line in the table SOURCES; what stands around
the parts joins by a function and a line in AROUND.
"""

from __future__ import annotations

from artifacts.agreement.around import AROUND, around
from artifacts.agreement.comparing import disagreements
from artifacts.agreement.sources import SOURCES

__all__ = ["AROUND", "SOURCES", "around", "disagreements"]
