import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { PKI } from "../engine/pki/certificates.ts";
import { UsageError } from "../engine/util/errors.ts";
import { define, start } from "./lib/command.ts";

export const definition = define({
  name: "trust",
  summary: "Says how a browser learns to trust the site's own CA. Nothing is changed.",
  flags: {},
  examples: [["npm run trust", "a command for each system"]],
});

start(definition, import.meta.filename, async () => {
  const file = resolve(join(PKI, "ca.pem"));
  if (!existsSync(file)) throw new UsageError(`found no ${file}: the first npm run provision makes it`);
  const { subject, fingerprint256, validTo } = new X509Certificate(readFileSync(file));
  console.log(`${file}
  ${subject.replace("CN=", "")}, until ${new Date(validTo).toISOString().slice(0, 10)}
  SHA-256 ${fingerprint256}

It can vouch for the site's own names and addresses only, and for nobody else's: that is written in it. Even so, take it out
again when you are done; whoever has .quintet/pki/ca.key can be the site.

macOS      sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ${file}
Windows    certutil -addstore -f Root ${file}          (as administrator)
Debian     sudo cp ${file} /usr/local/share/ca-certificates/quintet.crt && sudo update-ca-certificates
Fedora     sudo trust anchor ${file}
Firefox    Settings, Privacy & Security, Certificates, View Certificates, Authorities, Import
Chromium   on Linux: certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n quintet -i ${file}
curl       curl --cacert ${file} --resolve www.NAME:443:ADDRESS https://www.NAME/
Node.js    NODE_EXTRA_CA_CERTS=${file}`);
  return 0;
});
