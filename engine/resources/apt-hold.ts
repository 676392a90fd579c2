import { resource } from "../model/resource.ts";
import { dpkgWant } from "../observers/linux.ts";
import { sh } from "../template/shell.ts";

export interface AptHoldOptions {
  packages: readonly string[];
}

/** Packages that keep their version: neither `apt-get upgrade` nor an upgrade by night changes them. */
export const aptHold = resource<AptHoldOptions>("aptHold", (_name, { packages }) => ({
  expects: packages.map((key) => ({ observe: { observer: dpkgWant, key }, is: "hold", label: key })),
  apply: sh`apt-mark hold ${packages}`,
}));
