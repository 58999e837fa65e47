"""What people are told of problems: the catalogue, the monitors, the notifications and their sender."""
