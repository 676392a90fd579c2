import { type Blob, resource } from "../model/resource.ts";
import { path } from "../observers/linux.ts";
import { type Shell, sh } from "../template/shell.ts";
import { requireAbsolute } from "./paths.ts";
import { unpacked } from "./unpacked.ts";

export interface ReleaseOptions {
  /** tar.gz of the release; its hash is the release's name. */
  archive: Blob;
  /** Tries the unpacked release, given its directory. If it fails, the current release goes on serving. */
  validate?: (directory: Shell) => Shell;
  /** How many releases are kept. @default 3 */
  keep?: number;
}

/** Name of a release: the first twelve digits of its archive's hash. */
export function releaseName(archive: Blob): string {
  return archive.sha256.slice(0, 12);
}

/**
 * A directory of releases. The link `current` points to the one in use. It is switched in one move, when the new
 * release is complete.
 */
export const release = resource<ReleaseOptions>("release", (name, { archive, validate, keep = 3 }) => {
  requireAbsolute("release", name);
  const id = releaseName(archive);
  const directory = `${name}/releases/${id}`;
  return {
    certain: true,
    blob: archive,
    writes: [`${name}/current`],
    expects: [
      {
        observe: { observer: path, key: `${name}/current` },
        is: `l:root:root:777:releases/${id}`,
        label: "current",
      },
      { observe: { observer: path, key: directory }, is: "d:root:root:755:", label: "release" },
    ],
    apply: sh`
      umask 022
      mkdir -p ${`${name}/releases`}
      next=${`${name}/releases/.next`}
      trap 'rm -rf "$next"' EXIT
      rm -rf "$next"
      ${unpacked(name)}
      ${validate?.(sh`"$next"`)}
      rm -rf ${directory}
      mv -T "$next" ${directory}
      ln -sfn ${`releases/${id}`} ${`${name}/current.quintet`}
      mv -fT ${`${name}/current.quintet`} ${`${name}/current`}
      touch ${directory}
      ls -1dt ${`${name}/releases`}/* | tail -n +${keep + 1} | while IFS= read -r old; do rm -rf "$old"; done`,
  };
});
