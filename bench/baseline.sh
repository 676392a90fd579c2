#!/bin/sh
# Sets up one of the five machines, as someone in a hurry would write it by hand. It is the yardstick for a cold run.
# Usage, as root on the machine: baseline.sh web|primary|replica PRIMARY_ADDRESS NETWORK RELEASE
# Reads the files from /root/files.tar and the passwords from /root/passwords (name=value). Installs the same packages,
# files and services as a run. It has no checks, no trial of changes that may cut the machine off, and cannot run twice.
set -eu
kind=$1 primary=$2 network=$3 release=$4
# shellcheck source=/dev/null
. /root/passwords
export DEBIAN_FRONTEND=noninteractive QUINTET_RUN=1

tar -xf /root/files.tar -C / ./usr/sbin/policy-rc.d
packages='ca-certificates curl systemd-timesyncd nftables unattended-upgrades debsums libpam-passwdqc apt-show-versions'
case $kind in
  web) packages="$packages nsd nodejs nginx haproxy keepalived" ;;
  *)
    mirror=$(awk '$1 == "URIs:" { print $2; exit }' /etc/apt/sources.list.d/debian.sources)
    printf 'URIs: %s\nTypes: deb\nSuites: sid\nComponents: main\nCheck-Valid-Until: no\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' "$mirror" >/etc/apt/sources.list.d/quintet-sid.sources
    printf 'Package: *\nPin: release n=sid\nPin-Priority: -10\n\nPackage: mysql-client mysql-client-core mysql-server mysql-server-core libgoogle-perftools4t64 libtcmalloc-minimal4t64 libicu78 libstdc++6 libgcc-s1 gcc-16-base\nPin: release n=sid\nPin-Priority: 500\n' >/etc/apt/preferences.d/quintet-sid
    packages="$packages mysql-server"
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
  install -d -o www-data -g www-data /var/cache/nginx
  mkdir -p "/srv/foobar/releases/$release"
  tar -xzf /root/release.tar.gz --no-same-owner -C "/srv/foobar/releases/$release"
  ln -sfn "releases/$release" /srv/foobar/current
  echo 'net.ipv4.ip_nonlocal_bind = 1' >/etc/sysctl.d/60-quintet-net.ipv4.ip_nonlocal_bind.conf
  sysctl -q -w net.ipv4.ip_nonlocal_bind=1
  systemctl enable --quiet --now foobar.socket foobar.service nginx nsd haproxy keepalived
  exit 0
fi

chown mysql: /etc/mysql/tls/server.pem
systemctl enable --quiet --now mysql
sql() { mysql --no-defaults -NB "$@"; }
if [ "$kind" = primary ]; then
  sql <<SQL
SET GLOBAL rpl_semi_sync_source_enabled = ON; SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF;
CREATE USER replication@'$network' IDENTIFIED BY '$REPLICATION_PASSWORD' REQUIRE SSL;
GRANT BACKUP_ADMIN, REPLICATION SLAVE ON *.* TO replication@'$network';
CREATE USER watch@'$network' IDENTIFIED BY '$WATCH_PASSWORD' REQUIRE SSL;
GRANT SELECT ON performance_schema.replication_connection_configuration TO watch@'$network';
CREATE DATABASE guestbook DEFAULT CHARACTER SET utf8mb4;
CREATE TABLE guestbook.schema_migrations (name VARCHAR(200) NOT NULL PRIMARY KEY, checksum CHAR(64) NOT NULL, applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE USER guestbook@'$network' IDENTIFIED BY '$DATABASE_PASSWORD' REQUIRE SSL;
GRANT SELECT, INSERT, UPDATE, DELETE ON guestbook.* TO guestbook@'$network';
GRANT REPLICATION CLIENT ON *.* TO guestbook@'$network';
SQL
  for file in /root/migrations/*.sql; do
    sql guestbook <"$file"
    sql guestbook -e "INSERT INTO schema_migrations (name, checksum) VALUES ('${file##*/}', '$(sha256sum <"$file" | cut -c1-64)')"
  done
  exit 0
fi

until printf '[client]\nuser=replication\npassword=%s\n' "$REPLICATION_PASSWORD" | mysql --defaults-file=/dev/stdin -h "$primary" -e 'SELECT 1' >/dev/null 2>&1; do sleep 1; done
authority=/etc/mysql/tls/authority.pem
echo "SET GLOBAL clone_valid_donor_list = '$primary:3306'; SET GLOBAL clone_ssl_ca = '$authority'; CLONE INSTANCE FROM replication@'$primary':3306 IDENTIFIED BY '$REPLICATION_PASSWORD' REQUIRE SSL" | sql >/dev/null 2>&1 || :
until [ "$(sql -e 'SELECT STATE FROM performance_schema.clone_status' 2>/dev/null)" = Completed ]; do sleep 1; done
echo "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '$primary', SOURCE_PORT = 3306, SOURCE_USER = 'replication', SOURCE_PASSWORD = '$REPLICATION_PASSWORD', SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 1, SOURCE_SSL_CA = '$authority', SOURCE_SSL_VERIFY_SERVER_CERT = 1, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 86400, SOURCE_HEARTBEAT_PERIOD = 1; START REPLICA" | sql
