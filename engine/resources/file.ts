import { createHash } from "node:crypto";
import { path, sha256 } from "../look.ts";
import { resource } from "../resource.ts";
import { type Shell, sh } from "../shell.ts";
import { Text, verbatim } from "../text.ts";

export interface FileOptions {
  content: Text | string;
  /** @default "root" */
  owner?: string;
  /** @default the owner's name */
  group?: string;
  /** @default "0644" */
  mode?: string;
  /** Vets the new content, given the path where it waits; a failure leaves the old file in place. */
  validate?: (candidate: Shell) => Shell;
}

/** A regular file with exactly this content, owner and mode, in directories made when missing. Replaced in one move, once valid. */
export const file = resource<FileOptions>("file", (name, { content, validate, ...options }) => {
  const { owner = "root", group = owner, mode = "0644" } = options;
  const body = content instanceof Text ? content : verbatim(content);
  const hash = createHash("sha256").update(body.reveal()).digest("hex");
  const candidate = sh`"$work/candidate"`;
  const beside = sh`"$(dirname ${name})"`;

  return {
    certain: true,
    content: body,
    expects: [
      { look: { kind: path, key: name }, is: `f:${owner}:${group}:${octal(mode)}:`, label: "is" },
      { look: { kind: sha256, key: name }, is: hash },
    ],
    diff: body.hasSecret
      ? sh`echo 'the content differs; it holds a secret and is not shown'`
      : sh`
        [ -f ${name} ] && now=${name} || now=/dev/null
        content_$n | diff -u -L ${`${name} (now)`} -L ${`${name} (wanted)`} "$now" - || :`,
    apply: sh`
      (umask 022; mkdir -p ${beside})
      umask 077
      content_$n >${candidate}
      ${validate?.(candidate)}
      next=$(mktemp -p ${beside} .quintet.XXXXXX)
      trap 'rm -f "$next"' EXIT
      cat ${candidate} >"$next"
      chown ${`${owner}:${group}`} "$next"
      chmod ${mode} "$next"
      sync -d "$next"
      mv -f "$next" ${name}
      rm -f ${candidate}`,
  };
});

/** A mode as stat prints it: no leading zeros. */
export function octal(mode: string): string {
  return mode.replace(/^0+(?=\d)/, "");
}
