#!/bin/sh
# {{ ansible_managed }}
# Whether this edge knows a way to any centre, by a line of its own or by the other edge: one that does not is no gateway.
[ -n "$(ip -4 route show proto bgp)" ]
