"""What is done to an installation: upgrade, move, restore, retention, service."""
