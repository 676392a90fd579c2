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
    apply: sh`install -d -o ${owner} -g ${group} -m ${mode} ${name}`,
  };
});
