import { basename, dirname, join } from "node:path";
import { lines, type Shell, sh } from "../template/shell.ts";
import { JOURNAL } from "./journal.ts";

interface Options {
  /** Directory that holds the old files while the new ones are validated. */
  journal: string;
  mode: string;
  validate: Shell;
}

/**
 * Shell that replaces files, each in one move, and puts the old ones back if `validate` refuses the new ones.
 * `content_$n AT` prints a file. The journal exists from before the first move until the verdict. If a run finds it, an
 * earlier run has died in between.
 */
export function swap(
  files: readonly { file: string; at: number }[],
  { journal, mode, validate }: Options,
): Shell {
  const [fresh, done, unnamed] = [`${journal}.new`, `${journal}.done`, `${journal}.unnamed`];
  const each = (say: (file: string, next: string, at: number) => Shell) =>
    lines(files.map(({ file, at }) => say(file, join(dirname(file), `.${basename(file)}.quintet`), at)));
  return sh`
    ${JOURNAL}
    drop_fresh ${journal}
    [ ! -d ${journal} ] || set_aside ${journal}
    [ ! -d ${journal} ] || { put_back ${journal}; rm -rf ${done}; }
    mkdir -p ${fresh}
    ${each(
      (file, next, at) => sh`
      mkdir -p ${dirname(file)}
      [ ! -e ${file} ] || cp -a ${file} ${`${fresh}/${at}`}
      printf '%s\n' ${file} | install -T -m 0600 /dev/stdin ${`${fresh}/${at}.path`}
      content_$n ${at} | install -T -m ${mode} /dev/stdin ${next}`,
    )}
    sync -f ${fresh}
    mv -T ${fresh} ${journal}
    ${each((file, next) => sh`mv -fT ${next} ${file}`)}
    if ( ${validate} ); then
      mv -T ${journal} ${done}
    else
      put_back ${journal}
      echo ${`refused: ${files.map(({ file }) => file).join(" and ")} are as they were`}
      [ ! -d ${unnamed} ] || echo ${`what an older run kept of them, without their names, is in ${unnamed}`}
      exit 1
    fi
    rm -rf ${done} ${unnamed}`;
}
