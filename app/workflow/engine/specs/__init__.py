"""The nodes of a process: the library's classes, with our meaning where its own would lose or ignore something."""
