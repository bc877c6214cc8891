/** What `drop` promises, asked the same way of the app in this process and of the app behind its gate. */
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import type { App } from "../../support/apps.ts";
import { ask } from "../../support/home.ts";

export function drop(app: () => App): void {
  const begin = (body: unknown) => app().owner("/api/drops", { method: "POST", body });
  const listed = async () => (await app().owner("/api/drops")).json.drops;

  /** As a browser sends a form with a file. */
  async function send({ url, fields }: any, content: string): Promise<number> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value as string);
    form.append("file", new Blob([content]));
    const whole = new Response(form);
    const headers = { "content-type": whole.headers.get("content-type")! };
    return (await ask(url, { method: "POST", headers, body: Buffer.from(await whole.arrayBuffer()) })).status;
  }

  async function share(content: string, more: object = {}): Promise<string> {
    const { json } = await begin({ name: "n.txt", type: "text/plain", size: content.length, keep: "1 day", ...more });
    expect(await send(json.upload, content)).toBe(204);
    expect((await app().owner(`/api/drops/${json.id}/arrived`, { method: "POST" })).status).toBe(200);
    return json.id;
  }

  async function setExpires(id: string, seconds: number): Promise<void> {
    await new DynamoDBClient(app().config).send(
      new UpdateItemCommand({
        TableName: await app().nameOf("drops"),
        Key: { id: { S: id } },
        UpdateExpression: "SET expires = :seconds",
        ExpressionAttributeValues: { ":seconds": { N: String(seconds) } },
      }),
    );
  }

  const get = (id: string, method = "GET") => app().anybody(`/get/${id}`, { method });

  // The whole use of it: bytes go past the function into the bucket, and come out at whoever has the link.
  it("shares a file by a link: a page that says what it is, and a download that is never a page", async () => {
    const id = await share("<b>hello</b>", { name: "Résumé <1>.html", type: "text/html" });
    const page = await get(id);
    expect(page.status).toBe(200);
    expect(page.text).toContain("Résumé &#60;1&#62;.html");
    expect(page.headers["content-security-policy"]).toMatch(/default-src 'none'.*form-action 'self' http/);
    expect((await listed())[0]).toMatchObject({ id, taken: 0, size: 12 });
    const there = await get(id, "POST");
    expect(there).toMatchObject({ status: 303, headers: { "cache-control": "no-store" } });
    const file = await ask(String(there.headers["location"]));
    expect(file).toMatchObject({ status: 200, text: "<b>hello</b>" });
    expect(file.headers["content-type"]).toBe("application/octet-stream");
    expect(file.headers["content-disposition"]).toBe("attachment; filename*=UTF-8''R%C3%A9sum%C3%A9%20%3C1%3E.html");
    expect((await listed())[0]).toMatchObject({ id, taken: 1 });
  });

  // A form that took any size would be somebody else's store at the owner's cost.
  it("takes exactly the bytes that were announced", async () => {
    const { json } = await begin({ name: "n", size: 3, keep: "1 hour" });
    expect(await send(json.upload, "four")).toBe(400);
    expect(await send(json.upload, "2b")).toBe(400);
    const elsewhere = { ...json.upload, fields: { ...json.upload.fields, key: "9/other" } };
    expect(await send(elsewhere, "abc")).toBe(403);
  });

  it("shares nothing before its bytes have arrived", async () => {
    const { json } = await begin({ name: "n", size: 3, keep: "1 hour" });
    expect((await app().owner(`/api/drops/${json.id}/arrived`, { method: "POST" })).status).toBe(409);
    expect((await get(json.id)).status).toBe(404);
    expect((await get(json.id, "POST")).status).toBe(404);
    expect((await listed()).map(({ id }: any) => id)).not.toContain(json.id);
  });

  // Two who press the last download at once: a limit that lets both through is none.
  it("lets the last download be had once", async () => {
    const id = await share("once", { most: 1 });
    expect((await get(id)).text).toContain("1 download left");
    const both = await Promise.all(Array.from({ length: 4 }, () => get(id, "POST")));
    expect(both.map(({ status }) => status).sort()).toEqual([303, 410, 410, 410]);
    expect((await get(id)).status).toBe(410);
  });

  // DynamoDB removes what has expired some time later, up to days: the code has to look at the clock itself.
  it("is gone from the second on at which it ends, while its row is still there", async () => {
    let id: string;
    let status: number;
    do {
      id = await share("short");
      await setExpires(id, Math.floor(Date.now() / 1000));
      ({ status } = await get(id));
      // The row may be removed in that moment: then it shows nothing.
    } while (status === 404);
    expect(status).toBe(410);
    expect((await get(id, "POST")).status).toBe(410);
    expect((await listed()).map(({ id }: any) => id)).not.toContain(id);
  });

  it("deletes bytes and row at once", async () => {
    const id = await share("away");
    const keys = async () => {
      const client = new S3Client({ ...app().config, forcePathStyle: true });
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: await app().nameOf("files") }));
      return Contents.map(({ Key }) => Key?.split("/")[1]);
    };
    expect(await keys()).toContain(id);
    expect((await app().owner(`/api/drops/${id}`, { method: "DELETE" })).status).toBe(200);
    expect(await keys()).not.toContain(id);
    expect((await get(id)).status).toBe(404);
  });

  it.each([
    ["no name", { name: " " }, 400, /name/],
    ["no size", { size: "3" }, 400, /size/],
    ["more than 5 GB", { size: 5 * 1024 ** 3 + 1 }, 413, /5 GB/],
    ["a time that is not offered", { keep: "1 year" }, 400, /kept for 1 hour/],
    ["no download at all", { most: 0 }, 400, /1 to 1000/],
  ])("refuses %s", async (_, wrong, status, said) => {
    const answer = await begin({ name: "n", size: 3, keep: "1 day", ...wrong });
    expect(answer).toMatchObject({ status, json: { error: expect.stringMatching(said) } });
  });

  it("shows nobody else what is shared, and finds nothing by guessing", async () => {
    for (const [path, method] of [
      ["/api/drops", "GET"],
      ["/api/drops", "POST"],
      ["/", "GET"],
    ] as const)
      expect((await app().anybody(path, { method })).status, `${method} ${path}`).toBe(401);
    for (const path of ["/get/", "/get/short", `/get/${"A".repeat(22)}`, `/get/${"A".repeat(22)}/x`])
      expect((await app().anybody(path)).status, path).toBe(404);
  });
}
