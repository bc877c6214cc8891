/** Identity providers of the OpenID kind, whose tokens AssumeRoleWithWebIdentity takes. */
import type { DatabaseSync } from "node:sqlite";
import type { QueryInput, QueryOperation } from "../protocols/aws-query.ts";
import type { LocalCloud } from "../service.ts";
import { errors } from "./errors.ts";
import { listInput } from "./inputs.ts";
import { readTags, type Tag } from "./tags.ts";

const maxClients = 100;
const maxThumbprints = 5;

export interface ProviderRow {
  arn: string;
  /** Without the scheme, as it stands in the ARN: `token.actions.githubusercontent.com`. */
  url: string;
  /** JSON lists of texts. */
  clients: string;
  thumbprints: string;
  tags: string;
  created: number;
}

/** Throws NoSuchEntity. */
export function providerOf(db: DatabaseSync, arn: string): ProviderRow {
  const row = db.prepare("SELECT * FROM iam_oidc_providers WHERE arn = ?").get(arn) as ProviderRow | undefined;
  if (!row) throw errors.noSuchProvider(arn);
  return row;
}

export function providerOperations({ store, options, clock }: LocalCloud): Record<string, QueryOperation> {
  const change = (input: QueryInput, changed: (row: ProviderRow) => Partial<ProviderRow>): Promise<void> =>
    store.write((db) => {
      const row = providerOf(db, input["OpenIDConnectProviderArn"]);
      const { clients, thumbprints, arn } = { ...row, ...changed(row) };
      db.prepare("UPDATE iam_oidc_providers SET clients = ?, thumbprints = ? WHERE arn = ?").run(
        clients,
        thumbprints,
        arn,
      );
    });
  return {
    async CreateOpenIDConnectProvider(input) {
      const url = hostAndPath(input.Url);
      const row: ProviderRow = {
        arn: `arn:aws:iam::${options.accountId}:oidc-provider/${url}`,
        url,
        clients: JSON.stringify(clientIds(listInput(input.ClientIDList))),
        thumbprints: JSON.stringify(thumbprints(input.ThumbprintList)),
        tags: JSON.stringify(readTags(input.Tags)),
        created: clock.now(),
      };
      await store.write((db) => {
        if (db.prepare("SELECT 1 FROM iam_oidc_providers WHERE arn = ?").get(row.arn))
          throw errors.providerExists(input.Url);
        db.prepare(
          "INSERT INTO iam_oidc_providers (arn, url, clients, thumbprints, tags, created) VALUES (?, ?, ?, ?, ?, ?)",
        ).run(row.arn, row.url, row.clients, row.thumbprints, row.tags, row.created);
      });
      const tags = JSON.parse(row.tags) as Tag[];
      return { OpenIDConnectProviderArn: row.arn, Tags: tags.length > 0 ? tags : undefined };
    },
    GetOpenIDConnectProvider(input) {
      const row = providerOf(store.db, input.OpenIDConnectProviderArn);
      return {
        Url: row.url,
        ClientIDList: JSON.parse(row.clients) as string[],
        ThumbprintList: JSON.parse(row.thumbprints) as string[],
        CreateDate: new Date(row.created),
        Tags: JSON.parse(row.tags) as Tag[],
      };
    },
    ListOpenIDConnectProviders() {
      const rows = store.db.prepare("SELECT arn FROM iam_oidc_providers ORDER BY arn").all() as { arn: string }[];
      return { OpenIDConnectProviderList: rows.map(({ arn }) => ({ Arn: arn })) };
    },
    /** Deleting twice is an error on AWS, whatever its documentation says. */
    async DeleteOpenIDConnectProvider(input) {
      await store.write((db) => {
        const done = db.prepare("DELETE FROM iam_oidc_providers WHERE arn = ?").run(input.OpenIDConnectProviderArn);
        if (Number(done.changes) === 0) throw errors.noProvider(input.OpenIDConnectProviderArn);
      });
      return undefined;
    },
    async UpdateOpenIDConnectProviderThumbprint(input) {
      const list = JSON.stringify(thumbprints(input.ThumbprintList));
      await change(input, () => ({ thumbprints: list }));
      return undefined;
    },
    async AddClientIDToOpenIDConnectProvider(input) {
      await change(input, ({ clients }) => ({
        clients: JSON.stringify(clientIds([...new Set([...JSON.parse(clients), input.ClientID])])),
      }));
      return undefined;
    },
    async RemoveClientIDFromOpenIDConnectProvider(input) {
      await change(input, ({ clients }) => ({
        clients: JSON.stringify((JSON.parse(clients) as string[]).filter((id) => id !== input.ClientID)),
      }));
      return undefined;
    },
  };
}

function hostAndPath(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  // http is for an issuer on this computer only; AWS takes https alone.
  const local = parsed?.protocol === "http:" && /^(127\.0\.0\.1|([\w-]+\.)*localhost)$/.test(parsed.hostname);
  if (!parsed || url.length > 255 || (parsed.protocol !== "https:" && !local) || parsed.search !== "")
    throw errors.invalid("Invalid Open ID Connect Provider URL");
  return url.replace(/^https?:\/\//, "").replace(/\/$/, "");
}

function clientIds(ids: string[]): string[] {
  if (ids.some((id) => id.length < 1 || id.length > 255))
    throw errors.invalidInput("A client ID has 1 to 255 characters.");
  if (ids.length > maxClients)
    throw errors.limit(`Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${maxClients}`);
  return ids;
}

function thumbprints(value: unknown): string[] {
  const list = listInput(value);
  if (list.length > maxThumbprints)
    throw errors.invalidInput(`Thumbprint list must contain fewer than ${maxThumbprints + 1} entries.`);
  for (const print of list)
    if (!/^[0-9a-fA-F]{40}$/.test(print))
      throw errors.invalid(
        "1 validation error detected: Value at 'thumbprintList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]",
      );
  return list;
}
