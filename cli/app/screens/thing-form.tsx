/**
 * What a new thing is to be: a form of what its type takes, what is needed first, each with what the declarations say of it.
 * What would be made is shown next, and asked. A view of `add TYPE --inputs` and `add`, which has the last word.
 */
import { useEffect, useMemo, useState } from "react";
import { appNameProblem } from "../../../blueprints/app-name.ts";
import type { Field } from "../../../stacks/deploy.ts";
import type { FlagValues } from "../../flag-values.ts";
import { isJson } from "../../ui/is-json.ts";
import { shellWord } from "../../ui/shell-word.ts";
import { editingKeys, Form, type FormField, isMissing, useForm } from "../kit/form.tsx";
import { faultWords } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { twinOf } from "../kit/twin.tsx";
import type { ScreenParams } from "../params.ts";
import { type Answer, useShell } from "../shell.ts";

type Input = Field & { input: string };

export function ThingForm({ type }: ScreenParams["thing-form"]) {
  const shell = useShell();
  const [inputs, setInputs] = useState<readonly Input[]>();
  const [answer, setAnswer] = useState<Answer<unknown>>();
  useEffect(() => {
    const found: Input[] = [];
    const onLine = (record: Record<string, unknown>): void => void found.push(record as unknown as Input);
    void shell.call("add", [type], { inputs: true }, { onLine }).then((now) => {
      setAnswer(now);
      if (!now.fault) setInputs(found);
    });
  }, [shell, type]);
  if (inputs) return <Inputs type={type} inputs={inputs} />;
  return (
    <Screen
      title={`add ${type}`}
      waiting={!answer}
      keys={[]}
      status={answer?.fault && { words: faultWords(answer.fault), tone: "bad" }}
    >
      {() => <Say tone="dim">{answer ? " " : " looking"}</Say>}
    </Screen>
  );
}

/** No input is called so. */
const nameKey = "name of the thing";

function Inputs({ type, inputs }: { type: string; inputs: readonly Input[] }) {
  const shell = useShell();
  const [tried, setTried] = useState(false);
  const fields = useMemo(() => fieldsOf(inputs), [inputs]);
  const form = useForm(fields, {
    check: ({ key }, text) => problemOf(inputs, key, text),
    guided: true,
    first: true,
  });
  const missing = fields.filter((field) => isMissing(field, form.draft));
  const add = (): void => {
    setTried(true);
    const [first] = missing;
    const { name, flags } = given(form.draft);
    if (first) form.selection.select(fields.indexOf(first));
    else shell.open("preview", { line: { name: "add", args: [type, name], flags }, title: `add ${type} ${name}` });
  };
  const keys: ScreenKey[] = [
    ...form.keys,
    { key: "i", also: ["ctrl-s"], label: "what it makes", does: "show what would be made, and ask", run: add },
  ];
  const words =
    form.problem ??
    (tried && missing.length > 0 ? `Needed: ${missing.map(({ label }) => label).join(", ")}.` : undefined);
  return (
    <Screen
      title={`add ${type}`}
      right={missing.length > 0 ? `${missing.length} needed` : "nothing more is needed"}
      typing={form.editing}
      keys={form.editing ? editingKeys : keys}
      status={words === undefined ? { words: `$ ${typedLine(type, form.draft)}` } : { words, tone: "bad" }}
    >
      {({ rows, columns }) => <Form form={form} rows={rows} columns={columns} />}
    </Screen>
  );
}

/** Its name, then what is needed, then the rest, as they are listed. */
function fieldsOf(inputs: readonly Input[]): FormField[] {
  const help = "what it is called here, as things/NAME";
  const all = inputs.map(
    ({ input, kind, required, oneOf, help }): FormField => ({
      key: input,
      label: input.replace(/^--/, ""),
      required: required === true,
      type: oneOf ? "choice" : kind === "boolean" ? "boolean" : "string",
      // What may be left out can be left out again.
      ...(oneOf ? { choices: required ? oneOf : ["", ...oneOf] } : {}),
      ...(help === undefined ? {} : { help }),
      ...(ruleOf(input, kind) === undefined ? {} : { rule: ruleOf(input, kind)! }),
    }),
  );
  return [
    { key: nameKey, label: "name", type: "string", required: true, help },
    ...all.filter(({ required }) => required),
    ...all.filter(({ required }) => !required),
  ];
}

const rules: Partial<Record<Field["kind"], string>> = {
  number: "a number",
  list: "a list, in JSON",
  map: "a map, in JSON",
  object: "a map, in JSON",
  json: "JSON",
  file: "a file of this computer",
  archive: "a folder or a .zip of this computer",
};

/** A flag's list is words with commas between. */
const ruleOf = (input: string, kind: Field["kind"]): string | undefined =>
  input.startsWith("--") && kind === "list" ? undefined : rules[kind];

/** What can be seen as it is typed; the command looks at all of it once more. */
function problemOf(inputs: readonly Input[], key: string, text: string): string | undefined {
  if (key === nameKey) {
    const problem = appNameProblem(text);
    return problem && `cannot be this: ${problem}`;
  }
  const kind = inputs.find(({ input }) => input === key)?.kind;
  const rule = kind && ruleOf(key, kind);
  if (text === "" || rule === undefined) return undefined;
  if (kind === "number") return Number.isFinite(Number(text)) ? undefined : `is ${rule}`;
  return rule.includes("JSON") && !isJson(text) ? `is ${rule}` : undefined;
}

/** As the command takes it: its own flags, and the inputs of the type behind `--set`. */
function given(draft: Readonly<Record<string, string>>): { name: string; flags: FlagValues } {
  const { [nameKey]: name = "", ...said } = draft;
  const entries = Object.entries(said).filter(([, value]) => value !== "");
  const own = entries
    .filter(([key]) => key.startsWith("--"))
    .map(([key, value]) => [key.slice(2), flagOf(key, value)] as const);
  const set = entries.filter(([key]) => !key.startsWith("--")).map(([key, value]) => `${key}=${value}`);
  return { name, flags: { ...Object.fromEntries(own), ...(set.length > 0 ? { set } : {}) } };
}

function flagOf(key: string, value: string): string | boolean | string[] {
  if (key === "--route") return value === "true";
  return key === "--uses"
    ? value
        .split(",")
        .map((one) => one.trim())
        .filter(Boolean)
    : value;
}

function typedLine(type: string, draft: Readonly<Record<string, string>>): string {
  const { name, flags } = given(draft);
  const said = Object.entries(flags).flatMap(([flag, value]) =>
    value === true
      ? [`--${flag}`]
      : value === false
        ? []
        : [value].flat().map((one) => `--${flag} ${shellWord(String(one), "VALUE")}`),
  );
  return twinOf(["add", type, name || "NAME"], said);
}
