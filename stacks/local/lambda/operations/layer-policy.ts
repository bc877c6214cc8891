/** AddLayerVersionPermission, RemoveLayerVersionPermission, GetLayerVersionPolicy. */
import { randomUUID } from "node:crypto";
import type { Core } from "../core.ts";
import { invalid, notFound, revisionMismatch } from "../errors.ts";
import type { LayerVersionRecord } from "../layer-records.ts";
import type { PolicyStatement } from "../records.ts";
import type { Request, Route } from "../router.ts";
import { layerArn, layerName, layerVersionNumber } from "./layers.ts";
import { policyDocument, principalOf, refuseTaken, refuseTooLong } from "./policy.ts";

const base = "/2018-10-31/layers/{layer}/versions/{version}/policy";

export function layerPolicyRoutes(core: Core): Route[] {
  return [
    { name: "AddLayerVersionPermission", at: `POST ${base}`, status: 201, run: (request) => add(core, request) },
    { name: "GetLayerVersionPolicy", at: `GET ${base}`, status: 200, run: (request) => get(core, request) },
    {
      name: "RemoveLayerVersionPermission",
      at: `DELETE ${base}/{sid}`,
      status: 204,
      run: (request) => remove(core, request),
    },
  ];
}

interface Place {
  /** Null: a layer of another account or region. */
  name: string | null;
  version: string;
  arn: string;
}

function placeOf(core: Core, { params }: Request): Place {
  const version = layerVersionNumber(params["version"]!);
  const name = layerName(core, params["layer"]!);
  return { name, version, arn: name === null ? `${params["layer"]}:${version}` : layerArn(core, name, version) };
}

const missing = ({ arn }: Place): Error => notFound(`Layer version ${arn} does not exist.`);

function change<T>(core: Core, place: Place, edit: (record: LayerVersionRecord) => T): Promise<T> {
  if (place.name === null) throw missing(place);
  return core.layers.change(place.name, (layer) => {
    const record = layer.versions[place.version];
    if (!record) throw missing(place);
    return edit(record);
  });
}

function checkRevision(record: LayerVersionRecord, wanted: string | null): void {
  if (wanted && wanted !== record.policy?.revisionId) throw revisionMismatch("GetLayerPolicy");
}

async function add(core: Core, request: Request): Promise<unknown> {
  const { input } = request;
  if (input.OrganizationId && input.Principal !== "*")
    throw invalid("OrganizationId is only supported for the principal *");
  const place = placeOf(core, request);
  return change(core, place, (record) => {
    const statements = record.policy?.statements ?? [];
    refuseTaken(statements, input.StatementId);
    checkRevision(record, request.query.get("RevisionId"));
    const statement: PolicyStatement = {
      Sid: input.StatementId,
      Effect: "Allow",
      Principal: principalOf(input.Principal),
      Action: input.Action,
      Resource: place.arn,
      ...(input.OrganizationId && { Condition: { StringEquals: { "aws:PrincipalOrgID": input.OrganizationId } } }),
    };
    const all = [...statements, statement];
    refuseTooLong(all);
    record.policy = { revisionId: randomUUID(), statements: all };
    return { Statement: JSON.stringify(statement), RevisionId: record.policy.revisionId };
  });
}

function get(core: Core, request: Request): unknown {
  const place = placeOf(core, request);
  const record = place.name === null ? undefined : core.layers.get(place.name)?.versions[place.version];
  if (!record) throw missing(place);
  if (!record.policy) throw notFound("No policy is associated with the given resource.");
  return { Policy: policyDocument(record.policy.statements), RevisionId: record.policy.revisionId };
}

async function remove(core: Core, request: Request): Promise<void> {
  const place = placeOf(core, request);
  const sid = request.params["sid"]!;
  await change(core, place, (record) => {
    checkRevision(record, request.query.get("RevisionId"));
    const statements = record.policy?.statements ?? [];
    const left = statements.filter(({ Sid }) => Sid !== sid);
    if (left.length === statements.length) throw notFound(`Statement ${sid} is not found in resource policy.`);
    if (left.length === 0) delete record.policy;
    else record.policy = { revisionId: randomUUID(), statements: left };
  });
}
