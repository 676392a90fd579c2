# Runs last inside the box's new system. The arguments are the modules that the kernel needs to mount the disk.
cat >/etc/network/interfaces <<'NET'
source /etc/network/interfaces.d/*

auto lo
iface lo inet loopback

auto eth0
iface eth0 inet dhcp
NET
echo noarp >>/etc/dhcpcd.conf
# This unit waits two minutes for udev, which is too short on an emulated machine. The network card is there anyway.
systemctl mask ifupdown-pre.service
# Waiting online starts a process each second. It would only find out what networking.service tells anyway.
echo WAIT_ONLINE_METHOD=none >>/etc/default/networking
# Removes a hundred AppArmor profiles of programs that are not installed. Loading them took three minutes at each
# emulated boot.
find /etc/apparmor.d -maxdepth 1 -type f -delete
# Tells systemd that everything is up to date, so the first boot skips ConditionNeedsUpdate units.
touch /etc/.updated /var/.updated
echo debian >/etc/hostname
printf '127.0.0.1\tlocalhost\n127.0.1.1\tdebian\n::1\tlocalhost ip6-localhost ip6-loopback\n' >/etc/hosts

sed -i 's/^MODULES=.*/MODULES=list/' /etc/initramfs-tools/initramfs.conf
printf '%s\n' "$@" >>/etc/initramfs-tools/modules
update-initramfs -u
apt-get clean
