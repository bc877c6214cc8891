/** Service Quotas, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export {
  ListRequestedServiceQuotaChangeHistoryByQuotaCommand,
  RequestServiceQuotaIncreaseCommand,
  ServiceQuotasClient,
} from "@aws-sdk/client-service-quotas";
