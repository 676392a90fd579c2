import { contentDiff, observers, resource, sh, sha256Of, type Text } from "../../../engine/index.ts";
import { CLOSED, REACH } from "../../shared/closed.ts";
import { LOADED, live } from "../live.ts";

/**
 * The rules of a firewall, loaded in one go and on trial. A timer of the host puts the old rules back after `seconds`,
 * unless the control machine has logged in again. Until then the old file is the one that is loaded at boot.
 */
export const ruleset = resource<{ content: Text; seconds: number }>(
  "ruleset",
  (name, { content, seconds }) => {
    const next = `${name.replace(/[^/]+$/, ".$&")}.quintet`;
    const hash = sha256Of(content.reveal());
    return {
      certain: true,
      brings: [REACH],
      content,
      expects: [
        { observe: { observer: observers.sha256, key: name }, is: hash },
        { observe: { observer: live, key: "live" }, is: "as loaded", label: "rules" },
      ],
      diff: contentDiff(name),
      apply: sh`
      content_$n | install -T -m 0644 /dev/stdin ${next}
      nft --check --file ${next}
      { echo 'table inet quintet'; echo 'delete table inet quintet'; nft --stateless list table inet quintet 2>/dev/null || :; } >"$run/firewall-before"
      systemctl stop quintet-firewall.timer 2>/dev/null || :
      systemd-run --quiet --collect --unit=quintet-firewall --on-active=${seconds}s --timer-property=AccuracySec=1s "$(command -v nft)" --file "$run/firewall-before"
      nft --file ${next}`,
      trial: {
        keep: sh`
        sync -d ${next}
        mv -fT ${next} ${name}
        systemctl stop quintet-firewall.timer
        rm -f ${CLOSED}
        nft --stateless list table inet quintet | sha256sum >${LOADED}`,
        undo: sh`
        nft --file "$run/firewall-before"
        systemctl stop quintet-firewall.timer
        rm -f ${next}
        echo 'With the new rules this computer could not log in again, so the old rules are back.'
        echo 'Does "control" in the inventory have the address of this computer, as the host sees it?'`,
      },
    };
  },
);
