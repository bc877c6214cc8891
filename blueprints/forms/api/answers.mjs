/**
 * The inbox: { form, id, came, values, spam, read } each. CSV comes in pages, each of them whole lines, the next one named
 * by its Link header; only the first has the head.
 */
import { DeleteCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { csvLine } from "./csv.mjs";
import { Problem } from "./http.mjs";
import { ANSWERS, load, tables } from "./store.mjs";

const pageSize = 50;
/** One query reads 1 MB at most, and an answer is up to 64 KB: a page is far below the 6 MB of a response. */
const exportSize = 1_000;

/** Newest first; `spam` is yes or no. */
export async function listAnswers(form, { spam = "no", cursor }) {
  await load(form);
  const found = [];
  let start = cursor ? { form, id: cursor } : undefined;
  do {
    const page = await tables.send(
      new QueryCommand({
        TableName: ANSWERS,
        KeyConditionExpression: "#form = :form",
        FilterExpression: "spam = :spam",
        ExpressionAttributeNames: { "#form": "form" },
        ExpressionAttributeValues: { ":form": form, ":spam": spam === "yes" },
        ScanIndexForward: false,
        Limit: pageSize,
        ExclusiveStartKey: start,
      }),
    );
    found.push(...page.Items);
    start = page.LastEvaluatedKey;
  } while (start && found.length < pageSize);
  return { answers: found.map(({ form: _, ...answer }) => answer), cursor: start?.id };
}

export async function markAnswer(form, id, { spam, read }) {
  const set = Object.entries({ spam, read }).filter(([, value]) => value !== undefined);
  if (set.length === 0 || set.some(([, value]) => typeof value !== "boolean"))
    throw new Problem(400, "An answer is marked with spam or read, true or false.");
  try {
    await tables.send(
      new UpdateCommand({
        TableName: ANSWERS,
        Key: { form, id },
        UpdateExpression: `SET ${set.map(([name]) => `#${name} = :${name}`).join(", ")}`,
        ConditionExpression: "attribute_exists(id)",
        ExpressionAttributeNames: Object.fromEntries(set.map(([name]) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
      }),
    );
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") throw error;
    throw new Problem(404, "This answer does not exist any more.");
  }
}

export async function deleteAnswer(form, id) {
  await tables.send(new DeleteCommand({ TableName: ANSWERS, Key: { form, id } }));
}

/** Oldest first, without the spam. */
export async function exportAnswers(id, { after }) {
  const form = await load(id);
  if (after !== undefined && !/^[0-9a-z]{9}-[0-9a-z]{12}$/.test(after))
    throw new Problem(400, "That page of the answers does not exist.");
  const { Items, LastEvaluatedKey } = await tables.send(
    new QueryCommand({
      TableName: ANSWERS,
      KeyConditionExpression: "#form = :form",
      FilterExpression: "spam = :no",
      ExpressionAttributeNames: { "#form": "form" },
      ExpressionAttributeValues: { ":form": id, ":no": false },
      Limit: exportSize,
      ExclusiveStartKey: after && { form: id, id: after },
    }),
  );
  const head = after ? "" : `\uFEFF${csvLine(["Came", ...form.fields.map(({ label }) => label)])}`;
  const lines = Items.map(({ came, values }) =>
    csvLine([new Date(came).toISOString(), ...form.fields.map((field) => values[field.id] ?? "")]),
  );
  return {
    statusCode: 200,
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": 'attachment; filename="answers.csv"',
      "cache-control": "no-store",
      ...(LastEvaluatedKey && { link: `</api/forms/${id}/answers.csv?after=${LastEvaluatedKey.id}>; rel="next"` }),
    },
    body: head + lines.join(""),
  };
}
