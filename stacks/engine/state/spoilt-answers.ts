/**
 * Answers that do not say what they should. One that was cut off or is none of AWS's, a success or a refusal: nobody knows
 * what it said, so it is asked again as after a broken connection; the SDK alone would give up. Callers bear what a
 * repeated call says, as they do after those. And a refusal without a body, as S3's to HEAD: the SDK calls it Unknown.
 */

/** What an SDK's error carries when an answer arrived and could not be read; AWS's own errors say whose fault it was. */
interface Unread {
  $response?: { statusCode?: number };
  $fault?: string;
  $retryable?: { throttling: boolean };
}

const isSpoilt = (error: Unread): boolean => error.$response?.statusCode !== undefined && error.$fault === undefined;

const spoiltAgain =
  (next: any) =>
  async (args: any): Promise<any> => {
    try {
      return await next(args);
    } catch (error) {
      if (error instanceof Error && isSpoilt(error as Unread)) (error as Unread).$retryable = { throttling: false };
      throw error;
    }
  };

/** The right that S3 wants for a call, where it is not called as the call is. */
const rights: { [operation: string]: string } = { HeadBucket: "ListBucket", HeadObject: "GetObject" };

const refusedMeansDenied =
  (next: any, { commandName = "" }: { commandName?: string }) =>
  async (args: any): Promise<any> => {
    try {
      return await next(args);
    } catch (error) {
      const { name, $response } = error as Error & Unread;
      if (name !== "Unknown" || $response?.statusCode !== 403) throw error;
      const operation = commandName.replace(/Command$/, "");
      const message = `s3:${rights[operation] ?? operation} on ${args.input.Bucket}, and why is not said`;
      throw Object.assign(error as Error, { name: "AccessDenied", message });
    }
  };

/** Answers the client. */
export function asksAgain<Client extends { middlewareStack: { add(middleware: any, options: any): void } }>(
  client: Client,
): Client {
  client.middlewareStack.add(spoiltAgain, { step: "deserialize", priority: "high", name: "spoiltAgain" });
  return client;
}

/** Of S3, whose refusals may have no body. Answers the client. */
export function saysDenied<Client extends Parameters<typeof asksAgain>[0]>(client: Client): Client {
  const place = { step: "deserialize", priority: "high", name: "refusedMeansDenied" };
  client.middlewareStack.add(refusedMeansDenied, place);
  return client;
}

interface File {
  Body?: { transformToByteArray(): Promise<Uint8Array> } | undefined;
}

/** Of a file that broke off each time. */
const mostReadings = 3;

/** A file of S3's with its bytes. The SDK is done with a call before they come: when they break off, it is asked for again. */
export async function whole<Found extends File>(ask: () => Promise<Found>): Promise<Found & { bytes: Buffer }> {
  for (let readings = 1; ; readings++) {
    const found = await ask();
    try {
      return { ...found, bytes: Buffer.from(await found.Body!.transformToByteArray()) };
    } catch (error) {
      if (readings === mostReadings) throw error;
    }
  }
}
