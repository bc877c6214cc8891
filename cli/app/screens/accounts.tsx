/** Accounts for others that the cloud's account pays for. A view of `accounts ls`; what makes or closes one is typed. */
import type { AccountsDocument } from "../../commands/accounts-ls.ts";
import { useShell } from "../shell.ts";
import { DocumentScreen } from "./document.tsx";

export function Accounts() {
  const shell = useShell();
  const type = (line: string) => (): void => shell.open("palette", { line });
  return (
    <DocumentScreen<AccountsDocument>
      title="accounts"
      command="accounts ls"
      args={[]}
      keys={() => [
        {
          key: "n",
          label: "new",
          does: "type whose it is to be: a name, and --email with an address",
          run: type("accounts new "),
        },
        {
          key: "x",
          label: "close",
          does: "type which; its data is exported first, and its name is asked for",
          run: type("accounts close "),
        },
      ]}
      status={() => "$ freehold accounts ls, accounts new NAME --email E, accounts close NAME"}
    />
  );
}
