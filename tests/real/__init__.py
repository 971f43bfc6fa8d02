"""A real host: network namespaces, Debian's sshd, a Docker engine, a container named buildkitd."""
