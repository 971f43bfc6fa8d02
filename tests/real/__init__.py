"""A real machine in small: network namespaces, Debian's sshd, a Docker engine, a container named buildkitd."""
