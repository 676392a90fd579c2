import { openLab } from "../lab/index.ts";
import { runBaseline } from "./baseline.ts";
import { type Bench, shown, timed } from "./bench.ts";

/** From bare machines to a passing smoke test: `npm run provision` compared with a hand-written script. */
export async function cold(bench: Bench, print: (line: string) => void): Promise<void> {
  const lab = openLab(bench.inventory);
  const smoke = () => timed("npm", "run", "-s", "smoke", "--", "-i", bench.file, "--gentle");
  await lab.down();
  await lab.up();
  const script = await runBaseline(bench, lab);
  const scriptSmoke = await smoke();
  await lab.down();
  await lab.up();
  const ours = await timed("npm", "run", "-s", "provision", "--", "-i", bench.file);
  const oursSmoke = await smoke();
  print(
    `bare machines, hand-written script in parallel   ${shown([script])}, then smoke ${shown([scriptSmoke])}`,
  );
  print(
    `bare machines, npm run provision                 ${shown([ours])}, then smoke ${shown([oursSmoke])}`,
  );
  print(
    `provision and smoke / script and smoke           ${((ours + oursSmoke) / (script + scriptSmoke)).toFixed(2)} x`,
  );
}
