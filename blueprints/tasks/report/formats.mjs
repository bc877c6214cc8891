/** Everything as one text: CSV for spreadsheets, Markdown to read, JSON for programs. */

const head = ["List", "Task", "Done", "Due", "Note", "Made", "Finished"];
const iso = (milliseconds) => (milliseconds ? new Date(milliseconds).toISOString() : "");

export const csvOf = (ordered) =>
  [
    head,
    ...ordered.flatMap(({ list, tasks }) =>
      tasks.map(({ title, done, due, note, created, finished }) => {
        const times = [iso(created), iso(finished)];
        return [list.name, title, done ? "yes" : "no", due ?? "", note, ...times];
      }),
    ),
  ]
    .map((cells) => `${cells.map((cell) => quoted(plain(cell))).join(",")}\r\n`)
    .join("");

/** A cell that begins with one of these is run as a formula by spreadsheets; behind `'` it is text. */
const plain = (text) => (/^\s*[=+\-@]|^[\t\r\n]/.test(text) ? `'${text}` : text);
const quoted = (text) => (/[",\r\n;\t]/.test(text) || /^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export const markdownOf = (ordered) =>
  ordered.map(({ list, tasks }) => [`## ${line(list.name)}`, "", ...tasks.map(item), ""].join("\n")).join("\n");

function item({ title, done, due, note }) {
  const text = `- [${done ? "x" : " "}] ${line(title)}${due ? ` (due ${due})` : ""}`;
  const rest =
    note.trim() === ""
      ? []
      : note
          .trim()
          .split("\n")
          .map((one) => `      ${one}`);
  return [text, ...rest].join("\n");
}

const line = (text) => text.replace(/\s+/g, " ");

export const jsonOf = (ordered) =>
  `${JSON.stringify(
    ordered.map(({ list, tasks }) => ({
      list: list.name,
      tasks: tasks.map(({ title, note, due, done, created, finished }) => ({
        title,
        note,
        due: due ?? null,
        done,
        created: iso(created),
        finished: iso(finished) || null,
      })),
    })),
    null,
    2,
  )}\n`;
