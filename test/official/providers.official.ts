/** Providers: default, explicit, inherited, changed; what they are configured with, and what they are asked. */
import * as pulumi from "@pulumi/pulumi";
import { parity } from "./support/parity.ts";
import { Group, Other, OtherProvider, TestProvider, Thing } from "./support/resources.ts";

parity("providers", [
  {
    name: "provider-explicit",
    title: "an explicit provider is made first, used, and goes last",
    operations: [
      {
        op: "preview",
        program: () => void new Thing("a", { value: "1" }, { provider: new TestProvider("p", { region: "x" }) }),
      },
      { op: "up" },
      { op: "up" },
      { op: "destroy" },
    ],
  },
  {
    name: "provider-changed",
    title: "a provider whose configuration changes is updated, and its resources are not",
    operations: [
      {
        op: "up",
        program: () => void new Thing("a", { value: "1" }, { provider: new TestProvider("p", { region: "x" }) }),
      },
      {
        op: "preview",
        program: () => void new Thing("a", { value: "1" }, { provider: new TestProvider("p", { region: "y" }) }),
      },
      { op: "up" },
    ],
  },
  {
    name: "provider-replaced",
    title: "a provider that DiffConfig replaces takes its resources along",
    operations: [
      {
        op: "up",
        program: () => void new Thing("a", { value: "1" }, { provider: new TestProvider("p", { force: "x" }) }),
      },
      {
        op: "preview",
        program: () => void new Thing("a", { value: "1" }, { provider: new TestProvider("p", { force: "y" }) }),
      },
      { op: "up" },
    ],
  },
  {
    name: "provider-replaced-delete-first",
    title: "a provider that is deleted before it is replaced",
    operations: [
      {
        op: "up",
        script: { p: { deleteBeforeReplace: true } },
        program: () => void new Thing("a", { value: "1" }, { provider: new TestProvider("p", { force: "x" }) }),
      },
      {
        op: "up",
        program: () => void new Thing("a", { value: "1" }, { provider: new TestProvider("p", { force: "y" }) }),
      },
    ],
  },
  {
    name: "provider-switched",
    title: "a resource that goes to another provider stays, unless its DiffConfig says otherwise",
    operations: [
      {
        op: "up",
        program: () => {
          const p = new TestProvider("p", { region: "x" });
          new TestProvider("q", { region: "x" });
          new Thing("a", { value: "1" }, { provider: p });
        },
      },
      {
        op: "up",
        program: () => {
          new TestProvider("p", { region: "x" });
          const q = new TestProvider("q", { region: "x" });
          new Thing("a", { value: "1" }, { provider: q });
        },
      },
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
    ],
  },
  {
    name: "provider-inherited",
    title: "components hand providers to their children, each to those of its package",
    operations: [
      {
        op: "up",
        program: () => {
          const p = new TestProvider("p", { region: "x" });
          const o = new OtherProvider("o", { region: "y" });
          const group = new Group("g", {}, { providers: [p, o] });
          const inner = new Group("inner", {}, { parent: group });
          new Thing("a", {}, { parent: inner });
          new Other("b", {}, { parent: inner });
          new Other("c", {}, { parent: new Group("h", {}, { provider: p }) });
          new Thing("d", {}, { parent: new Thing("e", {}, { provider: p }) });
        },
      },
      { op: "destroy" },
    ],
  },
  {
    name: "provider-default-version",
    title: "a default provider of another version takes over without a replacement",
    operations: [
      { op: "up", program: () => void new Thing("a", { value: "1" }) },
      { op: "up", program: () => void new Thing("a", { value: "1" }, { version: "1.1.0" }) },
      { op: "destroy" },
    ],
  },
  {
    name: "provider-config",
    title: "a default provider is configured from the stack's configuration, secrets too",
    operations: [
      {
        op: "up",
        config: {
          "test:region": { value: "x" },
          "test:key": { value: "hidden", secret: true },
          "proj:own": { value: "1" },
        },
        program: () => ({ own: new pulumi.Config().get("own"), a: new Thing("a", {}).arn }),
      },
      { op: "up", config: { "test:region": { value: "y" } } },
      { op: "up", config: { "test:force": { value: "y" } } },
    ],
  },
  {
    name: "provider-unknown-config",
    title: "a provider whose configuration is not known yet is not asked in a preview",
    operations: [
      {
        op: "preview",
        program: () => {
          const a = new Thing("a", { value: "1" });
          const p = new TestProvider("p", { region: a.arn });
          new Thing("b", { value: "1" }, { provider: p });
        },
      },
      { op: "up" },
    ],
  },
  {
    name: "provider-unknown-config-later",
    title: "in a preview, resources of such a provider are taken for changed",
    operations: [
      {
        op: "up",
        program: () => void new Thing("b", { value: "1" }, { provider: new TestProvider("p", { region: "x" }) }),
      },
      {
        op: "preview",
        program: () => {
          const a = new Thing("a", { value: "1" });
          new Thing("b", { value: "1" }, { provider: new TestProvider("p", { region: a.arn }) });
        },
      },
    ],
  },
  {
    name: "provider-denied",
    title: "a default provider that is denied is an error",
    operations: [
      {
        op: "up",
        config: { "pulumi:disable-default-providers": { value: '["test"]' } },
        program: () => void new Thing("a", { value: "1" }),
      },
    ],
  },
  {
    name: "provider-check-failure",
    title: "a provider whose configuration is refused",
    operations: [
      {
        op: "up",
        script: { p: { failures: [{ property: "region", reason: "no such region" }] } },
        program: () => void new Thing("a", {}, { provider: new TestProvider("p", { region: "x" }) }),
      },
    ],
  },
  {
    name: "invoke",
    title: "functions: plain, of outputs, secret, failing, and with failures by property",
    operations: [
      {
        op: "up",
        script: { "test:index:hide": { result: { hidden: "x", n: 1 } } },
        program: async () => {
          const options = { version: "1.0.0" };
          const a = new Thing("a", { value: "1" });
          const plain = await pulumi.runtime.invoke("test:index:echo", { say: "hello" }, options);
          const later = pulumi.runtime.invokeOutput("test:index:echo", { say: a.arn }, options);
          const secret = pulumi.runtime.invokeOutput("test:index:echo", { say: pulumi.secret("s") }, options);
          return { plain, later, secret, hidden: await pulumi.runtime.invoke("test:index:hide", {}, options) };
        },
      },
      {
        op: "up",
        script: { "test:index:echo": { fail: { invoke: "no such luck" } } },
        program: async () => void (await pulumi.runtime.invoke("test:index:echo", { say: 1 }, { version: "1.0.0" })),
      },
      {
        op: "up",
        script: { "test:index:echo": { failures: [{ property: "say", reason: "too loud" }] } },
      },
    ],
  },
  {
    name: "invoke-unknown",
    title: "a function of what is not known yet is not called in a preview, nor one that depends on it",
    operations: [
      {
        op: "preview",
        program: () => {
          const a = new Thing("a", { value: "1" });
          const options = { version: "1.0.0" };
          return {
            of: pulumi.runtime.invokeOutput("test:index:echo", { say: a.arn }, options),
            after: pulumi.runtime.invokeOutput("test:index:echo", { say: "x" }, { ...options, dependsOn: [a] }),
          };
        },
      },
      { op: "up" },
    ],
  },
]);
