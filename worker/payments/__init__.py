"""What a payment is: its fields as text, its identity, its deposit, and what of it may be shown. Pure."""
