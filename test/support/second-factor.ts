/**
 * An STS that lets a role be assumed only with a code of a second factor, each code once, as AWS does; in front of an AWS
 * that knows the role, and no factors. Whatever else is asked goes on to it.
 */
import { createServer } from "node:http";
import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";
import { forward } from "./account-services.ts";
import { listen } from "./listen.ts";

export const factor = "arn:aws:iam::123456789012:mfa/ada";

/** `by`: who may assume the role where there is nobody to ask for a code. `which`: whose ARNs want one. */
export async function startSecondFactor(behind: string, by: STSClient, which = /./) {
  /** Good from now on, until it was used. */
  const state = { code: "", asked: [] as string[] };
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const said = new URLSearchParams(body.toString());
    if (said.get("Action") !== "AssumeRole" || !which.test(said.get("RoleArn") ?? ""))
      return forward(behind, req, body, res);
    const code = said.get("TokenCode") ?? "";
    state.asked.push(code);
    if (said.get("SerialNumber") === factor && code !== "" && code === state.code) {
      state.code = "";
      const RoleArn = said.get("RoleArn") ?? "";
      const { Credentials: keys } = await by.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "ada" }));
      const parts = Object.entries({ ...keys, Expiration: keys!.Expiration!.toISOString() });
      const told = parts.map(([name, value]) => `<${name}>${value}</${name}>`).join("");
      res.writeHead(200, { "content-type": "text/xml" });
      return void res.end(
        `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>${told}</Credentials></AssumeRoleResult></AssumeRoleResponse>`,
      );
    }
    const says = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
    res.writeHead(403, { "content-type": "text/xml" });
    res.end(
      `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${says}</Message></Error></ErrorResponse>`,
    );
  });
  const endpoint = await listen(server);
  return {
    endpoint,
    state,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
