import { resource } from "../model/resource.ts";
import { path, sha256 } from "../observers/linux.ts";
import { lines, type Shell, sh } from "../template/shell.ts";
import type { Text } from "../template/text.ts";
import { sha256Of } from "../util/hash.ts";
import { contentDiff } from "./content-diff.ts";
import { octal, requireAbsolute } from "./paths.ts";
import { swap } from "./swap.ts";

export interface FileSetOptions {
  /** Content by path. */
  files: Readonly<Record<string, Text>>;
  /** Checks the new files in their final places, when all of them are there. If it fails, all old ones are put back. */
  validate: Shell;
  /** @default "0644" */
  mode?: string;
}

/**
 * Files that make sense only together, because one includes another. They are replaced, checked and, if need be, put
 * back as a set. Meanwhile the old files are kept in a journal. If a run dies half-way, the next run puts them back.
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
    writes: Object.keys(files),
    expects: [
      { observe: { observer: path, key: journal }, is: "", label: "left half-way by a run that died" },
      ...set.flatMap(({ file, content }) => [
        { observe: { observer: path, key: file }, is: `f:root:root:${octal(mode)}:`, label: file },
        {
          observe: { observer: sha256, key: file },
          is: sha256Of(content.reveal()),
        },
      ]),
    ],
    diff: each(({ file, content, at }) =>
      content.hasSecret
        ? sh`echo ${`${file}: the content holds a secret and is not shown`}`
        : contentDiff(file, at),
    ),
    apply: swap(set, { journal, mode, validate }),
  };
});
