"""Weight maps of linear models and attribution maps of networks."""
