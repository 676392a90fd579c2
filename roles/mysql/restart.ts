import { reload, sh } from "../../engine/index.ts";
import { FILE } from "./templates/variables.sql.ts";

/**
 * Shell that waits after a restart of MySQL until it takes writes again, or replicates. mysql-role.service decides which,
 * at every start of mysqld. It has to ask the other databases, and may refuse.
 */
export const SETTLED = sh`
  left=150
  until [ "$(systemctl show --property=SubState --value mysql-role)" = exited ]; do
    left=$((left - 1))
    [ $left -gt 0 ] || {
      echo 'MySQL was restarted, but 30 s later it neither takes writes nor replicates:'
      journalctl --no-pager --output=cat --lines=3 --unit=mysql-role
      exit 1
    }
    sleep 0.2
  done`;

/**
 * Restarts MySQL and waits until it takes writes again, or replicates: the next role may have a migration for it. What its
 * file gives is compared by `variables`, which restarts nothing that it need not.
 */
export const restart = reload("mysql", "restart", { except: [FILE], afterwards: SETTLED });
