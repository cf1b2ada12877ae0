"""Money of orders: what they owe, credit, statements, ageing, receipt plans."""
