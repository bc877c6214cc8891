/** The screens, as data: a line here and one in params.ts is a new one. Each comes with its first use. */
import type { ComponentType } from "react";
import type { ScreenId, ScreenParams } from "./params.ts";

export const screens: { [Id in ScreenId]: () => Promise<ComponentType<ScreenParams[Id]>> } = {
  home: async () => (await import("./screens/home.tsx")).Home,
  app: async () => (await import("./screens/app.tsx")).App,
  remove: async () => (await import("./screens/remove.tsx")).Remove,
  help: async () => (await import("./screens/help.tsx")).Help,
  palette: async () => (await import("./screens/palette.tsx")).Palette,
};
