"""Citations of the methods text."""

import re
from collections.abc import Iterable

CITATIONS = {
    "wen2020": "Wen J, et al. Convolutional neural networks for classification of Alzheimer's disease: overview and "
    "reproducible evaluation. Medical Image Analysis 2020;63:101694.",
    "samper2018": "Samper-González J, et al. Reproducible evaluation of classification methods in Alzheimer's disease: "
    "framework and application to MRI and PET data. NeuroImage 2018;183:504-521.",
    "n4": "Tustison NJ, et al. N4ITK: improved N3 bias correction. IEEE Trans Med Imaging 2010;29:1310-1320.",
    "ants": "Avants BB, et al. Symmetric diffeomorphic image registration with cross-correlation. "
    "Medical Image Analysis 2008;12:26-41.",
    "fireants": "Jena R, et al. FireANTs: adaptive Riemannian optimization for multi-scale diffeomorphic matching. "
    "2024, arXiv:2404.01249.",
    "deepbet": "Fisch L, et al. deepbet: fast brain extraction of T1-weighted MRI using convolutional neural networks. "
    "Comput Biol Med 2024;179:108845.",
    "hd-bet": "Isensee F, et al. Automated brain extraction of multisequence MRI using artificial neural networks. "
    "Human Brain Mapping 2019;40:4952-4964.",
    "longitudinal": "Reuter M, et al. Within-subject template estimation for unbiased longitudinal image analysis. "
    "NeuroImage 2012;61:1402-1418.",
    "monai": "Cardoso MJ, et al. MONAI: an open-source framework for deep learning in healthcare. 2022, "
    "arXiv:2211.02701.",
    "sklearn": "Pedregosa F, et al. Scikit-learn: machine learning in Python. JMLR 2011;12:2825-2830.",
    "combat": "Fortin JP, et al. Harmonization of cortical thickness measurements across scanners and sites. "
    "NeuroImage 2018;167:104-120.",
    "bca": "Efron B. Better bootstrap confidence intervals. J Am Stat Assoc 1987;82:171-185.",
    "delong": "DeLong ER, et al. Comparing the areas under two or more correlated receiver operating characteristic "
    "curves. Biometrics 1988;44:837-845.",
    "venkatraman": "Venkatraman ES. A permutation test to compare receiver operating characteristic curves. "
    "Biometrics 2000;56:1134-1138.",
    "nadeau": "Nadeau C, Bengio Y. Inference for the generalization error. Machine Learning 2003;52:239-281.",
    "holm": "Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65-70.",
    "snakemake": "Mölder F, et al. Sustainable data analysis with Snakemake. F1000Research 2021;10:33.",
}


def number_citations(paragraphs: Iterable[str]) -> tuple[list[str], list[str]]:
    """Replace each `{key}` of `CITATIONS` by a number in brackets, in order of appearance.

    Parameters
    ----------
    paragraphs : iterable of str
        Text with keys in braces.

    Returns
    -------
    texts : list of str
        The paragraphs with numbers.
    citations : list of str
        The cited publications, in order of their numbers.
    """
    order: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in order:
            order.append(match[1])
        return f"[{order.index(match[1]) + 1}]"

    texts = [re.sub(r"\{([a-z0-9-]+)\}", number, paragraph) for paragraph in paragraphs]
    return texts, [CITATIONS[key] for key in order]
