/** One app in five sections: overview, settings, access, logs, history. Which one is seen, and the keys they share. */
import { useState } from "react";
import type { ScreenKey } from "../kit/screen.tsx";
import type { AppSection, ScreenParams } from "../params.ts";
import type { SectionProps } from "./actions.ts";
import { AppAccess } from "./app-access.tsx";
import { AppHistory } from "./app-history.tsx";
import { AppLogs } from "./app-logs.tsx";
import { AppOverview } from "./app-overview.tsx";
import { AppSettings } from "./app-settings.tsx";

const sections: Record<AppSection, { key: string; does: string; view(props: SectionProps): React.ReactNode }> = {
  overview: { key: "v", does: "what the app is", view: AppOverview },
  settings: { key: "s", does: "its settings, memory and time", view: AppSettings },
  access: { key: "a", does: "who may come in, and who came", view: AppAccess },
  logs: { key: "l", does: "what it writes, as it comes", view: AppLogs },
  history: { key: "h", does: "what was done with it", view: AppHistory },
};
const order = Object.keys(sections) as AppSection[];

export function App({ app, section = "overview" }: ScreenParams["app"]) {
  const [now, go] = useState(section);
  const View = sections[now].view;
  const next = order[(order.indexOf(now) + 1) % order.length]!;
  const keys: ScreenKey[] = [
    ...order
      .filter((one) => one !== now)
      .map((one): ScreenKey => ({ key: sections[one].key, label: one, does: sections[one].does, run: () => go(one) })),
    { key: "tab", does: "the next section", run: () => go(next) },
  ];
  return <View app={app} keys={keys} />;
}
