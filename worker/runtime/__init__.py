"""What every part stands on: files, clocks, processes, and the words in which people write times."""
