export { dpkg, dpkgState, dpkgWant, group, line, passwd, path, sha256, sysctl } from "./linux.ts";
export { asRead, overridden, sinceRead, unit } from "./systemd.ts";
