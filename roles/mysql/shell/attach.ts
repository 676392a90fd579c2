import { type Secret, type Shell, sh } from "../../../engine/index.ts";
import { attach, SHOWS } from "../templates/replication.sql.ts";

/**
 * Shell that attaches a machine to the source, unless it holds transactions that the source has not got. `here` runs SQL on
 * it; the resource's content is the configuration of a client of the source.
 */
export function attached(source: string, password: Secret, mark: string): Shell {
  return sh`
    # Its own part of the run may restart it just now: ERROR 20xx is the client's, that it cannot connect.
    primary() {
      for attempt in 1 2 3 4 5 6 7 8 9; do
        ! content_$n | mysql --defaults-file=/dev/stdin -h ${source} -NB -e "$1" 2>"$work/refused" || return 0
        grep -q '^ERROR 20' "$work/refused" || break
        sleep 2
      done
      cat "$work/refused" >&2
      return 1
    }
    mine=$(here -e "SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', '')")
    stray=$(primary "SELECT GTID_SUBTRACT('$mine', @@GLOBAL.gtid_executed)")
    [ -z "$stray" ] || {
      echo "this machine has transactions that the primary has not got: $stray"
      echo 'They are writes that were never acknowledged, or made here by hand. Observation at them (mysqlbinlog). To give'
      echo ${`them up: sudo mysql -e "SET GLOBAL super_read_only = OFF", drop the databases of your own, sudo rm -f ${mark} ${mark}.clone; the next run makes it a clone of the primary`}
      exit 1
    }
    printf %s ${attach(source, password)} | here
    left=30
    until [ "$(here -e ${SHOWS.receiver})" = ON ]; do
      left=$((left - 1))
      [ $left -gt 0 ] || { here -e ${SHOWS.error}; exit 1; }
      sleep 1
    done`;
}
