import { apt, file, release, role, service, text, unitFile, user, verbatim } from "../../engine/index.ts";
import { vars as baseVars } from "../base/vars.ts";
import { buildArchive } from "../shared/archive/build.ts";
import { ofHost } from "../shared/certificates.ts";
import { answers } from "./answers.ts";
import { rebind, restart } from "./handlers.ts";
import { smokeTests } from "./smoke-tests.ts";
import appEnv from "./templates/app.env.ts";
import serviceUnit from "./templates/foobar.service.ts";
import socketUnit from "./templates/foobar.socket.ts";
import { vars } from "./vars.ts";

const PROGRAM = {
  folder: "app",
  sources: ["src", "public", "build.ts", "tsconfig.json", "package-lock.json"],
  bundler: async () => (await import("../../app/build.ts")).buildApp,
};
const AUTHORITY = "/etc/foobar/authority.pem";

/** The application: a release in /srv/foobar. systemd runs it behind a socket that stays when it restarts. */
export const app = role("app", {
  summary: "the guestbook on Node.js, in releases, restarted without losing a connection",
  vars,
  secrets: { DATABASE_PASSWORD: "password of the application's database account" },
  certificates: ({ host, inventory }) => [ofHost(host, inventory)],
  build: () => buildArchive(PROGRAM),

  resources: ({ vars, varsOf, host, hosts, inventory, secret, blob, certificate }) => {
    const restarted = restart(vars.port);
    const { patience } = varsOf(baseVars, host);
    return [
      apt("nodejs"),
      apt("curl"),
      user("foobar"),
      file("/etc/foobar/database-password", {
        content: text`${secret("DATABASE_PASSWORD")}`,
        mode: "0600",
        notify: restarted,
      }),
      file(AUTHORITY, {
        content: verbatim(`${certificate(host.name).authority}\n`),
        notify: restarted,
      }),
      file("/etc/foobar/app.env", {
        content: appEnv({
          ...vars,
          patience,
          server: host.name,
          domain: inventory.domain,
          databases: hosts("database"),
          authority: AUTHORITY,
        }),
        notify: restarted,
      }),
      unitFile("foobar.socket", { content: socketUnit(vars), notify: rebind }),
      unitFile("foobar.service", { content: serviceUnit(vars), notify: restarted }),
      blob &&
        release("/srv/foobar", {
          archive: blob,
          validate: answers(vars.trialPort, patience),
          notify: restarted,
        }),
      service("foobar.socket"),
      service("foobar.service", { running: "on demand" }),
    ];
  },

  smokeTests,
});
