"""Looking after customers: their grades, lists that were kept, and who calls whom until when."""
