import type { Mysql } from "../src/seen.ts";

/** MySQL of db-01, a primary whose commits db-02 confirms. */
export const open: Mysql = {
  open: true,
  empty: false,
  waits: true,
  confirmed: true,
  stuckFor: 0,
  receives: null,
  reaches: false,
  admits: ["db-02"],
};
