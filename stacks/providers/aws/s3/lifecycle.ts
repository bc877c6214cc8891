/** aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration, both ways between Pulumi's rules and S3's. */
import type { LifecycleRule, LifecycleRuleFilter, Tag } from "@aws-sdk/client-s3";
import type { PropertyMap } from "../../../engine/value.ts";
import { flag, list, map, number, object, refused, set, text } from "../schema.ts";
import { tagList, tagMap } from "../tags.ts";
import { bool, compact, num, str, sub, subs } from "../type.ts";
import { bucketPart } from "./calls.ts";

const sizes = { objectSizeGreaterThan: number(), objectSizeLessThan: number(), prefix: text({ default: "" }) };
const tag = { key: text({ required: true }), value: text({ required: true }) };

export const lifecycle = bucketPart({
  token: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  properties: {
    expectedBucketOwner: text({ replaces: true, writeOnly: true, steering: true }),
    timeouts: refused(),
    transitionDefaultMinimumObjectSize: refused(),
    rules: list(
      object({
        id: text({ required: true }),
        status: text({ required: true, oneOf: ["Enabled", "Disabled"] }),
        prefix: text({ default: "" }),
        filter: object({ ...sizes, tag: object(tag), and: object({ ...sizes, tags: map(text()) }) }),
        expiration: object({
          date: text(),
          days: number({ default: 0 }),
          expiredObjectDeleteMarker: flag({ default: false }),
        }),
        abortIncompleteMultipartUpload: object({ daysAfterInitiation: number() }),
        noncurrentVersionExpiration: object({
          newerNoncurrentVersions: number(),
          noncurrentDays: number({ required: true }),
        }),
        transitions: set(object({ date: text(), days: number(), storageClass: text({ required: true }) })),
        noncurrentVersionTransitions: set(
          object({
            newerNoncurrentVersions: number(),
            noncurrentDays: number(),
            storageClass: text({ required: true }),
          }),
        ),
      }),
    ),
  },
  missing: ["NoSuchLifecycleConfiguration"],
  put: (client, to, { inputs }) =>
    client.putBucketLifecycleConfiguration({
      ...to,
      LifecycleConfiguration: { Rules: subs(inputs, "rules").map(toRule) },
    }),
  get: async (client, of) => {
    const { Rules = [] } = await client.getBucketLifecycleConfiguration(of);
    return { rules: Rules.map(fromRule) };
  },
  unset: (client, of) => client.deleteBucketLifecycle(of),
});

function date(value: string | undefined): Date | undefined {
  return value === undefined ? undefined : new Date(value);
}

function toRule(rule: PropertyMap): LifecycleRule {
  const expiration = sub(rule, "expiration");
  const abort = sub(rule, "abortIncompleteMultipartUpload");
  const noncurrent = sub(rule, "noncurrentVersionExpiration");
  const filter = sub(rule, "filter");
  return {
    ID: str(rule, "id"),
    Status: str(rule, "status") as LifecycleRule["Status"],
    // S3 takes either a filter or the old prefix; an empty filter means every object.
    Filter: filter ? toFilter(filter) : { Prefix: str(rule, "prefix") ?? "" },
    Expiration: expiration && {
      Date: date(str(expiration, "date")),
      Days: num(expiration, "days") || undefined,
      ExpiredObjectDeleteMarker: bool(expiration, "expiredObjectDeleteMarker"),
    },
    AbortIncompleteMultipartUpload: abort && { DaysAfterInitiation: num(abort, "daysAfterInitiation") },
    NoncurrentVersionExpiration: noncurrent && {
      NoncurrentDays: num(noncurrent, "noncurrentDays"),
      NewerNoncurrentVersions: num(noncurrent, "newerNoncurrentVersions"),
    },
    Transitions: some(rule, "transitions", (item) => ({
      Date: date(str(item, "date")),
      Days: num(item, "days"),
      StorageClass: str(item, "storageClass") as "GLACIER",
    })),
    NoncurrentVersionTransitions: some(rule, "noncurrentVersionTransitions", (item) => ({
      NoncurrentDays: num(item, "noncurrentDays"),
      NewerNoncurrentVersions: num(item, "newerNoncurrentVersions"),
      StorageClass: str(item, "storageClass") as "GLACIER",
    })),
  };
}

function some<T>(rule: PropertyMap, name: string, to: (item: PropertyMap) => T): T[] | undefined {
  const items = subs(rule, name);
  return items.length > 0 ? items.map(to) : undefined;
}

function toFilter(filter: PropertyMap): LifecycleRuleFilter {
  const and = sub(filter, "and");
  const one = sub(filter, "tag");
  if (and) return { And: { ...sizesOf(and), Tags: tagList(sub(and, "tags")) } };
  if (one) return { Tag: { Key: str(one, "key")!, Value: str(one, "value")! } };
  return sizesOf(filter);
}

function sizesOf(filter: PropertyMap) {
  return {
    Prefix: str(filter, "prefix"),
    ObjectSizeGreaterThan: num(filter, "objectSizeGreaterThan"),
    ObjectSizeLessThan: num(filter, "objectSizeLessThan"),
  };
}

function fromRule(rule: LifecycleRule): PropertyMap {
  const { Filter: filter, Expiration: expiration, NoncurrentVersionExpiration: noncurrent } = rule;
  const abort = rule.AbortIncompleteMultipartUpload;
  return compact({
    id: rule.ID,
    status: rule.Status,
    filter: filter && fromFilter(filter),
    expiration:
      expiration &&
      compact({
        date: expiration.Date?.toISOString(),
        days: expiration.Days,
        expiredObjectDeleteMarker: expiration.ExpiredObjectDeleteMarker,
      }),
    abortIncompleteMultipartUpload: abort && compact({ daysAfterInitiation: abort.DaysAfterInitiation }),
    noncurrentVersionExpiration:
      noncurrent &&
      compact({
        noncurrentDays: noncurrent.NoncurrentDays,
        newerNoncurrentVersions: noncurrent.NewerNoncurrentVersions,
      }),
    transitions: rule.Transitions?.map((item) =>
      compact({ date: item.Date?.toISOString(), days: item.Days, storageClass: item.StorageClass }),
    ),
    noncurrentVersionTransitions: rule.NoncurrentVersionTransitions?.map((item) =>
      compact({
        noncurrentDays: item.NoncurrentDays,
        newerNoncurrentVersions: item.NewerNoncurrentVersions,
        storageClass: item.StorageClass,
      }),
    ),
  });
}

function fromFilter(filter: LifecycleRuleFilter): PropertyMap {
  const { And: and, Tag: tag } = filter;
  return compact({
    prefix: filter.Prefix,
    objectSizeGreaterThan: filter.ObjectSizeGreaterThan,
    objectSizeLessThan: filter.ObjectSizeLessThan,
    tag: tag && { key: tag.Key ?? "", value: tag.Value ?? "" },
    and:
      and &&
      compact({
        prefix: and.Prefix,
        objectSizeGreaterThan: and.ObjectSizeGreaterThan,
        objectSizeLessThan: and.ObjectSizeLessThan,
        tags: tagMap(and.Tags as Tag[] | undefined),
      }),
  });
}
