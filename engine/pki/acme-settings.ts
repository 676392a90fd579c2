import type { CertificateRequest } from "../model/certificate.ts";
import type { Env } from "../util/env.ts";
import { UsageError } from "../util/errors.ts";
import { contentOf, expand, prefixOf } from "./env.ts";
import { certificatesIn } from "./pem.ts";

/** An ACME server that is to issue a certificate. */
export interface AcmeServer {
  /** The URL of its directory. */
  readonly directory: string;
  /** E-mail address to which it may write about the account. */
  readonly email?: string;
  /** CAs in PEM that vouch for the server itself, if its CA is not a public one. */
  readonly authorities?: string;
}

/**
 * The ACME servers that `.env` names: `SITE_ACME`, and if need be `SITE_ACME_EMAIL` and `SITE_ACME_CA`, for the
 * certificate "site". Throws UsageError if one cannot be used, or if `.env` also has the user's own certificate.
 */
export function acmeIn(
  { file, variables: env }: Env,
  requests: readonly CertificateRequest[],
): Record<string, AcmeServer> {
  return Object.fromEntries(
    requests.flatMap((request): [string, AcmeServer][] => {
      const variable = `${prefixOf(request)}_ACME`;
      return env[variable] ? [[request.name, serverOf(file, variable, env, request)]] : [];
    }),
  );
}

// --- internal ---

function serverOf(
  file: string,
  variable: string,
  env: Readonly<Record<string, string>>,
  request: CertificateRequest,
): AcmeServer {
  const refuse = (name: string, expected: string) => (found: string) =>
    new UsageError(`${file} › ${name}: found ${found}; expected ${expected}`);
  const own = `${prefixOf(request)}_CERTIFICATE`;
  if (env[own] || env[`${own}_KEY`])
    throw refuse(variable, "only one of them; take the other out")(`${own} beside it`);
  const [url = "", email, ca] = [env[variable], env[`${variable}_EMAIL`], env[`${variable}_CA`]];
  if (!URL.canParse(url) || new URL(url).protocol !== "https:")
    throw refuse(
      variable,
      "the https URL of an ACME server's directory, such as https://acme-v02.api.letsencrypt.org/directory",
    )(`"${url}"`);
  if (request.addresses.length > 0)
    throw refuse(
      variable,
      "ACME only for a certificate without IP addresses",
    )(`that the certificate ${request.name} is for ${request.addresses.join(", ")} as well`);
  if (email && !/^[^\s@]+@[^\s@]+$/.test(email))
    throw refuse(`${variable}_EMAIL`, "an address such as webmaster@example.org")(`"${email}"`);
  return {
    directory: new URL(url).href,
    ...(email ? { email } : {}),
    ...(ca
      ? { authorities: authoritiesIn(expand(ca), refuse(`${variable}_CA`, `CAs in PEM in ${ca}`)) }
      : {}),
  };
}

function authoritiesIn(path: string, refuse: (found: string) => Error): string {
  return certificatesIn(contentOf(path, refuse), refuse).join("\n");
}
