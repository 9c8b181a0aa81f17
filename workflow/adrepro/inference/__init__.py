"""Export of trained models, and prediction of new scans."""
