"""Registration backends with one interface: ANTs, torch and FireANTs."""
