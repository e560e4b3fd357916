"""Hosts and network devices: Ansible playbooks, roles, and the one door to ansible-runner."""
