/**
 * What this engine's monitor carries out, in both ways SDKs ask: one list, or one question a feature. What is not in
 * this table is not promised, and refused by name where it is asked for all the same (state migrations).
 */
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";

const { ResourceMonitorFeature: F } = resourcePb;

export const features: { readonly [id: string]: number } = {
  secrets: F.RESOURCE_MONITOR_FEATURE_SECRETS,
  resourceReferences: F.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
  outputValues: F.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
  aliasSpecs: F.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
  replacementTrigger: F.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
  deletedWith: F.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
  replaceWith: F.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
  transforms: F.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
  invokeTransforms: F.RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS,
  parameterization: F.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION,
  resourceHooks: F.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
  errorHooks: F.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
  sendsOptionsToHooks: F.RESOURCE_MONITOR_FEATURE_SENDS_OPTIONS_TO_HOOKS,
  byteString: F.RESOURCE_MONITOR_FEATURE_BYTE_STRING,
  invokeDependsOn: F.RESOURCE_MONITOR_FEATURE_INVOKE_DEPENDS_ON,
  invokeParent: F.RESOURCE_MONITOR_FEATURE_INVOKE_PARENT,
  invokeOutputValues: F.RESOURCE_MONITOR_FEATURE_INVOKE_OUTPUT_VALUES,
  callOutputValues: F.RESOURCE_MONITOR_FEATURE_CALL_OUTPUT_VALUES,
};
