/** The lines of docs/authors/identity.md by which an app checks who asks, run as they stand there, in both languages. */
import { createHmac } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { root, run } from "../../support/home.ts";
import { fakeAws } from "./fake-aws.ts";
import { identitySecret, now, seed, startGate, token } from "./gate-harness.ts";

let dir: string;
let ssm: Awaited<ReturnType<typeof fakeAws>>;
let blocks: Record<string, string>;
let real: string;
const parameter = "/freehold/home/notes/identity-key";

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "freehold-identity-"));
  ssm = await fakeAws(() => ({ body: JSON.stringify({ Parameter: { Value: identitySecret } }) }));
  const page = await readFile(join(root, "docs/authors/identity.md"), "utf8");
  blocks = Object.fromEntries(
    [...page.matchAll(/^```(\w+) identity\n([\s\S]*?)^```$/gm)].map(([, name, text]) => [name, text!]),
  );
  const gate = await startGate();
  seed(gate);
  await gate.ask("/api/x", { cookies: [`__Host-session=${token()}`] });
  real = gate.reached()[0]!.headers["x-freehold-identity"]!;
  gate.close();
});
afterAll(async () => {
  ssm.close();
  await rm(dir, { recursive: true, force: true });
});

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
function signed(claims: object, key = identitySecret): string {
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}
const claims = (more: object = {}): object => ({
  ...{ iss: "home", aud: "notes", sub: "owner", role: "owner", iat: now(), exp: now() + 60 },
  ...more,
});

/** What is shown, and whose it is to be taken for. */
const shown = (): [string, string | null][] => [
  [real, "owner"],
  [signed(claims({ sub: "guest/1", key: "ü" })), "guest/1"],
  [signed(claims({ exp: now() - 1 })), null],
  [signed(claims({ aud: "diary" })), null],
  [signed(claims({ iss: "work" })), null],
  [signed(claims(), "another key"), null],
  [`${real.slice(0, -1)}${real.endsWith("A") ? "B" : "A"}`, null],
  [`${part({ alg: "none" })}.${part(claims())}.`, null],
  [`${real}é`, null],
  ["", null],
];

async function ask(command: string | undefined, args: string[], more: NodeJS.ProcessEnv): Promise<(string | null)[]> {
  const env = {
    ...{ PATH: process.env["PATH"], FREEHOLD_APP: "notes", FREEHOLD_CLOUD: "home", FREEHOLD_IDENTITY_KEY: parameter },
    ...{ SHOWN: JSON.stringify(shown().map(([text]) => text)), ...more },
  };
  const { code, stdout, stderr } = await run(args, env, { cwd: dir, ...(command && { command }) });
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

it("Node's takes what the gate signed for this app and minute, and nothing else", async () => {
  await symlink(join(root, "node_modules"), join(dir, "node_modules"));
  const rest = `
const answers = [];
for (const text of JSON.parse(process.env.SHOWN)) answers.push((await whoAsks({ "x-freehold-identity": text }))?.sub ?? null);
if ((await whoAsks({})) !== null) throw new Error("nobody is somebody");
process.stdout.write(JSON.stringify(answers));`;
  await writeFile(join(dir, "who.mjs"), blocks["js"] + rest);
  const env = {
    ...{ AWS_ENDPOINT_URL: ssm.endpoint, AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "x" },
    AWS_SECRET_ACCESS_KEY: "x",
  };
  expect(await ask(undefined, ["who.mjs"], env)).toEqual(shown().map(([, who]) => who));
  expect(JSON.parse(ssm.asked[0]!.body)).toEqual({ Name: parameter, WithDecryption: true });
});

it("Python's does", async (context) => {
  const python = await run(["-c", "0"], process.env, { command: "python3" }).catch(() => null);
  if (python?.code !== 0) {
    process.stderr.write("No python3 here: the helper for Python is not tried.\n");
    return context.skip();
  }
  // boto3 as Lambda has it is not everywhere; of it one call is made.
  await mkdir(join(dir, "boto3"));
  await writeFile(
    join(dir, "boto3/__init__.py"),
    `class Ssm:
    def get_parameter(self, Name, WithDecryption):
        assert Name == ${JSON.stringify(parameter)} and WithDecryption
        return {"Parameter": {"Value": ${JSON.stringify(identitySecret)}}}
def client(name):
    assert name == "ssm"
    return Ssm()
`,
  );
  const rest = `
answers = [(who_asks({"x-freehold-identity": text}) or {}).get("sub") for text in json.loads(os.environ["SHOWN"])]
assert who_asks({}) is None
print(json.dumps(answers))
`;
  await writeFile(join(dir, "who.py"), blocks["python"] + rest);
  expect(await ask("python3", ["who.py"], { PYTHONPATH: dir })).toEqual(shown().map(([, who]) => who));
});
