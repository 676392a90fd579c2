import { accessSync, constants, readFileSync } from "node:fs";
import { which } from "zx";
import { UsageError } from "../../engine/util/errors.ts";

export interface Choice {
  readonly provider: "vagrant" | "lab";
  /** Said to the user before anything happens. */
  readonly why: string;
}

/** Picks where the machines come from: Vagrant when it is installed with a hypervisor that can work here, else the lab. */
export async function chooseProvider(wanted: Choice["provider"] | undefined): Promise<Choice> {
  const vagrant = await installed("vagrant");
  const hypervisor = await firstHypervisor();
  if (wanted === "vagrant" && !vagrant)
    throw new UsageError(
      "--provider vagrant: vagrant is not installed; get it from vagrantup.com, or use --provider lab on Linux",
    );
  if (wanted === "lab") return { provider: "lab", why: "as you said with --provider" };
  if (wanted === "vagrant")
    return {
      provider: "vagrant",
      why: `as you said with --provider${hypervisor ? `; ${hypervisor} is here` : "; no hypervisor was found"}`,
    };
  if (vagrant && hypervisor)
    return {
      provider: "vagrant",
      why: `vagrant and ${hypervisor} are installed (--provider lab for the other)`,
    };
  const lacking = vagrant
    ? "vagrant is installed, but no hypervisor that can work here (VirtualBox, VMware, Parallels, or libvirt with KVM)"
    : "vagrant is not installed";
  if (process.platform !== "linux")
    throw new UsageError(
      `${lacking}, and the lab needs Linux: install Vagrant and VirtualBox (or VMware, Parallels), then run this again`,
    );
  return { provider: "lab", why: `${lacking}; systemd-nspawn machines on this Linux box take its place` };
}

/** The command that boots the lab. Only the lab needs root, so only the lab gets it. Throws UsageError for a "no". */
export async function labUp(inventory: string, yes: boolean): Promise<readonly string[]> {
  const command = ["node", "scripts/lib/start.mjs", "lab", "up", "-i", inventory];
  if (process.getuid?.() === 0) return command;
  const sudo = ["sudo", "env", `PATH=${process.env["PATH"]}`, ...command];
  if (yes) return sudo;
  const { createInterface } = await import("node:readline/promises");
  const asked = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await asked.question(
    `The lab's machines need root on this box. Run "${sudo.join(" ")}"? [Y/n] `,
  );
  asked.close();
  if (!/^(y|yes|)$/i.test(answer.trim()))
    throw new UsageError("the lab needs root; --provider vagrant does not");
  return sudo;
}

// --- internal ---

async function installed(program: string): Promise<boolean> {
  return (await which(program, { nothrow: true })) !== null;
}

async function firstHypervisor(): Promise<string | undefined> {
  const candidates = { VirtualBox: "VBoxManage", Parallels: "prlctl", VMware: "vmrun" };
  for (const [name, program] of Object.entries(candidates)) if (await installed(program)) return name;
  return process.platform === "linux" && (await installed("virsh")) && mayUseKvm() ? "libvirt" : undefined;
}

/** Nested machines can have the device and not the processor's help that it needs. */
function mayUseKvm(): boolean {
  if (process.arch === "x64" && !/^flags.*\b(vmx|svm)\b/m.test(readFileSync("/proc/cpuinfo", "utf8")))
    return false;
  try {
    accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
