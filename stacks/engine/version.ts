/** Whose command line this engine speaks: the version of the SDK it is built with, which the SDK asks for. */
export const pulumiVersion = "3.270.0";
