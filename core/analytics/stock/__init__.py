"""Stock as analytics see it: balances, turnover, age, classes, what is slow and what runs out."""
