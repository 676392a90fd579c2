import { type Observer, sh } from "../../engine/index.ts";

/** File with the hash of the rules that were loaded last, as the kernel showed them. */
export const LOADED = "/var/lib/quintet/firewall";

/** Whether the rules are those that were loaded last: nobody has added one by hand or flushed them. */
export const live: Observer = {
  name: "firewall",
  gather: sh`
    { read -r loaded <${LOADED}; } 2>/dev/null || loaded=
    [ "$(nft --stateless list table inet quintet 2>/dev/null | sha256sum)" != "$loaded" ] ||
      printf 'firewall\tlive\tas loaded\n'`,
};
