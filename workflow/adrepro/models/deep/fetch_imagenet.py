"""Download ImageNet weights of ResNet-18."""

import hashlib
import http.client
import shutil
import urllib.request
from pathlib import Path

from adrepro.core import step
from adrepro.core.errors import UserError
from adrepro.core.files import replacing
from adrepro.models.deep.slice_resnet import IMAGENET

CHECKSUM = "f37072fd"  # first digits of the SHA-256, which torchvision includes in the file name
TIMEOUT = 60  # seconds without an answer of the server


def fetch_imagenet(out: Path) -> None:
    """Download torchvision's ImageNet weights of ResNet-18 (45 MB, BSD license) and verify the checksum.

    Parameters
    ----------
    out : Path
        Weights file of torch (`.pth`) (output).

    Raises
    ------
    UserError
        If the download fails or its checksum is wrong.
    """
    with replacing(out) as temporary:
        try:
            with urllib.request.urlopen(IMAGENET, timeout=TIMEOUT) as answer, open(temporary, "wb") as stream:
                shutil.copyfileobj(answer, stream)
        except (OSError, http.client.HTTPException) as error:
            raise UserError(
                f"{IMAGENET}: download failed ({error}); download the file elsewhere and set weights: FILE.pth in the "
                "approach, or train from scratch with weights: random"
            ) from None
        if not hashlib.sha256(temporary.read_bytes()).hexdigest().startswith(CHECKSUM):
            raise UserError(f"{IMAGENET}: the download is damaged or the file has changed; run again")


if __name__ == "__main__":
    step.run(fetch_imagenet)
