import { text } from "../../../engine/index.ts";
import { MYSQL } from "../../failover/places.ts";

/**
 * Script that runs before mysqld is told to end, with its process. mysqld that ends tells clients whose commits wait for a
 * replica that they are safe, and they are not. So whatever waits is confirmed first, or else its client hears nothing.
 */
export default () => text`
  #!/bin/sh
  set -u
  export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
  sql() { timeout 5 mysql --no-defaults --connect-timeout=2 -e "$1"; }
  sql 'SET SESSION lock_wait_timeout = 1; SET GLOBAL super_read_only = ON'
  # Its manager touches it no more: mysqld hangs if it is told to end while replication starts.
  : >${MYSQL.stopping}
  sql 'SET GLOBAL offline_mode = ON' || kill -KILL "$1"
`;
