"""A stand-in for the files that NITRC serves of OASIS-1: the same names and columns, maps made of the template."""

import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import nibabel as nib
import numpy as np
from nilearn.datasets import load_mni152_gm_template, load_mni152_wm_template
from scipy.ndimage import gaussian_filter

# Of the first ids only 8 is missing in OASIS-1.
PEOPLE = [number for number in range(1, 40) if number not in (8, 24, 36)]
HEADER = "ID,M/F,Hand,Age,Educ,SES,MMSE,CDR,eTIV,nWBV,ASF,Delay"


def rating(number: int) -> tuple[str, int]:
    """CDR and age: mostly 0 or more by turns from 62 on, some young, some not rated."""
    if number % 9 == 0:
        return "", 30
    return ("0.5" if number % 4 == 0 else "1" if number % 2 == 0 else "0"), 62 + number % 25


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *words: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A URL under which this machine serves the folder."""
    os.environ["no_proxy"] = "127.0.0.1"
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def make_mirror(folder: Path, count: int) -> None:
    """Write the four files of `count` people into `folder`."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    templates = [load_mni152_gm_template(resolution=4), load_mni152_wm_template(resolution=4)]
    rows = [HEADER]
    with tarfile.open(folder / "archive.tgz", "w:gz") as archive:
        for number in PEOPLE[:count]:
            name = f"OAS1_{number:04d}_MR1"
            cdr, age = rating(number)
            rows.append(f"{name},{'FM'[number // 2 % 2]},R,{age},2,3,{'27' if cdr else ''},{cdr},1500,0.8,1.1,N/A")
            for tissue, template in enumerate(templates, start=1):
                data = template.get_fdata(dtype=np.float32)
                own = gaussian_filter(rng.normal(size=data.shape), 1.5) * 1.5
                sick = 0.75 if cdr not in ("", "0") else 1.0
                image = nib.Nifti1Image((data * sick * np.exp(own)).clip(0, 5).astype(np.float32), template.affine)
                path = folder / f"mwc{tissue}{name}_mpr_anon_fslswapdim_bet.nii.gz"
                nib.save(image, path)
                archive.add(path, f"{name}/{path.name}")
                path.unlink()
    (folder / "oasis_cross-sectional.csv").write_text("\n".join(rows) + "\n")
    (folder / "data_usage_agreement.txt").write_text("a stand-in\n")
