import { sh } from "../../../engine/index.ts";
import { SHOWS } from "../../mysql/templates/replication.sql.ts";

/**
 * Shell that sets a replica's settings, which are the resource's content, once it has applied all that it received: the rest
 * would be lost by that, and may have been acknowledged.
 */
export const TUNED = sh`
  here() { mysql --no-defaults -NB "$@"; }
  here -e 'STOP REPLICA IO_THREAD'
  [ "$(here -e ${SHOWS.applier})" = ON ] || here -e 'START REPLICA SQL_THREAD'
  left=60
  until [ "$(here -e ${SHOWS.applied})" = 1 ]; do
    left=$((left - 1))
    [ $left -gt 0 ] && [ "$(here -e ${SHOWS.applier})" = ON ] || {
      echo "this machine cannot apply what the primary wrote: $(here -e ${SHOWS.stopped})"
      echo 'Its data differ from those of the primary: something was changed here by hand. There are two ways back.'
      echo 'Undo it in one session: SET GLOBAL super_read_only = OFF; SET sql_log_bin = 0; your statements; SET GLOBAL super_read_only = ON. Then run again.'
      echo 'Or give up what this machine has. Its manager then copies the primary: sudo mysql -e "STOP REPLICA; RESET REPLICA ALL; SET GLOBAL super_read_only = OFF; RESET BINARY LOGS AND GTIDS"'
      here -e 'START REPLICA IO_THREAD'
      exit 1
    }
    sleep 1
  done
  content_$n | here
  left=30
  until [ "$(here -e ${SHOWS.receiver})" = ON ]; do
    left=$((left - 1))
    [ $left -gt 0 ] || { here -e ${SHOWS.error}; exit 1; }
    sleep 1
  done`;
