"""Running a process over a tree."""
