/**
 * A success whose answer was cut off or is no answer of AWS's: nobody knows what it said, so it is asked again as after a
 * broken connection. The SDK alone would give up. Callers bear what a repeated call says, as they do after those.
 */

/** What an SDK's error carries when an answer arrived and could not be read; AWS's own errors say whose fault it was. */
interface Unread {
  $response?: { statusCode?: number };
  $fault?: string;
  $retryable?: { throttling: boolean };
}

function isSpoilt(error: Unread): boolean {
  const status = error.$response?.statusCode ?? 0;
  return status >= 200 && status < 300 && error.$fault === undefined;
}

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

/** Answers the client. */
export function asksAgain<Client extends { middlewareStack: { add(middleware: any, options: any): void } }>(
  client: Client,
): Client {
  client.middlewareStack.add(spoiltAgain, { step: "deserialize", priority: "high", name: "spoiltAgain" });
  return client;
}
