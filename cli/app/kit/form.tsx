/**
 * A form: fields that are looked at and changed one by one, and what was changed so far. It checks nothing: the command
 * that is given the values does. A secret's value is never shown, and is not kept here when it has been handed over.
 */
import { Box } from "ink";
import { useState } from "react";
import { useKeyLayer } from "../../ui/keys.ts";
import { dollars } from "../../ui/reach.ts";
import { cut, fill, widthOf, wrap } from "../../ui/width.ts";
import { List, type Selection, useSelection } from "./list.tsx";
import { Say } from "./say.tsx";
import type { ScreenKey } from "./screen.tsx";
import { edit, TextField, textOf, typed } from "./text-field.tsx";

/** What a form needs to know of a field; the fields of `settings` are such. */
export interface FormField {
  key: string;
  label: string;
  help?: string;
  type: "string" | "number" | "boolean" | "secret" | "size" | "time" | "choice";
  /** Of `choice`. */
  choices?: readonly string[];
  value?: string | number | boolean;
  /** Of a secret: whether there is one. */
  set?: boolean;
  required: boolean;
  /** What a value has to be. */
  rule?: string;
  default?: string | number | boolean;
  /** Dollars, of what answers with this value. */
  cost?: { perThousandRequests: number };
}

export interface FormState {
  fields: readonly FormField[];
  selection: Selection;
  /** Changed and not handed over yet, by key. */
  draft: Readonly<Record<string, string>>;
  editing: boolean;
  keys: ScreenKey[];
  /** What is wrong with what was typed last. */
  problem: string | undefined;
  clear(): void;
  done(text: string): void;
  cancel(): void;
}

interface FormOptions {
  /** Secrets are handed over at once, one by one; without it they are kept in the draft as the others. */
  onSecret?(key: string, value: string): void;
  /** Why a value does not fit, to stand behind its label; the field stays open then. */
  check?(field: FormField, text: string): string | undefined;
  /** Fields that are needed open one after the other. */
  guided?: boolean;
  /** The first field is open, whether it is needed or not. */
  first?: boolean;
}

/** Whether it is needed and nothing is said of it. */
export const isMissing = ({ key, required, value, set }: FormField, draft: FormState["draft"]): boolean =>
  required && value === undefined && set !== true && !Object.hasOwn(draft, key);

export function useForm(
  fields: readonly FormField[],
  { onSecret, check, guided = false, first = false }: FormOptions = {},
): FormState {
  const [draft, setDraft] = useState<Record<string, string>>({});
  const missing = (now: FormState["draft"]): number =>
    fields.findIndex((one) => one.type !== "boolean" && isMissing(one, now));
  const [begin] = useState(() => (first || !guided ? 0 : Math.max(0, missing({}))));
  const [editing, setEditing] = useState(() => first || (guided && missing({}) >= 0));
  const [problem, setProblem] = useState<string>();
  const selection = useSelection(fields.length, { first: begin });
  const field = fields[selection.at];
  const put = (value: string): Record<string, string> => {
    if (!field) return draft;
    const { [field.key]: _, ...others } = draft;
    const hands = field.type === "secret" ? onSecret : undefined;
    const same = value === String(field.value ?? "");
    const next = hands ? draft : same ? others : { ...others, [field.key]: value };
    hands?.(field.key, value);
    setDraft(next);
    return next;
  };
  const leave = (now: FormState["draft"]): void => {
    const next = guided ? missing(now) : -1;
    setProblem(undefined);
    setEditing(next >= 0);
    if (next >= 0) selection.select(next);
  };
  const change = (): void => {
    const next = field && following(field, draft[field.key]);
    if (next === undefined) setEditing(true);
    else put(next);
  };
  return {
    fields,
    selection,
    draft,
    editing,
    keys:
      field && !editing
        ? [{ key: "enter", also: ["space"], label: "change", does: "change the field", run: change }]
        : [],
    clear: () => setDraft({}),
    problem,
    done: (text) => {
      const why = field && check && problemIn(field, text, check);
      if (why !== undefined) setProblem(why);
      else leave(text !== "" || field?.type !== "secret" ? put(text) : draft);
    },
    cancel: () => {
      setProblem(undefined);
      setEditing(false);
    },
  };
}

