// Everything a role may import, and nothing else.
export { CompileError, RefusedError, UnsureError } from "./errors.ts";
export { fact } from "./fact.ts";
export type { Host, Inventory } from "./inventory.ts";
export type { Look, LookKind } from "./look.ts";
export type { Certificate, CertificateRequest } from "./pki/certificate.ts";
export { play, site } from "./play.ts";
export {
  type Blob,
  type Handler,
  handler,
  type Resource,
  reload,
  resource,
  startedSince,
} from "./resource.ts";
export { group, user } from "./resources/account.ts";
export { apt } from "./resources/apt.ts";
export { aptSuite } from "./resources/apt-suite.ts";
export { command } from "./resources/command.ts";
export { directory } from "./resources/directory.ts";
export { file } from "./resources/file.ts";
export { fileSet } from "./resources/file-set.ts";
export { line } from "./resources/line.ts";
export { absent, link } from "./resources/link.ts";
export { release, releaseName } from "./resources/release.ts";
export { requirement } from "./resources/requirement.ts";
export { service } from "./resources/service.ts";
export { sysctl } from "./resources/sysctl.ts";
export { unitFile } from "./resources/unit-file.ts";
export { type Context, type Opening, type Owner, type Reaching, role, type Traffic } from "./role.ts";
export { Secret } from "./secret.ts";
export { lines, Shell, sh } from "./shell.ts";
export { Text, text, verbatim } from "./text.ts";
export type { HttpAnswer, Probe, Verification } from "./verification.ts";
