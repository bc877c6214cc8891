/**
 * The port of a local cloud, as the cloud itself says: it may have been given another one since a function was told of
 * addresses. Never what a request says of it.
 */

/** Empty when the endpoint has the port of its scheme. */
export const localPort = (): string => new URL(process.env["AWS_ENDPOINT_URL"] ?? "http://127.0.0.1").port;

/** An address of this cloud as it is now; on AWS as it is. */
export function addressNow(address: string): string {
  const url = new URL(address);
  if (!url.hostname.endsWith(".localhost")) return address;
  url.port = localPort();
  return url.href;
}
