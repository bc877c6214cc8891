/**
 * Forms: { id, box, title, intro, thanks, open, fields, created, version, count }. A field is { id, label, kind,
 * required, options }; its id stays when its label changes, so that earlier answers stay under it. `count` is raised
 * with each answer, in one transaction with it.
 */
import { BatchWriteCommand, DeleteCommand, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { Problem } from "./http.mjs";
import { ANSWERS, FORMS, load, newFormId, tables } from "./store.mjs";

export const kinds = ["text", "long", "email", "number", "date", "choice", "check"];
const maxFields = 30;
const maxOptions = 50;

export async function listForms() {
  const forms = [];
  let start;
  do {
    const page = await tables.send(
      new QueryCommand({
        TableName: FORMS,
        IndexName: "by-time",
        KeyConditionExpression: "#box = :box",
        ExpressionAttributeNames: { "#box": "box" },
        ExpressionAttributeValues: { ":box": "forms" },
        ScanIndexForward: false,
        ExclusiveStartKey: start,
      }),
    );
    forms.push(...page.Items.map(({ id, title, open, count, created }) => ({ id, title, open, count, created })));
    start = page.LastEvaluatedKey;
  } while (start);
  return { forms };
}

export async function createForm(body) {
  const form = { id: newFormId(), box: "forms", ...contentOf(body), created: Date.now(), version: 1, count: 0 };
  await tables.send(new PutCommand({ TableName: FORMS, Item: form, ConditionExpression: "attribute_not_exists(id)" }));
  return shown(form);
}

export const getForm = async (id) => shown(await load(id));

export async function saveForm(id, body) {
  if (!Number.isInteger(body.version)) throw new Problem(400, "A change names the version it was made from.");
  const { title, intro, thanks, open, fields } = contentOf(body);
  try {
    const { Attributes } = await tables.send(
      new UpdateCommand({
        TableName: FORMS,
        Key: { id },
        UpdateExpression:
          "SET title = :title, intro = :intro, thanks = :thanks, #open = :open, #fields = :fields ADD #version :one",
        ConditionExpression: "#version = :version",
        ExpressionAttributeNames: { "#open": "open", "#fields": "fields", "#version": "version" },
        ExpressionAttributeValues: {
          ":title": title,
          ":intro": intro,
          ":thanks": thanks,
          ":open": open,
          ":fields": fields,
          ":one": 1,
          ":version": body.version,
        },
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
    return shown(Attributes);
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") throw error;
    if (!error.Item) throw new Problem(404, "This form does not exist any more.");
    throw new Problem(409, "This form was changed elsewhere in the meantime.");
  }
}

/** The form first, so that nobody answers it any more; then its answers. Asked again, it goes on. */
export async function deleteForm(id) {
  await tables.send(new DeleteCommand({ TableName: FORMS, Key: { id } }));
  for (;;) {
    const { Items } = await tables.send(
      new QueryCommand({
        TableName: ANSWERS,
        KeyConditionExpression: "#form = :form",
        ProjectionExpression: "#form, id",
        ExpressionAttributeNames: { "#form": "form" },
        ExpressionAttributeValues: { ":form": id },
        Limit: 25,
      }),
    );
    if (Items.length === 0) return;
    const requests = Items.map((Key) => ({ DeleteRequest: { Key } }));
    await tables.send(new BatchWriteCommand({ RequestItems: { [ANSWERS]: requests } }));
  }
}

function contentOf({ title, intro = "", thanks = "", open = true, fields }) {
  return {
    title: text(title, "A form needs a title", 200, 1),
    intro: text(intro, "What is said above the form", 5_000),
    thanks: text(thanks, "What is said afterwards", 2_000),
    open: open === true,
    fields: fieldsOf(fields),
  };
}

function fieldsOf(fields) {
  if (!Array.isArray(fields) || fields.length === 0) throw new Problem(400, "A form asks at least one question.");
  if (fields.length > maxFields) throw new Problem(400, `A form asks up to ${maxFields} questions.`);
  const made = fields.map((field, at) => fieldOf(field ?? {}, at + 1));
  if (new Set(made.map(({ id }) => id)).size < made.length) throw new Problem(400, "Two questions have one id.");
  return made;
}

function fieldOf({ id, label, kind, required = false, options = [] }, number) {
  const where = `Question ${number}`;
  if (!kinds.includes(kind)) throw new Problem(400, `${where} is one of ${kinds.join(", ")}.`);
  // The public page has two fields of its own.
  if (typeof id !== "string" || !/^(?!began$|website$)[a-z0-9]{1,12}$/.test(id))
    throw new Problem(400, `${where} needs an id.`);
  const field = { id, label: text(label, `${where} needs a text`, 300, 1), kind, required: required === true };
  if (kind !== "choice") return field;
  if (!Array.isArray(options) || options.length === 0 || options.length > maxOptions)
    throw new Problem(400, `${where} offers 1 to ${maxOptions} choices.`);
  const choices = options.map((option) => text(option, `A choice of question ${number}`, 200, 1));
  if (new Set(choices).size < choices.length) throw new Problem(400, `${where} offers a choice twice.`);
  return { ...field, options: choices };
}

function text(value, what, most, least = 0) {
  const trimmed = typeof value === "string" ? value.trim() : undefined;
  if (trimmed === undefined || trimmed.length < least || trimmed.length > most)
    throw new Problem(400, `${what}: a text of up to ${most} characters.`);
  return trimmed;
}

const shown = ({ box, ...form }) => form;
