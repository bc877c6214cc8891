/** Names of resources: `urn:pulumi:STACK::PROJECT::[PARENTTYPE$]TYPE::NAME`. Pure. */

export const rootStackType = "pulumi:pulumi:Stack";
const providerPrefix = "pulumi:providers:";

export interface UrnParts {
  stack: string;
  project: string;
  /** With the types of its parents: `my:Site$aws:s3/bucket:Bucket`. */
  qualifiedType: string;
  type: string;
  name: string;
}

export function makeUrn(
  stack: string,
  project: string,
  parent: string | undefined,
  type: string,
  name: string,
): string {
  const above = parent ? parseUrn(parent)?.qualifiedType : undefined;
  const qualified = above && above !== rootStackType ? `${above}$${type}` : type;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

/** Undefined when the text is no URN. */
export function parseUrn(urn: string): UrnParts | undefined {
  if (!urn.startsWith("urn:pulumi:")) return undefined;
  const parts = urn.slice("urn:pulumi:".length).split("::");
  if (parts.length < 4) return undefined;
  const [stack, project, qualifiedType, ...name] = parts as [string, string, string, ...string[]];
  const type = qualifiedType.slice(qualifiedType.lastIndexOf("$") + 1);
  return { stack, project, qualifiedType, type, name: name.join("::") };
}

/** `aws` of `aws:s3/bucket:Bucket`. */
export function packageOf(type: string): string {
  return isProviderType(type) ? type.slice(providerPrefix.length) : (type.split(":")[0] ?? "");
}

export function isProviderType(type: string): boolean {
  return type.startsWith(providerPrefix);
}

export function providerType(pkg: string): string {
  return providerPrefix + pkg;
}

/** Splits `URN::ID`; the id of a provider is a UUID, or the unknown word in a preview. */
export function parseReference(reference: string): { urn: string; id: string } | undefined {
  const cut = reference.lastIndexOf("::");
  if (cut < 0 || !parseUrn(reference.slice(0, cut))) return undefined;
  return { urn: reference.slice(0, cut), id: reference.slice(cut + 2) };
}
