#!/bin/sh
# What someone in a hurry would write by hand to make one of the five machines: the yardstick for a cold run.
# usage (as root, on the machine): baseline.sh web|primary|replica PRIMARY_ADDRESS, with the files in /root/files.tar and
# the passwords in /root/passwords (name=value). Same packages, same files, same services; no checks, no second run.
set -eu
kind=$1 primary=$2
. /root/passwords
export DEBIAN_FRONTEND=noninteractive QUINTET_RUN=1

tar -xf /root/files.tar -C /
install='apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-confold install'
case $kind in
  web) packages='ca-certificates curl systemd-timesyncd nsd nodejs nginx haproxy keepalived' ;;
  *)
    mirror=$(awk '$1 == "URIs:" { print $2; exit }' /etc/apt/sources.list.d/*.sources)
    printf 'Types: deb\nURIs: %s\nSuites: sid\nComponents: main\nCheck-Valid-Until: no\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' "$mirror" >/etc/apt/sources.list.d/sid.sources
    printf 'Package: *\nPin: release n=sid\nPin-Priority: -10\n\nPackage: mysql-client mysql-client-core mysql-server mysql-server-core libgoogle-perftools4t64 libtcmalloc-minimal4t64 libicu78 libstdc++6 libgcc-s1 gcc-16-base\nPin: release n=sid\nPin-Priority: 500\n' >/etc/apt/preferences.d/sid
    packages='ca-certificates curl systemd-timesyncd mysql-server'
    ;;
esac
apt-get -q update >/dev/null
$install $packages >/dev/null
systemctl daemon-reload
systemctl restart systemd-journald

if [ "$kind" = web ]; then
  getent passwd foobar >/dev/null || useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin foobar
  getent passwd keepalived_script >/dev/null || useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin keepalived_script
  mkdir -p /srv/foobar/releases/one
  tar -xzf /root/release.tar.gz -C /srv/foobar/releases/one
  ln -sfn releases/one /srv/foobar/current
  sysctl -q -w net.ipv4.ip_nonlocal_bind=1
  systemctl enable --now foobar.socket foobar.service nginx nsd haproxy keepalived
  exit 0
fi

systemctl enable --now mysql
sql() { mysql --no-defaults -NB "$@"; }
if [ "$kind" = primary ]; then
  echo primary >/var/lib/quintet/mysql-role
  sql <<SQL
SET GLOBAL rpl_semi_sync_source_enabled = ON; SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF;
CREATE USER replication@'192.168.56.%' IDENTIFIED BY '$REPLICATION_PASSWORD' REQUIRE SSL;
GRANT BACKUP_ADMIN, REPLICATION SLAVE ON *.* TO replication@'192.168.56.%';
CREATE USER watch@'192.168.56.%' IDENTIFIED BY '$WATCH_PASSWORD' REQUIRE SSL;
GRANT SELECT ON performance_schema.replication_connection_configuration TO watch@'192.168.56.%';
CREATE DATABASE guestbook;
CREATE TABLE guestbook.schema_migrations (name VARCHAR(200) PRIMARY KEY, checksum CHAR(64) NOT NULL, applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE USER guestbook@'192.168.56.%' IDENTIFIED BY '$DATABASE_PASSWORD' REQUIRE SSL;
GRANT SELECT, INSERT, UPDATE, DELETE ON guestbook.* TO guestbook@'192.168.56.%';
GRANT REPLICATION CLIENT ON *.* TO guestbook@'192.168.56.%';
SQL
  cat /root/migrations/*.sql | sql guestbook
  exit 0
fi

until printf '[client]\nuser=replication\npassword=%s\n' "$REPLICATION_PASSWORD" | mysql --defaults-file=/dev/stdin -h "$primary" -e 'SELECT 1' >/dev/null 2>&1; do sleep 1; done
echo "SET GLOBAL clone_valid_donor_list = '$primary:3306'; CLONE INSTANCE FROM replication@'$primary':3306 IDENTIFIED BY '$REPLICATION_PASSWORD' REQUIRE SSL" | sql >/dev/null 2>&1 || :
until [ "$(sql -e 'SELECT STATE FROM performance_schema.clone_status' 2>/dev/null)" = Completed ]; do sleep 1; done
echo "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '$primary', SOURCE_USER = 'replication', SOURCE_PASSWORD = '$REPLICATION_PASSWORD', SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 1, SOURCE_CONNECT_RETRY = 1; START REPLICA" | sql
echo replica >/var/lib/quintet/mysql-role
