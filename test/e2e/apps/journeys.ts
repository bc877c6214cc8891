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

export function formsJourney(page: () => Page): void {
  // One form from nothing to an answer: worded, sent round, answered by a stranger, read, kept as a file.
  it("makes a form, which a stranger answers without a script, and shows the answer", async () => {
    const one = page();
    await one.getByRole("button", { name: "New form" }).click();
    await one.getByLabel("Title").fill("Garden party");
    await one.getByRole("button", { name: "Add a question" }).click();
    await one.getByLabel("What is asked").last().fill("What do you bring?");
    await one.getByLabel("Answered by").last().selectOption("One of a list");
    await one.getByLabel("Choices, one a line").last().fill("Salad\nCake");
    await one.getByRole("button", { name: "Up question 3" }).press("Enter");
    await one.getByRole("button", { name: "Save" }).click();
    await one.getByRole("status").filter({ hasText: "Saved" }).waitFor();
    await one.getByRole("button", { name: "Copy its link" }).click();
    await one.getByRole("status").filter({ hasText: "Copied" }).waitFor();
    const address = await read(one);
    await stranger(one, async (theirs) => {
      await theirs.setViewportSize({ width: 320, height: 640 });
      await theirs.goto(address);
      expect(await theirs.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
      await theirs.getByRole("button", { name: "Send" }).click();
      await theirs.getByRole("alert").getByRole("link", { name: "Your name" }).click();
      await theirs.keyboard.type("Grace");
      await theirs.getByLabel("What do you bring?").selectOption("Cake");
      await theirs.getByLabel("Your message").fill("With cream");
      // Faster than two seconds is a program.
      const began = Number(await theirs.locator("[name=began]").inputValue());
      await expect.poll(() => Date.now() - began).toBeGreaterThan(2_100);
      await theirs.getByRole("button", { name: "Send" }).click();
      await theirs.getByRole("heading", { name: "Thank you" }).waitFor();
    });
    await one.getByRole("button", { name: "Answers" }).click();
    const answer = one.getByRole("listitem").filter({ hasText: "Grace" });
    await answer.getByText("Cake").waitFor();
    const [csv] = await Promise.all([
      one.waitForEvent("download"),
      one.getByRole("button", { name: "Download CSV" }).click(),
    ]);
    expect(csv.suggestedFilename()).toBe("Garden party.csv");
    await answer.getByRole("button", { name: /^Spam/ }).click();
    await one.getByText("No answers yet").waitFor();
    await one.getByRole("button", { name: "Spam", exact: true }).click();
    await answer.getByRole("button", { name: /^Not spam/ }).click();
    await one.getByRole("button", { name: "Inbox" }).click();
    await answer.waitFor();
  });
}

export function tasksJourney(page: () => Page): void {
  // One list by the keyboard alone: made, filled, put in order, ticked, looked at by day, taken along.
  it("keeps a list by the keyboard alone", async () => {
    const one = page();
    await one.getByLabel("Name of a new list").focus();
    await one.keyboard.type("Garden");
    await one.keyboard.press("Enter");
    await one.getByRole("heading", { name: "Garden" }).waitFor();
    for (const title of ["Dig", "Sow", "Water"]) {
      await expect
        .poll(() => one.evaluate("document.activeElement.id + document.activeElement.value"))
        .toBe("task-title");
      await one.keyboard.type(title);
      await one.keyboard.press("Enter");
      await one
        .getByRole("status")
        .filter({ hasText: `Added ${title}` })
        .waitFor();
    }
    await one.getByRole("button", { name: "Up: Water" }).focus();
    await one.keyboard.press("Enter");
    await one.getByRole("status").filter({ hasText: "Water: 2 of 3" }).waitFor();
    await one.keyboard.press("Enter");
    await one.getByRole("status").filter({ hasText: "Water: 1 of 3" }).waitFor();
    const titles = () => one.locator("#tasks label").allTextContents();
    expect(await titles()).toEqual(["Water", "Dig", "Sow"]);
    await one.getByRole("checkbox", { name: "Dig" }).focus();
    await one.keyboard.press("Space");
    await one.getByRole("status").filter({ hasText: "Dig: done" }).waitFor();
    expect(await titles()).toEqual(["Water", "Sow", "Dig"]);
    await one.getByRole("button", { name: "Edit: Sow" }).press("Enter");
    await one.getByRole("dialog").getByLabel("Due").fill(new Date().toISOString().slice(0, 10));
    await one.getByRole("dialog").getByLabel("Task").press("Enter");
    await one.getByRole("status").filter({ hasText: "Saved" }).waitFor();
    await one.getByRole("link", { name: "Due soon" }).press("Enter");
    await one.getByRole("listitem").filter({ hasText: "Sow" }).getByText("Garden").waitFor();
    const [file] = await Promise.all([
      one.waitForEvent("download"),
      one.getByRole("link", { name: "Markdown" }).press("Enter"),
    ]);
    expect(file.suggestedFilename()).toBe("tasks.md");
  });
}

export function pasteJourney(page: () => Page): void {
  // One text: written, saved twice, an earlier version brought back, shown once to a stranger, and gone.
  it("keeps versions of a text, and shows it to a stranger once", async () => {
    const one = page();
    await one.getByRole("link", { name: "New text" }).click();
    await one.getByLabel("Title").fill("Door");
    await one.getByLabel("Text", { exact: true }).fill("first");
    await one.getByRole("button", { name: "Save" }).click();
    await one.getByRole("status").filter({ hasText: "Saved" }).waitFor();
    await one.getByText("Version 1", { exact: true }).first().waitFor();
    await one.getByLabel("Text", { exact: true }).fill("second");
    await one.keyboard.press("Control+s");
    await one.getByRole("button", { name: "Bring back Version 1" }).click();
    await expect.poll(() => one.getByLabel("Text", { exact: true }).inputValue()).toBe("first");
    await one.getByRole("button", { name: "Save" }).click();
    await one.getByText("Version 3", { exact: true }).first().waitFor();
    await one.getByLabel("Shown to").selectOption("the first who asks, once");
    await one.getByRole("dialog").getByRole("button", { name: "Share once" }).click();
    await one.getByRole("status").filter({ hasText: "Shared" }).waitFor();
    await one.getByRole("button", { name: "Copy the link" }).click();
    await one.getByRole("status").filter({ hasText: "Copied" }).waitFor();
    const address = await read(one);
    await stranger(one, async (theirs) => {
      await theirs.setViewportSize({ width: 320, height: 640 });
      await theirs.goto(address);
      await theirs.getByRole("button", { name: "Show it" }).click();
      await theirs.getByRole("listitem").filter({ hasText: "first" }).waitFor();
      expect(await theirs.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
      expect((await theirs.goto(address))?.status()).toBe(410);
    });
    await one.reload();
    await one.getByText(/^It was shown on/).waitFor();
  });

  // What was typed is worth more than what the page thinks is open.
  it("loses neither text when two windows change one", async () => {
    const one = page();
    await one.goto(new URL("/#/new", one.url()).href);
    await one.getByLabel("Text", { exact: true }).fill("ours");
    await one.getByRole("button", { name: "Save" }).click();
    await one.getByRole("status").filter({ hasText: "Saved" }).waitFor();
    const other = await one.context().newPage();
    await other.goto(one.url());
    await other.getByRole("status").waitFor({ state: "attached" });
    await expect.poll(() => other.getByLabel("Text", { exact: true }).inputValue()).toBe("ours");
    await other.getByLabel("Text", { exact: true }).fill("theirs");
    await other.getByRole("button", { name: "Save" }).click();
    await other.getByRole("status").filter({ hasText: "Saved" }).waitFor();
    await other.close();
    await one.getByLabel("Text", { exact: true }).fill("ours, again");
    await one.getByRole("button", { name: "Save" }).click();
    await one.getByRole("alert").filter({ hasText: "another window" }).waitFor();
    await one.getByRole("button", { name: "Save" }).click();
    await one.getByText("Version 3", { exact: true }).first().waitFor();
    expect(await one.getByLabel("Text", { exact: true }).inputValue()).toBe("ours, again");
    await one.getByRole("button", { name: "Bring back Version 2" }).waitFor();
  });
}
