import { basename, dirname, join } from "node:path";
import { resource } from "../model/resource.ts";
import { path, sha256 } from "../observers/linux.ts";
import { type Shell, sh } from "../template/shell.ts";
import { Text, verbatim } from "../template/text.ts";
import { CompileError } from "../util/errors.ts";
import { sha256Of } from "../util/hash.ts";
import { contentDiff } from "./content-diff.ts";
import { owned, requireAbsolute } from "./paths.ts";

export interface FileOptions {
  content: Text | string;
  /** @default "root" */
  owner?: string;
  /** @default the owner's name */
  group?: string;
  /** @default "0644" */
  mode?: string;
  /** Checks the new content, given the path where it waits. If it fails, the old file stays in place. */
  validate?: (candidate: Shell) => Shell;
}

/**
 * A regular file with exactly this content, owner and mode. Missing directories are made. The file is replaced in one
 * move, once the new content is valid.
 */
export const file = resource<FileOptions>("file", (name, { content, validate, ...options }) => {
  const { owner = "root", group = owner, mode = "0644" } = options;
  requireAbsolute("file", name);
  const body = content instanceof Text ? content : verbatim(content);
  const hash = sha256Of(body.reveal());
  const next = join(dirname(name), `.${basename(name)}.quintet`);
  if (body.reveal().includes("\0"))
    throw new CompileError(`file[${name}]: found a NUL byte in its content; expected text`);

  return {
    certain: true,
    content: body,
    writes: [name],
    expects: [
      { observe: { observer: sha256, key: name }, is: hash },
      { observe: { observer: path, key: name }, ...owned("f", owner, group, mode), label: "is" },
    ],
    diff: body.hasSecret
      ? sh`echo 'the content differs; it holds a secret and is not shown'`
      : contentDiff(name),
    // install is one process, and a run writes hundreds of files. It also says why it could not write, as on a full
    // disk. The candidate waits beside the file, because AppArmor lets a daemon read its configuration only there.
    apply: sh`
      [ -d ${dirname(name)} ] || (umask 022; mkdir -p ${dirname(name)})
      next=${next}
      trap 'rm -f "$next"' EXIT
      content_$n | install -T -o ${owner} -g ${group} -m ${mode} /dev/stdin "$next"
      ${validate?.(sh`"$next"`)}
      sync -d "$next"
      mv -fT "$next" ${name}
      trap - EXIT`,
  };
});
