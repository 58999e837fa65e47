"""What becomes of each payment: the rules of judgement, and posting."""
