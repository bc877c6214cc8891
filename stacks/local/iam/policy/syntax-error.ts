/** What is wrong with a policy document, in the text with which AWS refuses it. */
export class PolicySyntaxError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "PolicySyntaxError";
  }
}
