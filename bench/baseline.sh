#!/bin/sh
# Sets up one of the five machines, as someone in a hurry would write it by hand. It is the yardstick for a cold run.
# Usage, as root on the machine: baseline.sh web|primary|replica
# Reads the files from /root/files.tar, and passwords and what machines are called from /root/settings (name='value'). Installs
# the same packages, files and services as a run. It has no checks, no trial of changes that may cut the machine off, and cannot run twice.
set -eu
kind=$1
# shellcheck source=/dev/null
. /root/settings
export DEBIAN_FRONTEND=noninteractive QUINTET_RUN=1

unpack() {
  mkdir -p "/srv/$1/releases/$2"
  tar -xzf "/root/$1.tar.gz" --no-same-owner -C "/srv/$1/releases/$2"
  ln -sfn "releases/$2" "/srv/$1/current"
}

tar -xf /root/files.tar -C / ./usr/sbin/policy-rc.d
packages='ca-certificates curl systemd-timesyncd nftables unattended-upgrades debsums libpam-passwdqc apt-show-versions'
case $kind in
  web) packages="$packages nsd nodejs nginx haproxy keepalived etcd-server etcd-client" ;;
  *)
    mirror=$(awk '$1 == "URIs:" { print $2; exit }' /etc/apt/sources.list.d/debian.sources)
    printf 'URIs: %s\nTypes: deb\nSuites: sid\nComponents: main\nCheck-Valid-Until: no\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' "$mirror" >/etc/apt/sources.list.d/quintet-sid.sources
    printf 'Package: *\nPin: release n=sid\nPin-Priority: -10\n\nPackage: mysql-client mysql-client-core mysql-server mysql-server-core libgoogle-perftools4t64 libtcmalloc-minimal4t64 libicu78 libstdc++6 libgcc-s1 gcc-16-base\nPin: release n=sid\nPin-Priority: 500\n' >/etc/apt/preferences.d/quintet-sid
    packages="$packages mysql-server nodejs"
    ;;
esac
apt-get -q update >/dev/null
# shellcheck disable=SC2086 # words
apt-get -q -y --no-install-recommends install $packages >/dev/null
tar -xf /root/files.tar -C /

for line in 'UMASK 027' 'PASS_MAX_DAYS 365' 'PASS_MIN_DAYS 1' 'YESCRYPT_COST_FACTOR 8' 'SHA_CRYPT_MIN_ROUNDS 65536' 'FAILLOG_ENAB yes'; do
  sed -i -E "s/^#? *${line% *}[ 	].*/$line/" /etc/login.defs
  grep -qx "$line" /etc/login.defs || echo "$line" >>/etc/login.defs
done
chmod 0700 /etc/cron.daily
chmod 0600 /etc/ssh/sshd_config
usermod --lock root
usermod --lock vagrant
sysctl -q -p /etc/sysctl.d/50-quintet.conf 2>/dev/null || :
systemctl daemon-reload
systemctl restart systemd-journald ssh
systemctl enable --quiet --now nftables systemd-timesyncd apt-daily.timer apt-daily-upgrade.timer

if [ "$kind" = web ]; then
  for name in foobar keepalived_script; do
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin $name
  done
  chown www-data: /etc/nginx/tls/server.pem
  chown haproxy: /etc/haproxy/tls/site.pem /etc/haproxy/tls/host.pem
  chown etcd: /etc/etcd/member.pem
  mkdir -p /var/lib/quintet
  printf 'ETCD_INITIAL_CLUSTER=%s\nETCD_INITIAL_CLUSTER_STATE=new\nETCD_INITIAL_CLUSTER_TOKEN=%s\n' "$CLUSTER" "$TOKEN" >/var/lib/quintet/etcd-birth.env
  systemctl enable --quiet --now etcd
  install -d -o www-data -g www-data /var/cache/nginx
  unpack foobar "$RELEASE"
  echo 'net.ipv4.ip_nonlocal_bind = 1' >/etc/sysctl.d/60-quintet-net.ipv4.ip_nonlocal_bind.conf
  sysctl -q -w net.ipv4.ip_nonlocal_bind=1
  systemctl enable --quiet --now foobar.socket foobar.service nginx nsd haproxy keepalived
  [ "$(hostname)" = "$KEEPER" ] || exit 0
  ctl() { /usr/local/lib/quintet/etcdctl "$@" >/dev/null; }
  until ctl endpoint health 2>/dev/null; do sleep 0.5; done
  ctl role add root
  ctl role add failover
  ctl role grant-permission failover readwrite --prefix /quintet/failover/
  for user in root:root etcd-root:root $CLIENTS; do
    ctl user add "${user%:*}" --no-password
    ctl user grant-role "${user%:*}" "${user#*:}"
  done
  ctl auth enable
  exit 0
fi

chown mysql: /etc/mysql/tls/server.pem
unpack failover "$MANAGER"
systemctl enable --quiet --now mysql failover
manager() { (cd /srv/failover/current && node failover.mjs "$1" /etc/quintet/failover.json "${2:-}" 2>/dev/null); }
sql() { mysql --no-defaults -NB "$@"; }
until manager ask >/dev/null; do sleep 0.5; done
if [ "$kind" = primary ]; then
  manager seed "$(hostname)"
  until [ "$(sql -e 'SELECT @@GLOBAL.super_read_only')" = 0 ]; do sleep 0.2; done
  for address in $DATABASES; do
    echo "CREATE USER replication@'$address' IDENTIFIED BY '$REPLICATION_PASSWORD' REQUIRE SSL ACCOUNT LOCK; GRANT BACKUP_ADMIN, REPLICATION SLAVE ON *.* TO replication@'$address';"
  done | sql
  sql <<SQL
CREATE DATABASE guestbook DEFAULT CHARACTER SET utf8mb4;
CREATE TABLE guestbook.schema_migrations (name VARCHAR(200) NOT NULL PRIMARY KEY, checksum CHAR(64) NOT NULL, applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE USER guestbook@'$NETWORK' IDENTIFIED BY '$DATABASE_PASSWORD' REQUIRE SSL;
GRANT SELECT, INSERT ON guestbook.* TO guestbook@'$NETWORK';
GRANT REPLICATION CLIENT ON *.* TO guestbook@'$NETWORK';
GRANT SELECT ON quintet.* TO guestbook@'$NETWORK';
SQL
  for file in /root/migrations/*.sql; do
    sql guestbook <"$file"
    sql guestbook -e "INSERT INTO schema_migrations (name, checksum) VALUES ('${file##*/}', '$(sha256sum <"$file" | cut -c1-64)')"
  done
  exit 0
fi
# The manager makes it a copy of the primary, and a replica.
until [ "$(sql -e "SELECT SERVICE_STATE FROM performance_schema.replication_connection_status" 2>/dev/null)" = ON ]; do sleep 0.5; done
