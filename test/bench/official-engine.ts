/** Takes the embedded engine's place in a bundle: the official one, from the folder that OFFICIAL_PULUMI names. */
import { PulumiCommand } from "@pulumi/pulumi/automation/cmd.js";

const official = await PulumiCommand.get({ root: process.env["OFFICIAL_PULUMI"]! });
export const embeddedEngine = (): PulumiCommand => official;
