/**
 * The command's edge: argv, streams, signals, the one catch, the exit code. Only here is anything printed. Views, the
 * deployment and everything heavy come with the command that needs them.
 */
import { writeSync } from "node:fs";
import { exitCodes } from "../blueprints/fault.ts";
import type { Emit } from "../stacks/events.ts";
import { ownWords, type Parsed, parse, typedAgain } from "./args.ts";
import type { CommandSpec, Input, ScreenOpening } from "./command.ts";
import { drawable } from "./drawable.ts";
import { findPaths } from "./paths.ts";
import { inert, safeJson, safeText } from "./safe-text.ts";
import type { createTerminal } from "./terminal.ts";
import { createPaint, type Paint, wantsColor } from "./ui/paint.ts";

const env = process.env;
const argv = process.argv.slice(2);
const paths = findPaths(env);
// Whatever the shell that started us says: what is kept here is its owner's.
process.umask(0o077);
// What reads us may go when it has seen enough; a terminal that goes takes its person with it, as a hang-up does.
const gone: Record<string, number> = { EPIPE: exitCodes.done, EIO: 129 };
for (const stream of [process.stdout, process.stderr])
  stream.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(gone[code ?? ""] ?? exitCodes.failed));

const out = (text: string): void => void process.stdout.write(`${text}\n`);
/** As fast as whoever reads takes it. */
const outBytes = (bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => process.stdout.write(bytes, () => resolve()));
const err = (text: string): void => void process.stderr.write(`${text}\n`);

process.exitCode = await main().catch((error: unknown) => report(error));

async function main(): Promise<number> {
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-v")) return version();
  const parsed = parse(argv);
  if (parsed.version) return version();
  if (parsed.flags["help"] === true || (parsed.group && !parsed.command)) return help(parsed);
  const { command } = parsed;
  if (!command && hasTerminal(parsed.flags)) return openApp(parsed, () => ({ id: "home", params: {} }));
  if (command?.screen && hasTerminal(parsed.flags))
    return openApp(parsed, () => command.screen!(parsed.args, parsed.flags));
  const { commands } = await import("./command-table.ts");
  return perform(command ?? commands.find(({ name }) => name === "ls")!, parsed);
}

/** Whether there is one that the app can be drawn on, and a person who can look at it. */
function hasTerminal(flags: Parsed["flags"]): boolean {
  const refused = ["json", "yes", "quiet", "plain"].some((flag) => flags[flag] === true);
  return !refused && process.stdin.isTTY === true && drawable(env, process.stdout, { columns: 40, rows: 10 });
}

async function openApp({ flags }: Parsed, opening: () => ScreenOpening): Promise<number> {
  const { startApp } = await import("./app/start.tsx");
  const { id, params } = opening();
  const code = await startApp(id, params, {
    ...{ paths, env, cwd: process.cwd() },
    flags: flags["cloud"] === undefined ? {} : { cloud: flags["cloud"] },
    color: wantsColor(env, true, flags["no-color"] === true),
    fullscreen: flags["fullscreen"] === true,
  });
  // What a screen still waits for, as the end of an operation that goes on by itself, keeps nobody here.
  process.exit(code);
}

function version(): number {
  out(process.env.FREEHOLD_VERSION ?? "0.0.0-source");
  return exitCodes.done;
}

async function help({ command, group }: Parsed): Promise<number> {
  const { commandHelp, generalHelp } = await import("./help.ts");
  out(command ? commandHelp(command) : generalHelp(group));
  return exitCodes.done;
}

async function perform(command: CommandSpec, { flags, args, rest }: Parsed): Promise<number> {
  const json = flags["json"] === true;
  const cloud = typeof flags["cloud"] === "string" ? flags["cloud"] : undefined;
  const paint = createPaint(wantsColor(env, process.stdout.isTTY === true, flags["no-color"] === true), cloud);
  const { createTerminal } = await import("./terminal.ts");
  const terminal = createTerminal(env);
  const view = await viewOf(command, flags, paint, terminal);
  const input: Input = {
    args,
    rest,
    flags,
    paths,
    cwd: process.cwd(),
    env,
    table: () => import("./command-table.ts"),
    typed: ["freehold", ...typedAgain(argv)].join(" "),
    interactive: terminal.interactive && !json && flags["yes"] !== true,
    emit: view.emit,
    line: (record, plain) => {
      if (json) out(safeJson(record));
      else out(typeof plain === "string" ? safeText(plain, { lines: true }) : plain(paint));
    },
    note: (text) => {
      if (!json && flags["quiet"] !== true) err(safeText(text, { lines: true }));
    },
    ...(process.stdout.isTTY === true ? {} : { raw: outBytes }),
    // A question stands below what was drawn, and a view that reads keys would take the answer.
    ask: async (question, options) => {
      await view.close();
      return terminal.ask(question, options);
    },
    readStdin: terminal.readStdin,
    onInterrupt: terminal.onInterrupt,
    onDetach: terminal.onDetach,
  };
  // A code is nothing that --yes could answer.
  if (terminal.interactive && !json) (await import("./signing-in/second-factor.ts")).codesAskedBy(input.ask);
  try {
    const { exitCode = exitCodes.done, document } = await (await command.load()).run(input);
    await view.close();
    if (document !== undefined) await show(command, document, { json, quiet: flags["quiet"] === true }, paint);
    return exitCode;
  } catch (error) {
    await view.close();
    throw error;
  } finally {
    terminal.close();
  }
}

async function show(
  command: CommandSpec,
  document: unknown,
  { json, quiet }: { json: boolean; quiet: boolean },
  paint: Paint,
): Promise<void> {
  if (json) return out(safeJson(document, 2));
  const view = await command.view!();
  const safe = inert(document) as never;
  if (view.aside && !quiet) err(view.aside(safe));
  out(view.plain(safe, paint));
}

/** Only commands that can start an operation load a view of one. */
async function viewOf(
  command: CommandSpec,
  flags: Parsed["flags"],
  paint: Paint,
  terminal: ReturnType<typeof createTerminal>,
): Promise<{ emit: Emit; close(): Promise<void> }> {
  if (flags["json"] === true) return { emit: (event) => out(safeJson(event)), close: () => Promise.resolve() };
  const canStart = command.kind === "operation" || ["settings", "snapshot"].includes(command.name);
  if (!canStart) return { emit: () => undefined, close: () => Promise.resolve() };
  const { operationView } = await import("./operation-view.ts");
  const said = { quiet: flags["quiet"] === true, verbose: flags["verbose"] === true };
  return operationView({ ...said, env, paths, paint, terminal, lines: { out, err } });
}

async function report(error: unknown): Promise<number> {
  const [{ toFault }, { bugNote }, { cloudIn, elsewhere }, { plainFault }] = await Promise.all([
    import("./errors.ts"),
    import("./crash.ts"),
    import("./elsewhere.ts"),
    import("./views/fault.ts"),
  ]);
  const fault = elsewhere(toFault(error, bugNote(paths.state, error)), cloudIn(ownWords(argv).join(" ")));
  const { exitCode, ...wire } = fault.toJSON();
  // Synchronously: what follows may be the end of the process.
  if (ownWords(argv).includes("--json")) writeSync(1, `${safeJson({ type: "error", ...wire })}\n`);
  else
    writeSync(
      2,
      `${plainFault(wire, createPaint(wantsColor(env, process.stderr.isTTY === true, ownWords(argv).includes("--no-color"))))}\n`,
    );
  return exitCode;
}
