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
  clear(): void;
  done(text: string): void;
  cancel(): void;
}

/** `onSecret`: secrets are handed over at once, one by one; without it they are kept in the draft as the others. */
export function useForm(fields: readonly FormField[], onSecret?: (key: string, value: string) => void): FormState {
  const [draft, setDraft] = useState<Record<string, string>>({});
  const [editing, setEditing] = useState(false);
  const selection = useSelection(fields.length);
  const field = fields[selection.at];
  const put = (value: string): void => {
    if (!field) return;
    const { [field.key]: _, ...others } = draft;
    if (field.type === "secret" && onSecret) onSecret(field.key, value);
    else setDraft(value === String(field.value ?? "") ? others : { ...others, [field.key]: value });
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
    done: (text) => {
      setEditing(false);
      if (text !== "" || field?.type !== "secret") put(text);
    },
    cancel: () => setEditing(false),
  };
}

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
  if (type === "boolean") return now === "true" ? "yes" : "no";
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
