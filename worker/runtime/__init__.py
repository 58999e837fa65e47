"""What every part stands on: files, disks, clocks, processes, libraries, and the words in which people write times."""
