# Runs inside the box's new system: finish.sh PUBLIC-KEY MODULE...
# The modules are those that the kernel needs to mount the disk.
set -eu
useradd --create-home --shell /bin/bash vagrant
echo 'vagrant ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/vagrant
chmod 0440 /etc/sudoers.d/vagrant
install -d -o vagrant -g vagrant -m 0700 /home/vagrant/.ssh
# Vagrant's public key, which everyone may know: Vagrant puts a key of its own there at the first boot.
printf '%s\n' "$1" >/home/vagrant/.ssh/authorized_keys
shift
chown vagrant:vagrant /home/vagrant/.ssh/authorized_keys
chmod 0600 /home/vagrant/.ssh/authorized_keys

cat >/etc/network/interfaces <<'NET'
source /etc/network/interfaces.d/*

auto lo
iface lo inet loopback

auto eth0
iface eth0 inet dhcp
NET
echo noarp >>/etc/dhcpcd.conf
echo debian >/etc/hostname
printf '127.0.0.1\tlocalhost\n127.0.1.1\tdebian\n::1\tlocalhost ip6-localhost ip6-loopback\n' >/etc/hosts

rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id
cat >/etc/systemd/system/ssh-hostkeys.service <<'UNIT'
[Unit]
Description=Host keys of this machine
Before=ssh.service
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target
UNIT
systemctl --quiet enable ssh-hostkeys.service ssh.service

sed -i 's/^MODULES=.*/MODULES=list/' /etc/initramfs-tools/initramfs.conf
printf '%s\n' "$@" >>/etc/initramfs-tools/modules
update-initramfs -u
apt-get clean
