/** What AWS's API Gateway says of names and stages, and moto 5.2 does not: rules for a proxy before a moto. */
import type { Rule } from "./fault-proxy.ts";

/** Where the record of a regional name has to lead. */
export const leads: Rule = {
  on: /^(GET|POST) \/v2\/domainnames/,
  times: Number.POSITIVE_INFINITY,
  fault: {
    kind: "edit",
    edit: (body) => {
      // moto's own failures are pages.
      if (!body.startsWith("{")) return body;
      const answer = JSON.parse(body);
      for (const one of answer.domainNameConfigurations ?? []) {
        one.apiGatewayDomainName = "d-0123456789.execute-api.eu-west-1.amazonaws.com";
        one.hostedZoneId = "ZLY8HYME6SFDD";
      }
      return JSON.stringify(answer);
    },
  },
};

/** That they have other tags now; whoever reads them is told the old ones. */
export const tagged: Rule = {
  on: /^(POST|DELETE) \/v2\/tags\/\S*(domainnames|stages)/,
  times: Number.POSITIVE_INFINITY,
  fault: { kind: "answer", status: 201, code: "", message: "" },
};
