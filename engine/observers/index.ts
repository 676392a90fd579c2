export { dpkg, dpkgState, group, line, passwd, path, sha256, sysctl } from "./linux.ts";
export { asRead, unit } from "./systemd.ts";
