/** The bundled apps in a browser, each from an empty page to what it is for, by what a person sees and presses. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";

const read = (page: Page) => page.evaluate<string>("navigator.clipboard.readText()");

/** A page of somebody who is not signed in. */
async function stranger<T>(page: Page, look: (page: Page) => Promise<T>): Promise<T> {
  const context = await page.context().browser()!.newContext();
  try {
    return await look(await context.newPage());
  } finally {
    await context.close();
  }
}

export function linksJourney(page: () => Page): void {
  // One person, one link: made, copied, opened by a stranger, counted, changed, deleted.
  it("makes a link, which a stranger opens, and is edited and deleted", async () => {
    const one = page();
    await one.getByLabel("Address it leads to").first().fill(new URL("/to/race+", one.url()).href);
    await one.getByLabel("Short name").fill("Browser");
    await one.getByLabel("Title (only").fill("By hand");
    await one.getByRole("button", { name: "Make it short" }).click();
    await one.getByRole("status").filter({ hasText: "/to/browser" }).waitFor();
    await one.getByRole("button", { name: "Copy /to/browser" }).click();
    await one.getByRole("status").filter({ hasText: "Copied" }).waitFor();
    const address = await read(one);
    expect(new URL(address).pathname).toBe("/to/browser");
    await stranger(one, async (theirs) => {
      await theirs.goto(address);
      expect(new URL(theirs.url()).pathname).toBe("/to/race+");
      await theirs.getByRole("heading", { name: "Where this link leads" }).waitFor();
    });
    await one.reload();
    const row = one.getByRole("listitem").filter({ hasText: "/to/browser" });
    await row.getByText("1 click").waitFor();
    await row.getByRole("button", { name: "Edit" }).click();
    await one.getByRole("dialog").getByLabel("Title").fill("By hand, again");
    await one.keyboard.press("Enter");
    await row.getByText("By hand, again").waitFor();
    await one.getByLabel("Search links").fill("by hand");
    await expect.poll(() => one.getByRole("list").last().getByRole("listitem").count()).toBe(1);
    await row.getByRole("button", { name: "Delete" }).click();
    await one.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await one.getByText("No link has that in it.").waitFor();
    await one.getByLabel("Search links").fill("");
    await one.getByText("/to/garden").waitFor();
  });

  it("says what is wrong, and leaves what was typed", async () => {
    const one = page();
    await one.getByLabel("Address it leads to").first().fill("javascript:alert(1)");
    await one.getByRole("button", { name: "Make it short" }).click();
    await one.getByRole("alert").filter({ hasText: "https://" }).waitFor();
    expect(await one.getByLabel("Address it leads to").first().inputValue()).toBe("javascript:alert(1)");
    await one.getByLabel("Address it leads to").first().fill("");
  });
}

export function dropJourney(page: () => Page): void {
  // One file on its way through everything: chosen, sent, its link opened by a stranger, taken once and no more.
  it("shares a file by its link, once", async () => {
    const one = page();
    await one.getByLabel("Each is kept for").selectOption("1 hour");
    await one.getByLabel("Downloads of each").fill("1");
    const buffer = Buffer.from("From a browser");
    await one.getByLabel("Choose files").setInputFiles({ name: "Für dich.txt", mimeType: "text/plain", buffer });
    await one.getByRole("status").filter({ hasText: "Für dich.txt is shared" }).waitFor();
    await one.getByRole("button", { name: "Copy link Für dich.txt" }).click();
    await one.getByRole("status").filter({ hasText: "Copied" }).waitFor();
    const address = await read(one);
    await stranger(one, async (theirs) => {
      await theirs.goto(address);
      await theirs.getByRole("heading", { name: "Für dich.txt" }).waitFor();
      const [download] = await Promise.all([
        theirs.waitForEvent("download"),
        theirs.getByRole("button", { name: "Download" }).click(),
      ]);
      expect(download.suggestedFilename()).toBe("Für dich.txt");
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString()).toBe("From a browser");
      expect((await theirs.goto(address))?.status()).toBe(410);
    });
    await one.reload();
    await one.getByRole("listitem").filter({ hasText: "Für dich.txt" }).getByText("1 of 1 downloads").waitFor();
    await one.getByRole("button", { name: "Delete Für dich.txt" }).click();
    await one.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await one.getByRole("status").filter({ hasText: "is deleted" }).waitFor();
  });
}
