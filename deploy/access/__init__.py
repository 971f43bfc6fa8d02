"""Who may do what, and with whom: roles, approvals, people."""
