"""What the API takes and answers; the page's own types are generated from these."""
