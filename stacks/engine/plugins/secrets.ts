/**
 * Providers that know no secrets, as the engine talks to all: what they are asked is unwrapped, and in what they answer
 * the properties are secret that were secret in the question.
 */
import { PartialFailure, type Provider } from "../provider.ts";
import { type PropertyMap, Secret } from "../value.ts";
import { hasSecret, markSecrets, plain } from "../values/values.ts";

export function withoutSecrets(provider: Provider): Provider {
  const { remember, intentKey, prepare, adopt, call, construct, parameterize } = provider;
  return {
    package: provider.package,
    version: provider.version,
    acceptsSecrets: true,
    checkConfig: (request) => provider.checkConfig(request),
    diffConfig: (request) => provider.diffConfig(request),
    configure: (inputs, about) => provider.configure(plain(inputs), about),
    async check(request, context) {
      const { olds, news } = request;
      const answer = await provider.check({ ...request, olds: olds && plain(olds), news: plain(news) }, context);
      return { ...answer, inputs: markSecrets(answer.inputs, news) };
    },
    diff: ({ oldInputs, oldOutputs, newInputs, ...rest }, context) =>
      provider.diff(
        { ...rest, oldInputs: plain(oldInputs), oldOutputs: plain(oldOutputs), newInputs: plain(newInputs) },
        context,
      ),
    async create(request, context) {
      const made = await marking(request.inputs, () =>
        provider.create({ ...request, inputs: plain(request.inputs) }, context),
      );
      return { ...made, outputs: markSecrets(made.outputs, request.inputs) };
    },
    async update({ oldInputs, oldOutputs, newInputs, ...rest }, context) {
      const olds = { oldInputs: plain(oldInputs), oldOutputs: plain(oldOutputs) };
      const done = await marking(newInputs, () =>
        provider.update({ ...rest, ...olds, newInputs: plain(newInputs) }, context),
      );
      return { outputs: markSecrets(done.outputs, newInputs) };
    },
    async read({ inputs, outputs, ...rest }, context) {
      // An input that state does not have yet is as secret as the output of its name.
      const known = { ...outputs, ...inputs };
      const found = await marking(known, () =>
        provider.read({ ...rest, inputs: inputs && plain(inputs), outputs: outputs && plain(outputs) }, context),
      );
      return {
        ...found,
        inputs: found.inputs && markSecrets(found.inputs, known),
        outputs: markSecrets(markSecrets(found.outputs, outputs ?? {}), inputs ?? {}),
      };
    },
    delete: ({ inputs, outputs, ...rest }, context) =>
      provider.delete({ ...rest, inputs: plain(inputs), outputs: plain(outputs) }, context),
    async invoke(request, context) {
      const answer = await provider.invoke({ ...request, args: plain(request.args) }, context);
      if (!hasSecret(request.args)) return answer;
      const entries = Object.entries(answer.result).map(([key, value]) => [key, new Secret(value)] as const);
      return { ...answer, result: Object.fromEntries(entries) };
    },
    ...(remember ? { remember: (outputs) => remember.call(provider, outputs.map(plain)) } : {}),
    ...(call ? { call: (request, context) => call.call(provider, request, context) } : {}),
    ...(construct ? { construct: (request, context) => construct.call(provider, request, context) } : {}),
    ...(parameterize ? { parameterize: (parameters) => parameterize.call(provider, parameters) } : {}),
    secretOutputs: (type) => provider.secretOutputs(type),
    ...(intentKey ? { intentKey: (type, inputs) => intentKey.call(provider, type, plain(inputs)) } : {}),
    ...(prepare ? { prepare: (context) => prepare.call(provider, context) } : {}),
    ...(adopt
      ? {
          async adopt(request, context) {
            const found = await adopt.call(provider, { ...request, inputs: plain(request.inputs) }, context);
            return found && { ...found, outputs: markSecrets(found.outputs, request.inputs) };
          },
        }
      : {}),
    cancel: () => provider.cancel(),
    close: () => provider.close(),
  };
}

/** The same for what a resource is that came to be, and is not right. */
async function marking<T>(inputs: PropertyMap, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (!(cause instanceof PartialFailure)) throw cause;
    const { id, outputs, reasons } = cause;
    throw new PartialFailure({
      id,
      outputs: markSecrets(outputs, inputs),
      inputs: markSecrets(cause.inputs, inputs),
      reasons,
    });
  }
}
