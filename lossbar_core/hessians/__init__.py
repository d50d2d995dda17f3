"""Second derivatives of losses: exact Hessians, their index with an interval that is certain, spectra, critical points."""
