"""Tools of developers: what makes a file of the project, or plays a long time in a short one."""
