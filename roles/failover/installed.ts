import {
  apt,
  type Blob,
  type Certificate,
  file,
  type Resource,
  release,
  reload,
  type Secret,
  type Text,
  text,
  unitFile,
  verbatim,
} from "../../engine/index.ts";
import { bundle } from "../shared/certificates.ts";
import { FILES, PROGRAM } from "./places.ts";
import unit from "./templates/unit.ts";

interface Options {
  configuration: Text;
  password: Secret;
  memory: string;
  /** The machine's own certificate, and the one by which the store knows the manager. */
  own: Certificate;
  client: Certificate;
  /** The program; undefined where it is not built. */
  blob: Blob | undefined;
}

/** The manager's program, with what it is told and known by. */
export function installed({ configuration, password, memory, own, client, blob }: Options): Resource[] {
  const restart = reload("failover", "restart");
  return [
    apt("nodejs"),
    file(FILES.authority, { content: verbatim(`${own.authority}\n`), notify: restart }),
    file(FILES.client, { content: bundle(client), mode: "0600", notify: restart }),
    // The manager reads it anew once an hour.
    file(FILES.server, { content: bundle(own), mode: "0600" }),
    file(FILES.password, { content: text`${password}`, mode: "0600", notify: restart }),
    file(FILES.configuration, { content: configuration, notify: restart }),
    ...(blob ? [release(PROGRAM, { archive: blob, notify: restart })] : []),
    unitFile("failover.service", { content: unit({ memory }), notify: restart }),
  ];
}
