/** What AWS says and moto 5.2 does not: where the record of an API Gateway's regional name has to lead. A rule before a moto. */
import type { Rule } from "./fault-proxy.ts";

export const leads: Rule = {
  on: /^(GET|POST) \/v2\/domainnames/,
  times: Number.POSITIVE_INFINITY,
  fault: {
    kind: "edit",
    edit: (body) => {
      const answer = JSON.parse(body);
      for (const one of answer.domainNameConfigurations ?? []) {
        one.apiGatewayDomainName = "d-0123456789.execute-api.eu-west-1.amazonaws.com";
        one.hostedZoneId = "ZLY8HYME6SFDD";
      }
      return JSON.stringify(answer);
    },
  },
};
