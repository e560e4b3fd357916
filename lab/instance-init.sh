#!/bin/sh
# /sbin/init of an instance that Nova runs by libvirt-lxc: a control group of its own below the node's, then systemd in it.
umount -R -l /sys/fs/cgroup 2>/dev/null
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p "/sys/fs/cgroup/machine.slice/inst-$LIBVIRT_LXC_UUID"
echo $$ > "/sys/fs/cgroup/machine.slice/inst-$LIBVIRT_LXC_UUID/cgroup.procs"
umount -l /sys/fs/cgroup
exec unshare -C /bin/sh -c 'mount -t cgroup2 cgroup2 /sys/fs/cgroup -o nosuid,nodev,noexec
mount -t tmpfs tmpfs /run -o mode=755
exec env -i container=lxc-libvirt TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=console --show-status=0'
