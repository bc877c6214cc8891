/** The screens there are, by id, and what each is opened with. Types only: a line here, one in screens.ts. */
export interface ScreenParams {
  home: Record<string, never>;
  app: { app: string; section?: AppSection };
  remove: { app: string };
  help: { keys: readonly { key: string; does: string }[]; of: string };
  palette: { line?: string };
}

export type AppSection = "overview" | "settings" | "logs" | "history";
export type ScreenId = keyof ScreenParams;
