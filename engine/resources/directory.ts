import { resource } from "../model/resource.ts";
import { path } from "../observers/linux.ts";
import { sh } from "../template/shell.ts";
import { owned, requireAbsolute } from "./paths.ts";

export interface DirectoryOptions {
  /** @default "root" */
  owner?: string;
  /** @default the owner's name */
  group?: string;
  /** @default "0755" */
  mode?: string;
}

/** A directory with this owner and mode. Missing parents are made. Its content is left alone. */
export const directory = resource<DirectoryOptions>("directory", (name, options) => {
  requireAbsolute("directory", name);
  const { owner = "root", group = owner, mode = "0755" } = options;
  return {
    expects: [{ observe: { observer: path, key: name }, ...owned("d", owner, group, mode), label: "is" }],
    // If no inode is free, install says "no such file or directory". mkdir says it as it is.
    apply: sh`
      [ -d ${name} ] || (umask 022; mkdir -p ${name})
      install -d -o ${owner} -g ${group} -m ${mode} ${name}`,
  };
});
