"""How long stock is to last: the policy, and evening it out between warehouses."""
