/** Service Quotas, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export {
  GetServiceQuotaCommand,
  ListRequestedServiceQuotaChangeHistoryByQuotaCommand,
  RequestServiceQuotaIncreaseCommand,
  ServiceQuotasClient,
} from "@aws-sdk/client-service-quotas";
