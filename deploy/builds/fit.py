"""Whether an image has a target's platform and the expected commit. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.model import Image

Misfit = Literal["no image", "wrong platform", "wrong revision"]


@dataclass(frozen=True, slots=True)
class Fit:
    """The separate checks. `revision` is None where the image has no label, or no commit is expected."""

    exists: bool
    platform: bool
    revision: bool | None

    @property
    def misfit(self) -> Misfit | None:
        """The first failed check; None where it can be deployed."""
        if not self.exists:
            return "no image"
        if not self.platform:
            return "wrong platform"
        return "wrong revision" if self.revision is False else None


def fit(image: Image | None, platform: str, sha: str = "") -> Fit:
    """Check an image.

    Args:
        image: as the registry has it; None where it has none.
        platform: the target's, as `linux/arm64`.
        sha: the commit that it should be built from; empty for any.
    """
    if image is None:
        return Fit(exists=False, platform=False, revision=None)
    told = image.revision == sha if image.revision and sha else None
    return Fit(exists=True, platform=platform in image.platforms, revision=told)
