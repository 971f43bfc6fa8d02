"""The four ways in which an operation can end."""

from __future__ import annotations

from typing import Literal

Status = Literal["done", "failed", "refused", "cancelled"]
