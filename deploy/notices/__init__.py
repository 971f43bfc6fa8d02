"""What is news of a build, for whom, and what has been told."""
