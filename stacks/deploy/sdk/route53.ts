/** Route 53, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export {
  ChangeResourceRecordSetsCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from "@aws-sdk/client-route-53";
