import { dirname } from "node:path";
import { type Host, text } from "../../../engine/index.ts";
import { SESSION, STARTED_WITH } from "../sql.ts";
import { MARK } from "../topology.ts";
import { STARTED } from "./variables.sql.ts";

interface Settings {
  host: Host;
  members: readonly Host[];
}

/**
 * Script that decides at every start of mysqld what it may be. A primary opens if more than half of the databases agree
 * (it counts itself and each one that replicates from it) and none disagrees. In doubt it stays read-only and says why.
 */
export default ({ host, members }: Settings) => text`
  #!/bin/sh
  # mysql-role boot: run by systemd when mysqld has started. mysql-role open: run by a provisioning run, which has asked
  # all databases itself. Both are idempotent. mysql-role note: writes down what the variables are now. Runs compare.
  set -u
  export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin

  sql() { mysql --no-defaults -NB --connect-timeout=5 -e "$1"; }

  say() {
    [ "$1" = "\${said:-}" ] || echo "$1"
    said=$1
  }

  open() {
    sql 'SET GLOBAL rpl_semi_sync_source_enabled = ON; SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF' || return 1
    say 'open for writes: this is the primary'
  }

  # Prints agrees, disagrees or silent for one other database, and why.
  ask() {
    answer=$(mysql --defaults-file=/etc/mysql/quintet-watch.cnf -NB --connect-timeout=2 -h "$2" -e "
      SELECT CONCAT_WS(' ', @@GLOBAL.super_read_only,
        COALESCE((SELECT HOST FROM performance_schema.replication_connection_configuration WHERE CHANNEL_NAME = ''), 'nobody'),
        GTID_SUBTRACT(@@GLOBAL.gtid_executed, '$mine') = '')" 2>/dev/null) || answer=
    case $answer in
      '') echo "silent $1 does not answer: it may be the primary now" ;;
      0*) echo "disagrees $1 takes writes: it is the primary now" ;;
      '1 ${host.address} 1') echo agrees ;;
      '1 ${host.address} 0') echo "disagrees $1 has transactions that this machine has lost" ;;
      *) echo "disagrees $1 replicates from $(echo "$answer" | cut -d' ' -f2), not from this machine" ;;
    esac
  }

  judge() {
    mine=$(sql "SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', '')") || { say 'mysqld does not answer'; return 1; }
    agree=1
    doubt=
    while read -r name address; do
      [ -n "$name" ] || continue
      verdict=$(ask "$name" "$address")
      case $verdict in
        agrees) agree=$((agree + 1)) ;;
        disagrees*) say "stays read-only: \${verdict#* }"; return 1 ;;
        *) doubt=\${verdict#* } ;;
      esac
    done <<PEERS
  ${members.filter(({ name }) => name !== host.name).map(({ name, address }) => `${name} ${address}`)}
  PEERS
    [ $((agree * 2)) -gt ${members.length} ] || { say "stays read-only: $doubt"; return 1; }
  }

  note() (
    umask 077
    mkdir -p ${dirname(STARTED_WITH)}
    mysql --no-defaults -NBr --connect-timeout=5 -e "${SESSION} ${STARTED}" >${STARTED_WITH}.new &&
      mv -f ${STARTED_WITH}.new ${STARTED_WITH}
  )

  boot() {
    # Once for each start of mysqld, which makes the socket. Later a variable may have been set by hand.
    [ ${STARTED_WITH} -nt /run/mysqld/mysqld.sock ] || note || say 'cannot note what mysqld started with'
    case $(cat ${MARK} 2>/dev/null) in
      primary) until judge && open; do sleep 1; done ;;
      replica) sql 'START REPLICA' && say 'read-only: a replica' ;;
      *) say 'stays read-only: this machine has no mark yet, a provisioning run gives it one' ;;
    esac
  }

  case \${1:-} in
    boot) boot ;;
    open) open ;;
    note) note ;;
    *) echo 'usage: mysql-role boot|open|note' >&2; exit 2 ;;
  esac
`;
