"""What the parts of one worker are, and how they meet."""
