import { type Text, text } from "../../../engine/index.ts";

/** Debian's security updates only, every day, without a reboot. Packages from unstable are not touched. */
export default (): Text => text`
  // Written by Quintet (role hardening); changes made here are overwritten.
  APT::Periodic::Update-Package-Lists "1";
  APT::Periodic::Unattended-Upgrade "1";
  APT::Periodic::AutocleanInterval "7";

  #clear Unattended-Upgrade::Origins-Pattern;
  Unattended-Upgrade::Origins-Pattern {
      "origin=Debian,codename=\${distro_codename}-security,label=Debian-Security";
  };
  Unattended-Upgrade::Automatic-Reboot "false";
  Unattended-Upgrade::MinimalSteps "true";
  Unattended-Upgrade::Remove-Unused-Dependencies "false";
`;
