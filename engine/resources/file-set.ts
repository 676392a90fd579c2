import { createHash } from "node:crypto";
import { resource } from "../model/resource.ts";
import { path, sha256 } from "../observers/linux.ts";
import { lines, type Shell, sh } from "../template/shell.ts";
import type { Text } from "../template/text.ts";
import { octal, requireAbsolute } from "./paths.ts";
import { swap } from "./swap.ts";

export interface FileSetOptions {
  /** Content by path. */
  files: Readonly<Record<string, Text>>;
  /** Vets the files where they belong, once all of them are there; a failure puts all of them back. */
  validate: Shell;
  /** @default "0644" */
  mode?: string;
}

/**
 * Files that make sense only together, because one includes another: replaced, vetted and if need be put back as a set.
 * The old ones are kept in a journal meanwhile, so that the next run puts back what a run that died had half replaced.
 */
export const fileSet = resource<FileSetOptions>("fileSet", (name, { files, validate, mode = "0644" }) => {
  const journal = `/var/lib/quintet/sets/${encodeURIComponent(name)}`;
  const set = Object.entries(files).map(([file, content], at) => {
    requireAbsolute("fileSet", file);
    return {
      file,
      content,
      at,
    };
  });
  const each = (say: (one: (typeof set)[number]) => Shell) => lines(set.map(say));

  return {
    certain: true,
    content: set.map(({ content }) => content),
    files,
    expects: [
      { look: { kind: path, key: journal }, is: "", label: "left half-way by a run that died" },
      ...set.flatMap(({ file, content }) => [
        { look: { kind: path, key: file }, is: `f:root:root:${octal(mode)}:`, label: file },
        {
          look: { kind: sha256, key: file },
          is: createHash("sha256").update(content.reveal()).digest("hex"),
        },
      ]),
    ],
    diff: each(({ file, content, at }) =>
      content.hasSecret
        ? sh`echo ${`${file}: the content holds a secret and is not shown`}`
        : sh`
          [ -f ${file} ] && now=${file} || now=/dev/null
          content_$n ${at} | diff -u -L ${`${file} (now)`} -L ${`${file} (wanted)`} "$now" - || :`,
    ),
    apply: swap(set, { journal, mode, validate }),
  };
});
