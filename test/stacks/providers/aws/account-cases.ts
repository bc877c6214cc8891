/** Lives of what an organization's owner has: accounts of others. */
import { type Case, fresh, type Life, tags } from "./cases.ts";

export const accountCases: { [title: string]: Case } = {
  account: async (): Promise<Life> => {
    const base = { name: fresh("life"), email: `${fresh("life")}@family.example` };
    return {
      type: "aws:organizations/account:Account",
      create: { ...base, tags },
      outputs: { arn: /^arn:aws:organizations::\d{12}:account\//, status: "ACTIVE", joinedMethod: "CREATED" },
      steps: [
        { change: "tags", inputs: { ...base, tags: { ...tags, more: "yes" } } },
        { change: "what becomes of it, and no tags", inputs: { ...base, closeOnDeletion: true } },
        { change: "address", inputs: { ...base, email: "other@family.example" }, replaces: ["email"] },
      ],
    };
  },
};