function problemIn(field: FormField, text: string, check: NonNullable<FormOptions["check"]>): string | undefined {
  // Nothing typed where nothing is needed says nothing; of a secret it changes nothing.
  if (text === "" && !field.required && (field.value === undefined || field.type === "secret")) return undefined;
  const why = text === "" ? "is needed" : check(field, text);
  return why === undefined ? undefined : `${field.label} ${why}.`;
}

/** The field takes these itself; on the screen they are only named. */
export const editingKeys: ScreenKey[] = [
  { key: "enter", label: "take it", does: "take what was typed", run: () => undefined },
  { key: "esc", label: "leave it", does: "leave the field as it was", run: () => undefined },
];

/** Of what is chosen and not typed: the next choice. */
function following({ type, value, choices = [] }: FormField, drafted: string | undefined): string | undefined {
  const now = drafted ?? String(value ?? "");
  if (type === "boolean") return now === "true" ? "false" : "true";
  return type === "choice" ? choices[(choices.indexOf(now) + 1) % Math.max(1, choices.length)] : undefined;
}

interface FormProps {
  form: FormState;
  rows: number;
  columns: number;
}

export function Form({ form, rows, columns }: FormProps) {
  const { fields, selection, draft, editing } = form;
  const labels = Math.min(Math.max(8, ...fields.map(({ label }) => widthOf(label))), Math.floor(columns / 2));
  const field = fields[selection.at];
  const about = field ? wrap(aboutField(field), columns - 4).slice(0, 3) : [];
  const listRows = Math.max(1, rows - about.length - 1);
  return (
    <Box flexDirection="column">
      <List
        selection={selection}
        rows={listRows}
        columns={columns}
        row={(at, width) => {
          const one = fields[at]!;
          const changed = Object.hasOwn(draft, one.key);
          if (editing && at === selection.at)
            return <Editor field={one} labels={labels} width={width} initial={draft[one.key]} form={form} />;
          return `${fill(one.label, labels)}  ${cut(valueWords(one, draft[one.key]), width - labels - 6)}${changed ? " (changed)" : ""}`;
        }}
      />
      <Say> </Say>
      {about.map((line) => (
        <Say key={line} tone="dim">{`   ${line}`}</Say>
      ))}
    </Box>
  );
}

function valueWords({ type, value, set, required }: FormField, drafted: string | undefined): string {
  if (type === "secret") {
    if (drafted !== undefined) return "typed, not saved";
    return set === undefined ? "hidden" : set ? "set" : required ? "not set, needed" : "not set";
  }
  const now = drafted ?? (value === undefined ? undefined : String(value));
  if (type === "boolean" && (now !== undefined || !required)) return now === "true" ? "yes" : "no";
  return now === undefined || now === "" ? (required ? "empty, needed" : "empty") : now;
}

function aboutField({ key, help, rule, required, choices, set, default: preset, cost }: FormField): string {
  const parts = [
    key,
    help,
    rule && `has to be ${rule}`,
    set && preset !== undefined && `${preset} by itself`,
    cost && `${dollars(cost.perThousandRequests)} per 1,000 requests`,
    choices && `one of ${choices.join(", ")}`,
    required && "needed",
  ];
  return parts.filter(Boolean).join(" · ");
}

interface EditorProps {
  field: FormField;
  labels: number;
  width: number;
  initial: string | undefined;
  form: FormState;
}

function Editor({ field, labels, width, initial, form }: EditorProps) {
  const hidden = field.type === "secret";
  const [value, setValue] = useState(() => typed(hidden ? "" : (initial ?? String(field.value ?? ""))));
  useKeyLayer(
    "field",
    (press) => {
      if (press.name === "enter") form.done(textOf(value));
      else if (press.name === "esc") form.cancel();
      else {
        const next = edit(value, press);
        if (next) setValue(next);
        return next !== undefined;
      }
      return true;
    },
    { takesText: true },
  );
  return <TextField prompt={`${fill(field.label, labels)}  `} value={value} width={width} active hidden={hidden} />;
}
