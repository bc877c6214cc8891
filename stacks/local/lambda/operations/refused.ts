/** Every operation AWS has and this cloud does not: answered by its name, so that nobody takes it for done. */
import { notServed } from "../errors.ts";
import type { Route } from "../router.ts";

const signing = "/2020-04-22/code-signing-configs";
const durable = "/2025-12-01/durable-executions/{arn}";
const callback = "/2025-12-01/durable-execution-callbacks/{id}";
const capacity = "/2025-11-30/capacity-providers";
const resourcePolicy = "/2026-07-09/resource-policy/{arn}";

const operations: Readonly<Record<string, string>> = {
  CreateCodeSigningConfig: `POST ${signing}`,
  ListCodeSigningConfigs: `GET ${signing}`,
  GetCodeSigningConfig: `GET ${signing}/{arn}`,
  UpdateCodeSigningConfig: `PUT ${signing}/{arn}`,
  DeleteCodeSigningConfig: `DELETE ${signing}/{arn}`,
  ListFunctionsByCodeSigningConfig: `GET ${signing}/{arn}/functions`,
  PutFunctionCodeSigningConfig: "PUT /2020-06-30/functions/{name}/code-signing-config",
  DeleteFunctionCodeSigningConfig: "DELETE /2020-06-30/functions/{name}/code-signing-config",
  CreateCapacityProvider: `POST ${capacity}`,
  ListCapacityProviders: `GET ${capacity}`,
  GetCapacityProvider: `GET ${capacity}/{provider}`,
  UpdateCapacityProvider: `PUT ${capacity}/{provider}`,
  DeleteCapacityProvider: `DELETE ${capacity}/{provider}`,
  ListFunctionVersionsByCapacityProvider: `GET ${capacity}/{provider}/function-versions`,
  GetFunctionScalingConfig: "GET /2025-11-30/functions/{name}/function-scaling-config",
  PutFunctionScalingConfig: "PUT /2025-11-30/functions/{name}/function-scaling-config",
  ListDurableExecutionsByFunction: "GET /2025-12-01/functions/{name}/durable-executions",
  GetDurableExecution: `GET ${durable}`,
  DeleteDurableExecution: `DELETE ${durable}`,
  GetDurableExecutionHistory: `GET ${durable}/history`,
  GetDurableExecutionState: `GET ${durable}/state`,
  CheckpointDurableExecution: `POST ${durable}/checkpoint`,
  PauseDurableExecution: `POST ${durable}/pause`,
  ResumeDurableExecution: `POST ${durable}/resume`,
  StopDurableExecution: `POST ${durable}/stop`,
  SendDurableExecutionCallbackFailure: `POST ${callback}/fail`,
  SendDurableExecutionCallbackHeartbeat: `POST ${callback}/heartbeat`,
  SendDurableExecutionCallbackSuccess: `POST ${callback}/succeed`,
  GetResourcePolicy: `GET ${resourcePolicy}`,
  PutResourcePolicy: `PUT ${resourcePolicy}`,
  DeleteResourcePolicy: `DELETE ${resourcePolicy}`,
  InvokeAsync: "POST /2014-11-13/functions/{name}/invoke-async",
};

export function refusedRoutes(): Route[] {
  return Object.entries(operations).map(([name, at]) => ({
    name,
    at,
    status: 400,
    // The body is not read: whatever it says, it is not carried out.
    bodyLimitBytes: null,
    refused: true,
    run: () => {
      throw notServed(name);
    },
  }));
}
