"""Products and their variants, categories, tags and barcodes; knows no documents."""
