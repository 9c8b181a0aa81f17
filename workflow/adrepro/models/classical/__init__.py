"""Linear SVMs, logistic regression and random forests (scikit-learn)."""
