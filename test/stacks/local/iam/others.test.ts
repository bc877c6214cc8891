/** Identity providers, roles of AWS's services, the account's alias, and every operation that is not served. */
import * as sdk from "@aws-sdk/client-iam";
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateAccountAliasCommand,
  CreateOpenIDConnectProviderCommand,
  CreateServiceLinkedRoleCommand,
  DeleteAccountAliasCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteRoleCommand,
  DeleteServiceLinkedRoleCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  IAMClient,
  ListAccountAliasesCommand,
  ListOpenIDConnectProvidersCommand,
  ListOpenIDConnectProviderTagsCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";

let cloud: TestCloud;
let iam: IAMClient;
beforeAll(async () => {
  cloud = await startTestCloud({ checked: true });
  iam = new IAMClient(cloud.config);
});
afterAll(async () => {
  iam.destroy();
  await cloud.close();
});

describe("identity providers", () => {
  // Web identity asks for exactly these: the issuer, who may use it, and nothing that was taken back.
  test("are kept with their clients, thumbprints and tags", async () => {
    const Url = "https://token.example.com/path/";
    const made = await iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url,
        ClientIDList: ["one"],
        ThumbprintList: ["a".repeat(40)],
        Tags: [{ Key: "a", Value: "1" }],
      }),
    );
    const OpenIDConnectProviderArn = made.OpenIDConnectProviderArn;
    expect(OpenIDConnectProviderArn).toBe("arn:aws:iam::123456789012:oidc-provider/token.example.com/path");
    await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: "two" }));
    await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: "two" }));
    await iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: "one" }));
    const ThumbprintList = ["b".repeat(40)];
    await iam.send(new UpdateOpenIDConnectProviderThumbprintCommand({ OpenIDConnectProviderArn, ThumbprintList }));
    await iam.send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: [{ Key: "b", Value: "2" }] }));
    expect(await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))).toMatchObject({
      Url: "token.example.com/path",
      ClientIDList: ["two"],
      ThumbprintList,
    });
    const { Tags } = await iam.send(new ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn }));
    expect(Tags).toHaveLength(2);
    await expect(iam.send(new CreateOpenIDConnectProviderCommand({ Url }))).rejects.toMatchObject({
      name: "EntityAlreadyExistsException",
      message: `Provider with url ${Url} already exists.`,
    });
    const { OpenIDConnectProviderList } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
    expect(OpenIDConnectProviderList).toEqual([{ Arn: OpenIDConnectProviderArn }]);
    await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
    await expect(iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
      message: `OpenId connect Provider ${OpenIDConnectProviderArn} cannot be found.`,
    });
    await expect(iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
  });

  // Whoever writes http, or another's thumbprint, would trust what nobody vouches for.
  test("are refused with a bad address or thumbprint", async () => {
    for (const Url of ["http://token.example.com", "token.example.com", "https://token.example.com?a=b"])
      await expect(iam.send(new CreateOpenIDConnectProviderCommand({ Url })), Url).rejects.toMatchObject({
        name: "ValidationError",
        message: "Invalid Open ID Connect Provider URL",
      });
    await expect(
      iam.send(new CreateOpenIDConnectProviderCommand({ Url: "https://a.example.com", ThumbprintList: ["short"] })),
    ).rejects.toMatchObject({ name: "ValidationError" });
  });
});

describe("roles of AWS's services", () => {
  // Programs make them once and ask how their deletion went; by hand they cannot be deleted.
  test("are made, protected, and deleted by a task", async () => {
    const AWSServiceName = "replication.dynamodb.amazonaws.com";
    const { Role } = await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName, Description: "d" }));
    const RoleName = "AWSServiceRoleForDynamoDBReplication";
    expect(Role).toMatchObject({
      RoleName,
      Path: `/aws-service-role/${AWSServiceName}/`,
      Arn: `arn:aws:iam::123456789012:role/aws-service-role/${AWSServiceName}/${RoleName}`,
    });
    await expect(iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName }))).rejects.toMatchObject({
      name: "InvalidInputException",
      message: `Service role name ${RoleName} has been taken in this account, please try a different suffix.`,
    });
    await expect(iam.send(new DeleteRoleCommand({ RoleName }))).rejects.toMatchObject({
      name: "UnmodifiableEntityException",
    });
    const { DeletionTaskId } = await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }));
    const { Status } = await iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
    expect(Status).toBe("SUCCEEDED");
    await expect(iam.send(new GetRoleCommand({ RoleName }))).rejects.toMatchObject({ name: "NoSuchEntityException" });
    await expect(
      iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId: "task/none" })),
    ).rejects.toMatchObject({ name: "NoSuchEntityException" });
  });
});

describe("the account's alias", () => {
  // There is one, and deleting another is an error.
  test("is set, replaced, listed and deleted", async () => {
    await iam.send(new CreateAccountAliasCommand({ AccountAlias: "first" }));
    await iam.send(new CreateAccountAliasCommand({ AccountAlias: "second" }));
    expect((await iam.send(new ListAccountAliasesCommand({}))).AccountAliases).toEqual(["second"]);
    await expect(iam.send(new DeleteAccountAliasCommand({ AccountAlias: "first" }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
    await iam.send(new DeleteAccountAliasCommand({ AccountAlias: "second" }));
    expect((await iam.send(new ListAccountAliasesCommand({}))).AccountAliases).toEqual([]);
    await expect(iam.send(new CreateAccountAliasCommand({ AccountAlias: "No-" }))).rejects.toMatchObject({
      name: "ValidationError",
    });
  });
});

/** What the local cloud does not have, as docs/local-cloud.md says: console, certificates, SAML, MFA, EC2, organizations. */
const refused =
  /LoginProfile|ChangePassword|PasswordPolicy|MFADevice|SSHPublicKey|ServerCertificate|SigningCertificate|ServiceSpecificCredential|SAMLProvider|InstanceProfile$|InstanceProfiles$|InstanceProfileTags|CredentialReport|AccessReport|LastAccessed|Organizations|DelegationRequest|DelegationToken|OutboundWebIdentity|SecurityTokenServicePreferences|PoliciesGrantingServiceAccess|HumanReadableSummary|AcquireRole|AccountProperties|RoleTemplateVersion|UpdateOpenIDConnectProvider$/;

describe("every operation of the SDK", () => {
  // Nothing may be a silent success: an operation is served, or refused by its name.
  test("is served or refused by name", async () => {
    const commands = Object.entries(sdk).flatMap(([name, value]) =>
      /^[A-Z]\w+Command$/.test(name) && typeof value === "function"
        ? [[name.slice(0, -"Command".length), value] as const]
        : [],
    );
    expect(commands.length).toBeGreaterThan(150);
    const unknown: string[] = [];
    for (const [name, Command] of commands) {
      const answer = await iam.send(new (Command as new (input: object) => never)({})).then(
        () => undefined,
        (error: Error) => error,
      );
      if (answer?.name !== "InvalidAction") continue;
      expect(answer.message).toBe(`${name} is not supported by this local cloud.`);
      unknown.push(name);
    }
    expect(unknown.filter((name) => !refused.test(name))).toEqual([]);
    const served = commands.map(([name]) => name).filter((name) => !unknown.includes(name));
    expect(served.filter((name) => refused.test(name))).toEqual([]);
  });
});
