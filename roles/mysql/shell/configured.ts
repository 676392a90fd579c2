import { sh } from "../../../engine/index.ts";

/**
 * Shell that restarts mysqld if it runs with its package's settings. That happens if a run was killed between package
 * and configuration, and the machine was restarted since. A handler would come too late for what follows.
 */
export const CONFIGURED = sh`
  mysql --no-defaults -NB -e 'SELECT @@GLOBAL.rpl_semi_sync_source_enabled' >/dev/null 2>&1 || systemctl restart mysql`;
