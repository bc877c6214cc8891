/** What the function `report` reads, asked of it by a call from function to function. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { Problem } from "./http.mjs";

const lambda = new LambdaClient({});

export async function overview({ today }) {
  if (typeof today !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(today))
    throw new Problem(400, "Which day is today? As 2026-12-31.");
  return report({ what: "overview", today, soon: Number(process.env.SOON) || 7 });
}

const types = { csv: "text/csv", md: "text/markdown", json: "application/json" };

export async function exportAll(format) {
  const { text, tooLarge } = await report({ what: "export", format });
  if (tooLarge) throw new Problem(413, "There is more than one answer holds; take the tables with the aws CLI.");
  return {
    statusCode: 200,
    headers: {
      "content-type": `${types[format]}; charset=utf-8`,
      "content-disposition": `attachment; filename="tasks.${format}"`,
      "cache-control": "no-store",
    },
    body: text,
  };
}

async function report(question) {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: process.env.FUNCTION_REPORT, Payload: JSON.stringify(question) }),
  );
  const answer = Payload.transformToString();
  if (FunctionError) throw new Error(`the report failed: ${answer}`);
  return JSON.parse(answer);
}
