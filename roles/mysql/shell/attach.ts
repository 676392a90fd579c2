import { type Secret, type Shell, sh } from "../../../engine/index.ts";
import { attach, SHOWS } from "../templates/replication.sql.ts";

/**
 * Shell that attaches a machine to the source, unless it has transactions that the source lacks. `here` runs SQL on the
 * machine. The resource's content is the option file of a client of the source.
 */
export function attached(source: string, password: Secret, mark: string): Shell {
  return sh`
    # The primary's own part of the run may be restarting it. ERROR 20xx (the client cannot connect) means: try again.
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
      echo 'They are writes that were never acknowledged, or made here by hand. Look at them (mysqlbinlog).'
      echo ${`To give them up: ${anew(mark)}`}
      exit 1
    }
    printf %s ${attach(source, password)} | here
    left=30
    until [ "$(here -e ${SHOWS.receiver})" = ON ]; do
      left=$((left - 1))
      [ $left -gt 0 ] || { here -e ${SHOWS.error}; exit 1; }
      sleep 1
    done
    here -e "SELECT WAIT_FOR_EXECUTED_GTID_SET('$(here -e ${SHOWS.received})', 5)" >/dev/null 2>&1 || :
    [ "$(here -e ${SHOWS.applier})" = ON ] || {
      echo "this machine cannot apply what the primary wrote: $(here -e ${SHOWS.stopped})"
      echo 'Its data differ from those of the primary: something was changed here by hand. There are two ways back.'
      echo 'Undo it in one session: SET GLOBAL super_read_only = OFF; SET sql_log_bin = 0; your statements; SET GLOBAL super_read_only = ON. Then run again.'
      echo ${`Or give up what this machine has: ${anew(mark)}`}
      exit 1
    }`;
}

// --- internal ---

const anew = (mark: string) =>
  `sudo mysql -e "SET GLOBAL super_read_only = OFF", drop the databases of your own, sudo rm -f ${mark} ${mark}.clone; the next run makes it a clone of the primary`;
