/**
 * The environment that keeps the official engine from what is of no use here. It looks on the internet for the
 * providers that are in state, though they are attached, five times with growing pauses: three seconds an operation.
 * Its garbage collector is a tenth of a process that lives for half a second.
 */
export const offline = {
  PULUMI_SKIP_UPDATE_CHECK: "true",
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  GOGC: "400",
};
