/** The official Pulumi on a computer: which one is meant, which cannot be driven, and what is fetched, and how that fails. */
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  fetchPlugin,
  fetchPulumi,
  findPlugin,
  findPulumi,
  lookAtPulumi,
  officialCommand,
  pinnedPulumi,
  pluginVersions,
} from "../../stacks/deploy/official.ts";
import { listen } from "../support/listen.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "freehold-official-"));
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await rm(dir, { recursive: true, force: true });
});

/** A program called `pulumi` in a folder of its own. */
async function program(folder: string, script: string): Promise<string> {
  await mkdir(join(dir, folder), { recursive: true });
  const file = join(dir, folder, "pulumi");
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}
const path = (...folders: string[]): string => folders.map((folder) => join(dir, folder)).join(delimiter);

describe("a pulumi on PATH", () => {
  // What `engine install` writes speaks like the official one, and would be chosen as what it stands in for.
  it("is the first that is not Freehold's own", async () => {
    await program("own", "# Written by `freehold engine install`.\necho v3.270.0");
    const file = await program("theirs", "echo v3.259.0");
    await program("later", "echo v3.300.0");
    await mkdir(join(dir, "folder/pulumi"), { recursive: true });
    expect(await findPulumi(path("none", "folder", "own", "theirs", "later"))).toEqual({ file, version: "3.259.0" });
    expect(await findPulumi(path("none", "own"))).toBeUndefined();
    await expect(lookAtPulumi(join(dir, "own/pulumi"))).rejects.toMatchObject({ code: "engine-missing" });
  });

  it.each(["v3.205.0", "v4.0.0", "v2.25.2", "pulumi"])("that says %s cannot be driven", async (said) => {
    const file = await program("theirs", `echo ${said}`);
    await expect(lookAtPulumi(file)).rejects.toMatchObject({
      code: "engine-version",
      detail: expect.stringContaining(`${file} says that it is ${said}`),
    });
  });

  it("that is gone, or ends at once, is told with its name", async () => {
    await expect(lookAtPulumi(join(dir, "gone"))).rejects.toMatchObject({ code: "engine-missing" });
    const file = await program("broken", "exit 3");
    await expect(lookAtPulumi(file)).rejects.toMatchObject({
      code: "engine-missing",
      detail: expect.stringContaining(file),
    });
  });

  // Keys of another account, or a profile, would come before what it is told.
  it("is told what it is told, and nothing of AWS's or Pulumi's besides", async () => {
    const file = await program(
      "theirs",
      '[ "$1" = version ] && echo v3.259.0 || echo "$AWS_PROFILE/$AWS_REGION/$PULUMI_STACK/$OF_OTHERS"',
    );
    vi.stubEnv("AWS_PROFILE", "another").stubEnv("PULUMI_STACK", "another").stubEnv("OF_OTHERS", "yes");
    const engine = {
      pulumi: file,
      providers: { aws: { dir, ours: true }, cloudflare: { dir, ours: true } },
      path: "",
      hidden: ["AWS_PROFILE", "PULUMI_STACK"],
    };
    const command = await officialCommand(engine);
    expect(await command.run(["whoami"], dir, { AWS_REGION: "eu-west-1" })).toMatchObject({
      stdout: "/eu-west-1//yes",
    });
    vi.unstubAllEnvs();
  });
});

describe("a pulumi that is fetched", () => {
  /** In the place of Pulumi's host: the installer of the Automation API is asked there for its script. */
  async function host(answer: string | undefined): Promise<{ asked: string[]; close: () => void }> {
    const asked: string[] = [];
    const server = createServer((req, res) => {
      asked.push(req.url ?? "");
      res.writeHead(answer === undefined ? 503 : 200).end(answer);
    });
    const endpoint = await listen(server);
    const { fetch } = globalThis;
    vi.stubGlobal("fetch", (url: string, init: RequestInit) =>
      fetch(url.replace("https://get.pulumi.com", endpoint), init),
    );
    return { asked, close: () => server.close() };
  }

  it("is the pinned version, in a folder of ours, and is not fetched twice", async () => {
    // As the real one is called: --no-edit-path --install-root DIR --version V
    const script = `mkdir -p "$3/bin" && printf '#!/bin/sh\\necho v%s\\n' "$5" > "$3/bin/pulumi" && chmod +x "$3/bin/pulumi"`;
    const { asked, close } = await host(script);
    const root = join(dir, "fetched");
    const found = { file: join(root, "bin/pulumi"), version: pinnedPulumi };
    expect(await fetchPulumi(root)).toEqual(found);
    expect(await fetchPulumi(root)).toEqual(found);
    expect(asked).toEqual(["/install.sh"]);
    close();
  });

  it("says what was not reached, and leaves nothing", async () => {
    const { close } = await host(undefined);
    const root = join(dir, "fetched");
    await expect(fetchPulumi(root)).rejects.toMatchObject({
      code: "engine-unreachable",
      detail: expect.stringMatching(/Pulumi 3\.\d+\.\d+ comes from get\.pulumi\.com.*503.*Nothing was changed/),
      next: "freehold engine use embedded",
    });
    vi.stubGlobal("fetch", async () => Promise.reject(new Error("getaddrinfo ENOTFOUND get.pulumi.com")));
    await expect(fetchPulumi(root)).rejects.toMatchObject({ detail: expect.stringContaining("ENOTFOUND") });
    expect(await readdir(dir)).toEqual([]);
    close();
  });
});

// Pulumi fetches its plugins itself; only what it says and what is there then can be told.
it.each(["aws", "cloudflare"] as const)(
  "Pulumi's own %s plugin is found where it was put, and fetched into a folder of ours",
  async (name) => {
    const plugin = `plugins/resource-${name}-v${pluginVersions[name]}`;
    const good = await program(
      "good",
      `[ "$1 $2 $3 $4 $5" = "plugin install resource ${name} ${pluginVersions[name]}" ] || exit 9
     mkdir -p "$PULUMI_HOME/${plugin}" && touch "$PULUMI_HOME/${plugin}/pulumi-resource-${name}" && chmod +x "$PULUMI_HOME/${plugin}/pulumi-resource-${name}"`,
    );
    const home = join(dir, "home");
    const environment = { PATH: process.env["PATH"] };
    expect(await findPlugin(name, [home])).toBeUndefined();
    const offline = await program("offline", "echo 'error: could not reach anything' >&2; exit 1");
    await expect(fetchPlugin(name, offline, home, environment)).rejects.toMatchObject({
      code: "engine-unreachable",
      detail: expect.stringContaining("error: could not reach anything"),
    });
    expect(await fetchPlugin(name, good, home, environment)).toBe(join(home, plugin));
    expect(await findPlugin(name, [join(dir, "elsewhere"), home])).toBe(join(home, plugin));
  },
);
