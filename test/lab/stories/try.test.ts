import { describe } from "vitest";
import { flood } from "./flood.ts";
import { way } from "./way.ts";

describe("try", { sequential: true }, () => {
  way();
  flood();
});
