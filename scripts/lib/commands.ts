import { definition as proofs } from "../../test/proofs/index.ts";
import { definition as vagrant } from "../../test/vagrant/index.ts";
import { definition as audit } from "../audit.ts";
import { definition as bench } from "../bench.ts";
import { definition as drill } from "../drill.ts";
import { definition as facts } from "../facts.ts";
import { definition as firewall } from "../firewall.ts";
import { definition as guestbook } from "../guestbook.ts";
import { definition as lab } from "../lab.ts";
import { definition as promote } from "../promote.ts";
import { definition as promotion } from "../promotion.ts";
import { definition as provision } from "../provision.ts";
import { definition as smoke } from "../smoke.ts";
import { definition as ssh } from "../ssh.ts";
import { definition as status } from "../status.ts";
import { definition as switchover } from "../switchover.ts";
import { definition as test } from "../test.ts";
import { definition as trust } from "../trust.ts";
import { definition as up } from "../up.ts";
import type { Definition } from "./command.ts";
import { COMPLETION, DOCS } from "./self.ts";

/** Every command, in the order of docs/use/commands.md. */
export const COMMANDS: readonly Definition[] = [
  ...[
    up,
    provision,
    smoke,
    status,
    switchover,
    promotion,
    promote,
    lab,
    ssh,
    facts,
    guestbook,
    trust,
    firewall,
    audit,
    bench,
    drill,
  ],
  ...[test, vagrant, proofs, DOCS, COMPLETION],
];
