/** `sessions ls` in plain text. */
import type { ListedSession, SessionListDocument } from "../commands/sessions-ls.ts";
import { browserWords } from "../ui/browser.ts";
import { columns } from "../ui/table.ts";
import { since } from "../ui/time.ts";

export function plain({ cloud, sessions }: SessionListDocument): string {
  return sessions.length === 0 ? `Nobody is signed in to ${cloud}.` : columns(sessions.map(row));
}

const row = ({ id, person, role, app, by, from, agent, created, seen }: ListedSession): string[] => [
  id,
  app === undefined ? person : `${person}, ${role} of ${app}`,
  `by ${by}`,
  from,
  browserWords(agent),
  `since ${since(created)}`,
  `seen ${since(seen)}`,
];
