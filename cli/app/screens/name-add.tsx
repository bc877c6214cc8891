/** A name that an app, or sign-in, is to have: which, what answers there, where its DNS is. A view of `domain add`, which checks it. */
import { useMemo, useState } from "react";
import { editingKeys, Form, type FormField, useForm } from "../kit/form.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { twinOf } from "../kit/twin.tsx";
import type { ScreenParams } from "../params.ts";
import { useShell } from "../shell.ts";

export function NameAdd({ site }: ScreenParams["name-add"]) {
  const shell = useShell();
  const [tried, setTried] = useState(false);
  const fields = useMemo(() => fieldsOf(site), [site]);
  const form = useForm(fields, { guided: true, first: true });
  const { host = "", ...said } = form.draft;
  const flags = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== ""));
  const add = (): void => {
    setTried(true);
    const line = { name: "domain add", args: [site, host], flags };
    if (host === "") form.selection.select(0);
    else shell.open("progress", { line, title: `add ${host}` });
  };
  const keys: ScreenKey[] = [
    ...form.keys,
    { key: "i", also: ["ctrl-s"], label: "add it", does: "look whether it can be, and make it so", run: add },
  ];
  const twin = twinOf(
    ["domain", "add", site, host || "HOST"],
    Object.entries(flags).map(([flag, value]) => `--${flag} ${value}`),
  );
  const missing = form.problem ?? (tried && host === "" ? "Needed: name." : undefined);
  return (
    <Screen
      title={`add a name to ${site}`}
      typing={form.editing}
      keys={form.editing ? editingKeys : keys}
      status={missing === undefined ? { words: `$ ${twin}` } : { words: missing, tone: "bad" }}
    >
      {({ rows, columns }) => <Form form={form} rows={rows} columns={columns} />}
    </Screen>
  );
}

/** By the flags of `domain add`, whose presets are the command's own. */
const fieldsOf = (site: string): FormField[] => [
  { key: "host", label: "name", type: "string", required: true, help: "of a host, as notes.example.com" },
  {
    key: "front",
    label: "what answers",
    type: "choice",
    choices: ["http-api", "cloudfront"],
    value: "http-api",
    required: false,
    help: "http-api: answers of 30 s at most, in one piece; cloudfront: streams, takes minutes to make",
  },
  {
    key: "dns",
    label: "DNS",
    type: "choice",
    choices: ["", "route53", "cloudflare", "by-hand"],
    required: false,
    help: "where the name's DNS is; found out when nothing is said",
  },
  ...(site === "signin"
    ? []
    : [
        {
          key: "signin",
          label: "sign-in",
          type: "string" as const,
          required: false,
          help: "of a cloud's first name: the one sign-in gets along with it, or keep; signin beside it when nothing is said",
        },
      ]),
];
