/** What may come between at the stacks' door: an interruption, another one's lock, refused credentials, a wrong name. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { loadBlueprint } from "../../blueprints/load.ts";
import { tellingOfMoves, tellMoved, tellNames } from "../../cli/operations/signin-moves.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import * as deploy from "../../stacks/deploy.ts";
import { type Domain, leadingHosts } from "../../stacks/domains.ts";
import type { OperationEvent } from "../../stacks/events.ts";
import { changeFile } from "../support/counter.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { localCloud, workspace } from "./deploy-session.ts";

describe("what may come between", () => {
  let dir: string;
  let local: TestCloud;
  let cloud: Cloud;
  let foundation: deploy.FoundationOutputs;
  let app: deploy.App;
  const quiet = { signal: new AbortController().signal, emit: () => undefined };

  beforeAll(async () => {
    dir = await workspace();
    local = await startTestCloud();
    cloud = localCloud(local, dir);
    // Without site and bucket: what is tested here is the door, not the services behind it.
    await changeFile(join(dir, "counter/blueprint.yaml"), (text) =>
      text
        .replace(/^buckets: .*\n/m, "")
        .replace(", files: write", "")
        .replace(/^site: .*\n/m, "")
        .replace(/^ {2}\/: site\n/m, ""),
    );
    const functionsDir = join(dir, "functions");
    foundation = await deploy.deployFoundation(cloud, { ...quiet, functionsDir });
    const blueprint = await loadBlueprint(join(dir, "counter"));
    app = { name: "counter", blueprint, digest: "", settings: {}, secrets: {}, functionsDir };
  }, 120_000);

  afterAll(async () => {
    await local?.close();
    await rm(dir, { recursive: true, force: true });
  });

  it("an interruption ends with 130 and a state from which the same call goes on", async () => {
    const controller = new AbortController();
    const events: OperationEvent[] = [];
    const emit = (event: OperationEvent): void => {
      events.push(event);
      if (event.type === "resource" && event.phase === "started") controller.abort();
    };
    const stopped = deploy.deployApp(cloud, foundation, app, { signal: controller.signal, emit });
    await expect(stopped).rejects.toMatchObject({ code: "interrupted", exitCode: 130 });
    expect(events.at(-1)).toMatchObject({ type: "summary", result: "canceled" });
    expect((await deploy.deployApp(cloud, foundation, app, quiet)).url).toContain("counter--home.localhost");
  });

  // A passkey that stops working by itself looks like an attack, or a loss: its owner is told before, and what to do.
  it("another address of sign-in is told before the step that makes it, in a preview, and not where it stays", async () => {
    const functionsDir = join(dir, "functions");
    const planned = async (signinUrl: string): Promise<OperationEvent[]> => {
      const events: OperationEvent[] = [];
      const emit = tellingOfMoves((event) => void events.push(event), { ...foundation, signinUrl });
      await deploy.deployFoundation(cloud, { ...quiet, emit, functionsDir, preview: true });
      return events;
    };
    const inAws = "https://abc.lambda-url.eu-central-1.on.aws/";
    const told = (events: OperationEvent[]) =>
      events.flatMap((event) => (event.type === "note" && event.level === "warning" ? event.message : []));
    expect(told(await planned(inAws))).toEqual([]);
    const kept = await deploy.exportStack(cloud, "foundation", true);
    const changed = structuredClone(kept) as { deployment: { resources: any[] } };
    const url = changed.deployment.resources.find(({ type }) => type === "aws:lambda/functionUrl:FunctionUrl");
    url.inputs.functionName = url.outputs.functionName = "home--foundation--earlier";
    await deploy.importStack(cloud, "foundation", changed);
    try {
      const events = await planned(inAws);
      expect(told(events)).toEqual([
        expect.stringMatching(
          /passkeys are bound to abc\.lambda-url\.eu-central-1\.on\.aws,.*"freehold open" gives a link/,
        ),
      ]);
      const at = (is: (event: OperationEvent) => boolean): number => events.findIndex(is);
      const step = at((event) => event.type === "resource" && event.urn === url.urn);
      expect(step).toBeGreaterThan(at((event) => event.type === "note" && event.level === "warning"));
      // By its name, which a local cloud's sign-in keeps.
      expect(told(await planned(foundation.signinUrl))).toEqual([]);
    } finally {
      await deploy.importStack(cloud, "foundation", kept);
    }
    const said: OperationEvent[] = [];
    tellMoved((event) => void said.push(event), { ...foundation, signinUrl: inAws }, foundation);
    tellMoved((event) => void said.push(event), foundation, {
      ...foundation,
      signinUrl: foundation.signinUrl.replace(/:\d+/, ":1"),
    });
    tellMoved((event) => void said.push(event), undefined, foundation);
    const own = { ...foundation, signinUrl: "https://signin.example.org/" };
    tellMoved((event) => void said.push(event), own, { ...foundation, signinUrl: inAws });
    expect(told(said)).toEqual([
      expect.stringMatching(/^Sign-in is at signin--home\.localhost now\. Passkeys of abc\./),
      expect.stringMatching(/^Sign-in is at abc\..* Passkeys of signin\.example\.org are good for nothing here/),
    ]);
    // A name of the owner's takes nothing away: the address before it answers on.
    tellMoved((event) => void said.push(event), { ...foundation, signinUrl: inAws }, own);
    expect(said.at(-1)).toMatchObject({ level: "info", message: expect.stringContaining("stay good there") });
    const another = { ...foundation, signinUrl: "https://id.example.org/" };
    tellMoved((event) => void said.push(event), own, {
      ...another,
      signinHosts: ["id.example.org", "signin.example.org"],
    });
    expect(said.at(-1)).toMatchObject({ level: "info", message: expect.stringContaining("stay good there") });
    tellMoved((event) => void said.push(event), own, another);
    expect(said.at(-1)).toMatchObject({ level: "warning", message: expect.stringContaining("good for nothing here") });
  });

  // Who gives sign-in a name must not fear for passkeys; who takes one away loses those of it.
  it("a name that sign-in gets or loses is told with what becomes of its passkeys, once it leads there", () => {
    const [dns, front] = [{ at: "by-hand" }, "http-api"] as const;
    const made = { host: "signin.example.org", dns, front };
    const begun = { ...made, awaits: "address" } as const;
    const said: string[] = [];
    const emit = (event: OperationEvent) =>
      void (event.type === "note" && said.push(`${event.level} ${event.message}`));
    const tell = (before: readonly Domain[], after: readonly Domain[]) =>
      tellNames(emit, leadingHosts(before), leadingHosts(after));
    tell([], [begun]);
    tell([made], [made, { ...begun, host: "id.example.org" }]);
    expect(said).toEqual([]);
    tell([begun], [made]);
    tell([made], []);
    expect(said).toEqual([
      expect.stringMatching(/^info .*gets the name signin\.example\.org .*passkeys of those stay good there/),
      expect.stringMatching(/^warning .*loses the name signin\.example\.org: passkeys of it are good for nothing/),
    ]);
  });

  it("another one's lock is named at once, with exit code 5", async () => {
    const proxy = await startFaultProxy(local.endpoint);
    onTestFinished(() => proxy.close());
    // It holds the lock until the other one was refused, however long that takes.
    const { reached, release } = proxy.hold(/^PUT .*\/functions\/.*\/configuration/);
    const held = { ...app, settings: { greeting: "Hi" } };
    const first = deploy.deployApp({ ...cloud, endpoint: proxy.endpoint }, foundation, held, quiet);
    await Promise.race([reached, first]);
    await expect(deploy.deployApp(cloud, foundation, app, quiet)).rejects.toMatchObject({
      code: "stack-locked",
      exitCode: 5,
      detail: expect.stringContaining(`pid ${process.pid}`),
    });
    release();
    await first;
  });

  it("credentials that are refused are exit code 6, a cloud that is away is named", async () => {
    const stranger = { ...cloud, environment: { AWS_ACCESS_KEY_ID: "AKIAX", AWS_SECRET_ACCESS_KEY: "y" } };
    await expect(deploy.callerIdentity(stranger)).rejects.toMatchObject({ code: "credentials", exitCode: 6 });
    await expect(
      deploy.deployApp(stranger, foundation, { ...app, settings: { greeting: "Ho" } }, quiet),
    ).rejects.toMatchObject({ code: "credentials", exitCode: 6 });
    const away = { ...cloud, endpoint: "http://127.0.0.1:1" };
    await expect(deploy.mintLink(away, foundation, { app: "counter" })).rejects.toMatchObject({
      code: "cloud-unreachable",
      detail: expect.stringContaining("http://127.0.0.1:1"),
    });
  });

  it("names that every cloud has, or that are none, are refused before anything is done", async () => {
    // With a cloud of as long a name, no name of the app's would begin with both.
    const long = { ...cloud, name: "c".repeat(24) };
    await expect(deploy.deployApp(long, foundation, { ...app, name: "a".repeat(24) }, quiet)).rejects.toMatchObject({
      code: "name-invalid",
      detail: expect.stringContaining("more than 47 characters"),
    });
    for (const name of ["foundation", "signin", "a--b", "x", "Notes"])
      await expect(deploy.deployApp(cloud, foundation, { ...app, name }, quiet)).rejects.toMatchObject({
        code: "name-invalid",
        exitCode: 2,
      });
  });
});
