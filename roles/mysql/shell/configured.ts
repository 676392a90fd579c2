import { sh } from "../../../engine/index.ts";

/**
 * Shell that restarts a mysqld that runs with its package's settings: what a run leaves that was killed between package and
 * configuration, on a machine that was restarted since. Handlers would come too late for what follows.
 */
export const CONFIGURED = sh`
  mysql --no-defaults -NB -e 'SELECT @@GLOBAL.rpl_semi_sync_source_enabled' >/dev/null 2>&1 || systemctl restart mysql`;
