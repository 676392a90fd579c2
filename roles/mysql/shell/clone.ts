import { type Secret, type Shell, sh } from "../../../engine/index.ts";
import { clone } from "../templates/replication.sql.ts";

const OWN = `SELECT GROUP_CONCAT(schema_name) FROM information_schema.schemata
  WHERE schema_name NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')`;

/**
 * Shell that makes a machine that was never a database of this cluster a clone of the source. `here` runs SQL on it. A
 * file beside the mark says how far that came, so that an interrupted clone is started again. A machine with databases
 * of its own is refused, because CLONE deletes what was there.
 */
export function cloned(source: string, password: Secret, mark: string): Shell {
  const progress = `${mark}.clone`;
  return sh`
    if [ ! -e ${mark} ] && [ "$(cat ${progress} 2>/dev/null)" != done ]; then
      own=$(here -e ${OWN})
      if [ "$own" != NULL ] && [ ! -e ${progress} ]; then
        echo "this machine has databases of its own ($own): cloning would delete them. Move them away first."
        exit 1
      fi
      echo begun >${progress}
      printf %s ${clone(source, password)} | here >"$work/clone" 2>&1 || :
      left=120
      until state=$(here -e 'SELECT STATE FROM performance_schema.clone_status' 2>/dev/null) && [ "$state" = Completed ]; do
        left=$((left - 1))
        [ $left -gt 0 ] || { cat "$work/clone"; echo "the clone did not complete: \${state:-mysqld does not answer}"; exit 1; }
        sleep 1
      done
      echo done >${progress}
    fi`;
}
