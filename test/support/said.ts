/** What a call was told, in one line that tests compare: `done`, or the error. */
export async function said(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => "done",
    ({ name, message }: Error) => `${name}: ${message}`,
  );
}
