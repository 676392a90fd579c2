import { basename, dirname, join } from "node:path";
import { lines, type Shell, sh } from "../template/shell.ts";

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
  const [fresh, done] = [`${journal}.new`, `${journal}.done`];
  const each = (say: (file: string, next: string, at: number) => Shell) =>
    lines(files.map(({ file, at }) => say(file, join(dirname(file), `.${basename(file)}.quintet`), at)));
  return sh`
    put_back() {
      ${each((file, next, at) => sh`if [ -e ${`${journal}/${at}`} ]; then cp -a ${`${journal}/${at}`} ${next}; mv -fT ${next} ${file}; else rm -f ${file}; fi`)}
      mv -T ${journal} ${done}
    }
    rm -rf ${fresh} ${done}
    [ ! -d ${journal} ] || { put_back; rm -rf ${done}; }
    mkdir -p ${fresh}
    ${each(
      (file, next, at) => sh`
      mkdir -p ${dirname(file)}
      [ ! -e ${file} ] || cp -a ${file} ${`${fresh}/${at}`}
      content_$n ${at} | install -T -m ${mode} /dev/stdin ${next}`,
    )}
    sync -f ${fresh}
    mv -T ${fresh} ${journal}
    ${each((file, next) => sh`mv -fT ${next} ${file}`)}
    if ( ${validate} ); then
      mv -T ${journal} ${done}
    else
      put_back
      echo ${`refused: ${files.map(({ file }) => file).join(" and ")} are as they were`}
      exit 1
    fi
    rm -rf ${done}`;
}
