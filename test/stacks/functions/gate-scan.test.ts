/** Every route of every bundled blueprint, asked by nobody in particular: only what its manifest says is open answers. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadBlueprint } from "../../../blueprints/load.ts";
import { routesOf } from "../../../blueprints/manifest.ts";
import { root } from "../../support/home.ts";
import { seed, startGate } from "./gate-harness.ts";

const folders = readdirSync(join(root, "blueprints"), { withFileTypes: true }).filter((one) => one.isDirectory());
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

it.each(folders.map(({ name }) => name))("%s: 401 or the way to sign in, unless the route is public", async (name) => {
  const { manifest } = await loadBlueprint(join(root, "blueprints", name));
  const routes = routesOf(manifest).map(({ limit: _, ...route }) => route);
  const functions = Object.fromEntries(Object.keys(manifest.functions).map((noun) => [noun, `home--notes--${noun}`]));
  const gate = await startGate({ routes, functions });
  seed(gate);
  try {
    const paths = routes.flatMap(({ path, ...route }) =>
      (path.endsWith("/*") ? [`${path.slice(0, -1)}x`, `${path.slice(0, -1)}x/y.html`] : [path]).map((at) => ({
        at,
        ...route,
      })),
    );
    expect(paths.length).toBeGreaterThan(0);
    for (const { at, public: open } of [
      ...paths,
      { at: "/.freehold/x", public: false },
      { at: "/nothing", public: false },
    ])
      for (const method of methods)
        for (const accept of ["text/html", "application/json"]) {
          gate.aws.asked.length = 0;
          const { statusCode } = await gate.ask(at, { method, headers: { accept } });
          const refused = [302, 401].includes(statusCode) || at.startsWith("/.freehold");
          expect(refused, `${method} ${at} ${statusCode}`).toBe(!open);
          const behind = gate.aws.asked.filter(({ path }) => /home--notes--|\/bucket\//.test(path));
          expect(behind.length, `${method} ${at}`).toBeLessThanOrEqual(open ? 5 : 0);
        }
  } finally {
    gate.close();
  }
});
