import { text } from "../../../engine/index.ts";

export default ({ journalMegabytes }: { journalMegabytes: number }) => text`
  [Journal]
  Storage=persistent
  SystemMaxUse=${journalMegabytes}M
  SystemKeepFree=${journalMegabytes}M
  MaxRetentionSec=1month
`;
