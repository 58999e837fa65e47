"""What the two guards are made of: processes of their own beside circusd."""
