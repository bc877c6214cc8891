/** `attach`: watches what somebody else started; Ctrl-C here tells that operation to stop, as it would there. */
import type { Input, Outcome } from "../command.ts";
import { faults } from "../errors.ts";
import { readJson } from "../files.ts";
import { filesOf, isOperationId, latestOperation, type OperationRequest } from "../operations/request.ts";
import { attachOperation } from "../operations/start.ts";
import type { ProcessId } from "../process-id.ts";

export async function run(input: Input): Promise<Outcome> {
  const id = input.args[0] ?? latestOperation(input.paths);
  if (id === undefined) throw faults.noOperation();
  const files = filesOf(input.paths, id);
  const request = isOperationId(id) ? readJson<OperationRequest>(files.request) : undefined;
  if (!request) throw faults.unknownOperation(id);
  return { exitCode: await attachOperation(id, readJson<ProcessId>(files.worker), request.command, input) };
}
