"""Whether an image can run in a target, and is what it is to be. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from deploy.core.model import Image

Misfit = Literal["no image", "wrong platform", "wrong revision"]


@dataclass(frozen=True, slots=True)
class Fit:
    """Each thing by itself. What the image does not say, or nobody asked for, is not wrong: then `revision` is None."""

    exists: bool
    platform: bool
    revision: bool | None

    @property
    def misfit(self) -> Misfit | None:
        """The first thing that is wrong with it; None where it can be deployed."""
        if not self.exists:
            return "no image"
        if not self.platform:
            return "wrong platform"
        return "wrong revision" if self.revision is False else None


def fit(image: Image | None, platform: str, sha: str = "") -> Fit:
    """How an image fits.

    Args:
        image: as the registry has it; None where it has none.
        platform: that it is to run on, as `linux/arm64`.
        sha: the commit that it is to be built from; empty where any will do.
    """
    if image is None:
        return Fit(exists=False, platform=False, revision=None)
    told = image.revision == sha if image.revision and sha else None
    return Fit(exists=True, platform=platform in image.platforms, revision=told)
