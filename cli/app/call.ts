/**
 * Runs commands of the table in this process: the very functions the command line runs, with an input that comes from a
 * screen. Nothing is printed. A document or event is made safe for a terminal here, once.
 */
import type { Emit, OperationEvent } from "../../stacks/events.ts";
import type { CommandSpec, FlagValues, Input } from "../command.ts";
import { commands, globalFlags } from "../command-table.ts";
import { bugNote } from "../crash.ts";
import { elsewhere } from "../elsewhere.ts";
import { faults, toFault } from "../errors.ts";
import type { Paths } from "../paths.ts";
import { inert } from "../safe-text.ts";
import type { Answer, CallOptions, Running } from "./shell.ts";

export interface Caller {
  paths: Paths;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Of every call that does not say otherwise: `--cloud`. */
  flags: FlagValues;
}

export function start<Document>(
  caller: Caller,
  name: string,
  args: readonly string[] = [],
  flags: FlagValues = {},
  options: CallOptions = {},
): Running<Document> {
  const interrupts = new Set<() => void>();
  return {
    ended: perform<Document>(caller, name, args, { ...caller.flags, ...flags }, options, interrupts),
    interrupt: () => {
      for (const handler of [...interrupts]) handler();
    },
  };
}

async function perform<Document>(
  caller: Caller,
  name: string,
  args: readonly string[],
  flags: FlagValues,
  options: CallOptions,
  interrupts: Set<() => void>,
): Promise<Answer<Document>> {
  const events: OperationEvent[] = [];
  const emit: Emit = (event) => {
    const safe = inert(event);
    events.push(safe);
    options.onEvent?.(safe);
  };
  try {
    const command = find(name, flags);
    const input = inputOf(caller, command, args, flags, options, emit, interrupts);
    const { exitCode = 0, document } = await (await command.load()).run(input);
    return { events, exitCode, ...(document === undefined ? {} : { document: inert(document) as Document }) };
  } catch (error) {
    const { exitCode, ...fault } = elsewhere(
      toFault(error, bugNote(caller.paths.state, error)),
      typeof flags["cloud"] === "string" ? flags["cloud"] : undefined,
    ).toJSON();
    return { events, exitCode, fault: inert(fault) };
  }
}

function find(name: string, flags: FlagValues): CommandSpec {
  const command = commands.find((one) => one.name === name);
  if (!command) throw faults.unknownCommand(name, undefined);
  const unknown = Object.keys(flags).find((flag) => !(flag in command.flags) && !(flag in globalFlags));
  if (unknown !== undefined) throw faults.unknownFlag(name, `--${unknown}`, undefined);
  return command;
}

function inputOf(
  { paths, env, cwd }: Caller,
  command: CommandSpec,
  args: readonly string[],
  flags: FlagValues,
  { onLine, stdin, secrets, interactive = false }: CallOptions,
  emit: Emit,
  interrupts: Set<() => void>,
): Input {
  const typed = typedLine(command.name, args, flags);
  return {
    args: [...args],
    rest: [],
    flags,
    paths,
    cwd,
    env,
    table: async () => ({ commands, globalFlags }),
    typed,
    interactive,
    ...(secrets ? { secrets } : {}),
    emit,
    line: (record) => onLine?.(inert(record)),
    ask: async (question) => {
      throw faults.answer(question, typed);
    },
    readStdin: async () => stdin,
    onInterrupt: (handler) => {
      interrupts.add(handler);
      return () => void interrupts.delete(handler);
    },
  };
}

/** As it would be typed, for messages that say how to do it again; settings' values stay out, as they do there. */
function typedLine(name: string, args: readonly string[], flags: FlagValues): string {
  const shown = Object.entries(flags).flatMap(([flag, value]) => {
    if (value === undefined || value === false || flag === "settings") return [];
    if (value === true) return [`--${flag}`];
    return [value].flat().map((one) => `--${flag} ${one}`);
  });
  return ["freehold", name, ...args.filter((word) => !word.includes("=")), ...shown].join(" ");
}
