/** The screens, as data: a line here and one in params.ts is a new one. Each comes with its first use. */
import type { ComponentType } from "react";
import type { ScreenId, ScreenParams } from "./params.ts";

export const screens: { [Id in ScreenId]: () => Promise<ComponentType<ScreenParams[Id]>> } = {
  home: async () => (await import("./screens/home.tsx")).Home,
  app: async () => (await import("./screens/app.tsx")).App,
  remove: async () => (await import("./screens/remove.tsx")).Remove,
  help: async () => (await import("./screens/help.tsx")).Help,
  browse: async () => (await import("./screens/browse.tsx")).Browse,
  card: async () => (await import("./screens/card.tsx")).CardScreen,
  source: async () => (await import("./screens/source.tsx")).SourceScreen,
  install: async () => (await import("./screens/install.tsx")).Install,
  progress: async () => (await import("./screens/progress.tsx")).Progress,
  consent: async () => (await import("./screens/consent.tsx")).ConsentScreen,
  setup: async () => (await import("./screens/setup.tsx")).Setup,
  "setup-aws": async () => (await import("./screens/setup-aws.tsx")).SetupAws,
  data: async () => (await import("./screens/data.tsx")).Data,
  backups: async () => (await import("./screens/backups.tsx")).Backups,
  store: async () => (await import("./screens/store.tsx")).StoreScreen,
  item: async () => (await import("./screens/item.tsx")).Item,
  things: async () => (await import("./screens/things.tsx")).Things,
  thing: async () => (await import("./screens/thing.tsx")).ThingScreen,
  "thing-types": async () => (await import("./screens/thing-types.tsx")).ThingTypes,
  "thing-form": async () => (await import("./screens/thing-form.tsx")).ThingForm,
  "thing-remove": async () => (await import("./screens/thing-remove.tsx")).ThingRemove,
  "thing-scan": async () => (await import("./screens/thing-scan.tsx")).ThingScan,
  preview: async () => (await import("./screens/preview.tsx")).Preview,
  names: async () => (await import("./screens/names.tsx")).Names,
  "name-add": async () => (await import("./screens/name-add.tsx")).NameAdd,
  "name-remove": async () => (await import("./screens/name-remove.tsx")).NameRemove,
  accounts: async () => (await import("./screens/accounts.tsx")).Accounts,
  palette: async () => (await import("./screens/palette.tsx")).Palette,
};
