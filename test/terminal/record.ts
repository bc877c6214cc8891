/**
 * Writes docs/recordings/ from real runs of the built command in a terminal of 80x24: what a person pressed, and the
 * screen that came of it. Run it with `node test/terminal/record.ts` after a build. Ids, links and times are masked.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changeFile, copyCounter } from "../support/counter.ts";
import { type Home, root, withHome } from "../support/home.ts";
import { closeTerminals, masked, openFreehold, type Terminal } from "../support/terminal.ts";

type Step = readonly [pressed: string, shows: RegExp, ...keys: string[]];

interface Journey {
  file: string;
  title: string;
  /** What is typed in the shell. */
  args: readonly string[];
  /** What others did before, which nobody sees. */
  before?(home: Home): Promise<void>;
  steps: readonly Step[];
}

/** A catalog in a folder; an app of it is installed, and has a version since that wants to reach more. */
async function newerWithFurtherReach(home: Home): Promise<void> {
  const catalog = join(home.dir, "anns");
  mkdirSync(catalog);
  const manifest = join(await copyCounter(catalog), "blueprint.yaml");
  await home.freehold("catalog", "build", catalog);
  await home.freehold("catalog", "add", catalog);
  const { stdout } = await home.attempt("up", "anns/counter", "--json");
  const accept = /sha256:[0-9a-f]{64}/.exec(/"next":"[^"]*"/.exec(stdout)?.[0] ?? "")?.[0];
  if (!accept) throw new Error(`nothing was asked: ${stdout}`);
  await home.freehold("up", "anns/counter", "--accept", accept);
  await changeFile(
    manifest,
    (text) => `${text.replace("version: 1.0.0", "version: 1.1.0")}\nreach: { hosts: [api.github.com] }\n`,
  );
  await home.freehold("catalog", "build", catalog);
  await home.freehold("catalog", "refresh");
}

/** Twelve notes, as a program that had them would write them. */
async function someNotes(home: Home): Promise<void> {
  const file = join(home.dir, "notes.jsonl");
  const notes = Array.from({ length: 12 }, (_, at) => ({
    id: `n${at + 1}`,
    tag: at % 3 ? "idea" : "x",
    text: `Note ${at + 1}`,
  }));
  writeFileSync(file, notes.map((note) => `${JSON.stringify(note)}\n`).join(""));
  await home.freehold("up", "notes");
  await home.freehold("data", "import", file, "notes/notes", "--yes");
}

const journeys: readonly Journey[] = [
  {
    file: "setup.md",
    title: "A new cloud, and its first app",
    args: [],
    steps: [
      ["", /Where is it to be\?[\s\S]*q quit/],
      ["enter", /Name: home/, "enter"],
      ["enter", /is ready\.\s+done/, "enter"],
      ["enter", /notes is up at[\s\S]*done/, "enter"],
      ["enter", /notes · overview[\s\S]*sha256/, "enter"],
    ],
  },
  {
    file: "browse.md",
    title: "Browse, look closer, read the code, install",
    args: ["browse"],
    steps: [
      ["", /\d of \d/],
      ["lin", /Search: lin[\s\S]*> .*links/, "l", "i", "n"],
      ["enter", /reach +anybody may call/, "enter"],
      ["c", /links · code +\d+ files/, "c"],
      ["esc", /i install/, "esc"],
      ["i", /> Name +links/, "i"],
      ["i", /links is up at[\s\S]*done/, "i"],
    ],
  },
  {
    file: "settings-and-logs.md",
    title: "Settings, logs and history of an app",
    args: [],
    steps: [
      ["", /links +1\.0\.0 +running/],
      ["s", /links · settings/, "s"],
      ["l", /links · logs/, "l"],
      ["h", /links · history[\s\S]*up/, "h"],
    ],
  },
  {
    file: "data-and-things.md",
    title: "Look at data, remove an item, bring it back; add a table of one's own",
    args: [],
    before: someNotes,
    steps: [
      ["", /links +1\.0\.0 +running/],
      ["down, d", /notes · data[\s\S]*> files/, "down", "d"],
      ["down, enter", / > id=/, "down", "enter"],
      ["/", / Filter: /, "/"],
      ["id = n7", /Filter: id = n7/, ..."id", "space", "=", "space", ..."n7"],
      ["enter", /1 to 1 of 1/, "enter"],
      ["x", /Remove id=n7/, "x"],
      ["x", /id=n7 is removed/, "x"],
      ["u", /id=n7 was removed/, "u"],
      ["u", /id=n7 in notes\/notes is as it was/, "u"],
      ["esc", /notes · data/, "esc"],
      ["esc", /home · local[\s\S]*t things/, "esc"],
      ["t", /Nothing of your own yet/, "t"],
      ["a", / > bucket/, "a"],
      ["table", / > table/, ..."table"],
      ["enter", /add table +1 needed/, "enter"],
      ["readings, enter", /nothing more is needed/, ..."readings", "enter"],
      ["i", /Make it so\?/, "i"],
      ["y", /things\/readings is up\s+done/, "y"],
      ["enter", / > readings +DynamoDB table/, "enter"],
    ],
  },
  {
    file: "upgrade.md",
    title: "An upgrade that may reach more, and the way back",
    args: [],
    before: newerWithFurtherReach,
    steps: [
      ["", /> counter +1\.0\.0 +update to 1\.1\.0/],
      ["u", /asks first[\s\S]*Type yes/, "u"],
      ["tab", /counter · code +\d+ files/, "tab"],
      ["d", /counter · changes[\s\S]*api\.github\.com/, "d"],
      ["esc", /counter · code +\d+ files/, "esc"],
      ["esc", /Type yes to accept this/, "esc"],
      ["yes", /Type yes to accept this: yes/, "y", "e", "s"],
      ["enter", /counter is up at[\s\S]*enter the app/, "enter"],
      ["enter, h", /counter · history[\s\S]*upgrade 1\.0\.0 to 1\.1\.0/, "enter", "h"],
      ["b", /rollback counter[\s\S]*done/, "b"],
      ["esc", /counter · history[\s\S]*rollback 1\.1\.0 to 1\.0\.0/, "esc"],
    ],
  },
];

const folder = join(root, "docs/recordings");
const token = [/[\w-]{20,}(?=\s|$)/g, "TOKEN"] as const;

function shown(terminal: Terminal): string {
  return masked(terminal.lines(), [[/link=[\w-]+/g, "link=TOKEN"], token]).trimEnd();
}

const home = await withHome();
try {
  mkdirSync(folder, { recursive: true });
  for (const { file, title, args, before, steps } of journeys) {
    await before?.(home);
    const terminal = openFreehold(home, args, { patienceMs: 60_000 });
    const out = [
      `# ${title}`,
      "",
      "From a real run at 80x24, by `test/terminal/record.ts`; ids, links and times are masked.",
    ];
    for (const [pressed, shows, ...keys] of steps) {
      terminal.keys(...keys);
      await terminal.shows(shows);
      await terminal.settled();
      const what = pressed === "" ? `\`$ ${["freehold", ...args].join(" ")}\`` : `Pressed: \`${pressed}\``;
      out.push("", what, "", "```", shown(terminal), "```");
    }
    await closeTerminals();
    writeFileSync(join(folder, file), `${out.join("\n")}\n`);
  }
  const list = journeys.map(({ file, title }) => `- [${title}](${file})`);
  writeFileSync(
    join(folder, "README.md"),
    `# Recordings\n\nMade by \`node test/terminal/record.ts\` from real runs; not edited by hand.\n\n${list.join("\n")}\n`,
  );
} finally {
  await closeTerminals();
  await home.close();
}
