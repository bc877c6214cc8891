/** A `pulumi-resource-sdk` as others write them: Pulumi's own server for Node, a component, its method, and a resource. */
import pulumi from "@pulumi/pulumi";
import provider from "@pulumi/pulumi/provider/index.js";

class Note extends pulumi.CustomResource {
  declare readonly text: pulumi.Output<string>;
  declare readonly length: pulumi.Output<number>;
  constructor(name: string, args: { text: pulumi.Input<string> }, options: pulumi.CustomResourceOptions) {
    super("sdk:index:Note", name, { length: undefined, ...args }, { version: "1.2.3", ...options });
  }
}

class Book extends pulumi.ComponentResource {
  readonly title: pulumi.Output<string>;
  readonly total: pulumi.Output<number>;
  constructor(name: string, inputs: pulumi.Inputs, options: pulumi.ComponentResourceOptions) {
    super("sdk:index:Book", name, inputs, options);
    const notes = [1, 2].map(
      (at) => new Note(`${name}-${at}`, { text: pulumi.interpolate`${inputs["title"]} ${at}` }, { parent: this }),
    );
    this.title = pulumi.output(inputs["title"] as string);
    this.total = pulumi.all(notes.map((note) => note.length)).apply((all) => all.reduce((sum, one) => sum + one, 0));
    this.registerOutputs({ title: this.title, total: this.total });
  }
}

const note: provider.Provider = {
  version: "1.2.3",
  async check(_urn, _olds, news) {
    return news["text"] === "" ? { failures: [{ property: "text", reason: "must not be empty" }] } : { inputs: news };
  },
  async diff(_id, _urn, olds, news) {
    const changes = olds["text"] !== news["text"];
    return { changes, replaces: changes && String(news["text"]).startsWith("!") ? ["text"] : [] };
  },
  create: async (_urn, inputs) => ({
    id: `note:${inputs["text"]}`,
    outs: { ...inputs, length: inputs["text"].length },
  }),
  update: async (_id, _urn, _olds, news) => ({ outs: { ...news, length: news["text"].length } }),
  delete: async () => undefined,
  async construct(name, type, inputs, options) {
    if (type !== "sdk:index:Book") throw new Error(`unknown component ${type}`);
    const { urn, title, total } = new Book(name, inputs, options);
    return { urn, state: { title, total } };
  },
  async call(token, inputs) {
    if (token !== "sdk:index:Book/praise") throw new Error(`unknown method ${token}`);
    return { outputs: { praise: pulumi.interpolate`${inputs["word"]} book` } };
  },
  invoke: async (_token, inputs) => ({ outputs: { upper: String(inputs["text"]).toUpperCase() } }),
};

void provider.main(note, process.argv.slice(2));
