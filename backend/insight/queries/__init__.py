"""What is read for boards, figures and proofs; the only place that joins other domains' tables."""
