import { describe, expect, test } from "vitest";
import { text, unitFile } from "../../engine/index.ts";

describe("a drop-in", () => {
  const content = text`[Service]`;

  test.each(["nginx.service.d/override.conf", "nginx.service.d/limits.conf", "nginx.service.d/quintet"])(
    "called %s is refused: runs would take it for an administrator's",
    (name) => {
      expect(() => unitFile(name, { content })).toThrow(
        `unitFile[${name}]: expected a drop-in called quintet.conf or quintet-….conf; by that name it is told from an administrator's`,
      );
    },
  );

  test.each(["nginx.service.d/quintet.conf", "nginx.service.d/quintet-limits.conf"])(
    "may be called %s",
    (name) => {
      const path = `/etc/systemd/system/${name}`;
      expect(unitFile(name, { content })).toMatchObject({
        writes: [path, "/etc/systemd/system/nginx.service.d"],
      });
    },
  );
});
