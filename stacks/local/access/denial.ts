/** How each service says that a call is not allowed. */
import type { MessageForm } from "../iam/policy/index.ts";
import { type Call, ServiceError } from "../service.ts";

interface Words {
  code: string;
  status: number;
  form?: MessageForm;
}

const json: Words = { code: "AccessDeniedException", status: 400 };
const query: Words = { code: "AccessDenied", status: 403 };

const words: Readonly<Record<string, Words>> = {
  iam: query,
  lambda: { code: "AccessDeniedException", status: 403, form: { anyNamed: true } },
  s3: { code: "AccessDenied", status: 403, form: { quoted: true } },
  sts: { ...query, form: { resourcePolicy: "role trust policy" } },
};

export const formOf = (service: string): MessageForm => words[service]?.form ?? {};

export function deniedError({ service, caller }: Call, message: string): ServiceError {
  const { code, status } = words[service] ?? json;
  // Nobody is told what an unsigned request lacks.
  return new ServiceError(code, status, service === "s3" && !caller ? "Access Denied" : message);
}
