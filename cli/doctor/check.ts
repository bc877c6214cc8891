/** One check of `doctor`: what was looked at, what was found, and what to do about it. Never throws what it finds. */
import type { Check, CheckState } from "../../stacks/deploy.ts";

export type Found = Pick<Check, "state" | "detail"> & { next?: string };

export const found = (state: CheckState, detail: string, next?: string): Found => ({
  state,
  detail,
  ...(next ? { next } : {}),
});

export const needsIdentity: Found = found("skipped", "Needs an identity.");

/** What goes wrong while looking is what is wrong, with the place's own advice. */
export async function check(id: string, title: string, look: () => Found | Promise<Found>): Promise<Check> {
  try {
    return { id, title, ...(await look()) };
  } catch (error) {
    const { detail, message, next } = error as { detail?: string; message: string; next?: string };
    return { id, title, ...found("fail", detail ?? message, next) };
  }
}
