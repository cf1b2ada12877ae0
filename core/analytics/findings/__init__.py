"""What deserves a look first: findings ranked by the money at risk, for whoever asks, and what they put aside."""
