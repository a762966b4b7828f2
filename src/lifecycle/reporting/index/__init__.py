"""reports/index.html: the whole lifecycle of one version on one page."""
