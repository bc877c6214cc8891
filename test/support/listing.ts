/** What `ls --json` says, without what is another one in every cloud: addresses, ids that are made up, and times. */
export function comparable({ apps, things, ...rest }: any): unknown {
  return {
    ...rest,
    apps: apps.map(({ url: _, installedAt: __, ...app }: any) => app),
    // What was adopted has the id it had.
    things: things.map(({ id, url: _, addedAt: __, ...thing }: any) => (thing.adopted ? { ...thing, id } : thing)),
  };
}
