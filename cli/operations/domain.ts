/**
 * `domain add` and `domain rm`: a name goes from one thing it awaits to the next, and each is kept with the app (or in the
 * foundation's state) before it is begun, so that the same command goes on from wherever one was cut off. Everything that
 * can be asked is asked before the first change. What is in DNS already goes only when somebody said so, and last.
 */
import { setTimeout as later } from "node:timers/promises";
import { Fault } from "../../blueprints/fault.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import type { Dns, Domain, MadeDomain, WantedRecord } from "../../stacks/deploy.ts";
import { findCloud } from "../clouds.ts";
import { domainFaults } from "../domain-errors.ts";
import { faults } from "../errors.ts";
import { readApps } from "../registry.ts";
import { installedApp } from "./again.ts";
import { appSite, type Site, signinSite, signinStack, tellApps } from "./domain-sites.ts";
import { atHome } from "./home.ts";
import type { DomainRequest } from "./request.ts";
import { lockOfThings } from "./things.ts";
import { type End, emitStart, enterCloud, lockAll, type Work } from "./work.ts";

type Domains = Awaited<ReturnType<Work["deploy"]["domains"]>>;

interface Turn {
  work: Work;
  cloud: Cloud;
  asked: DomainRequest;
  domains: Domains;
  /** Of Cloudflare: what was given now, or is kept. */
  token: string | undefined;
}

/** What `domain add` and `domain rm` take for sign-in. */
const signinName = "signin";

export async function changeDomain(work: Work): Promise<End> {
  const { request, paths, deploy, answers } = work;
  const asked = request.domain!;
  const config = await atHome(work, await findCloud(paths, request.cloud));
  if (config.target === "local") throw domainFaults.local(config.name);
  const name = request.ref ?? "";
  const running = readApps(paths, config.name).filter(({ state }) => state !== "kept");
  // Throws for an app that is not there.
  if (name !== signinName) installedApp(work, config.name);
  emitStart(work, config.name, [name]);
  const cloud = await enterCloud(work, config);
  const along = name === signinName ? undefined : await signinAlong(work, cloud);
  const everything = name === signinName || along !== undefined;
  const locks = everything ? [signinStack, lockOfThings, ...running.map((app) => app.name)] : [name];
  const release = await lockAll(work, config.name, locks);
  try {
    const domains = await deploy.domains();
    const token = answers.cloudflare ?? (await domains.keptToken(cloud));
    const turn: Turn = { work, cloud, asked, domains, token };
    const site = name === signinName ? await signinSite(work, cloud) : await appSite(work, cloud, name);
    const outcome = asked.action === "add" ? await add(turn, site) : await remove(turn, site);
    if (along !== undefined) await goAlong(turn, along);
    return { exitCode: 0, cloud: config.name, apps: [outcome ?? { name }] };
  } finally {
    release();
  }
}

/** The host that sign-in gets beside the first name of a cloud; undefined when it stays where it is. */
async function signinAlong({ request, deploy }: Work, cloud: Cloud): Promise<string | undefined> {
  const { action, host, signin } = request.domain!;
  if (action === "rm" || signin === "keep") return undefined;
  const foundation = await deploy.foundationOutputs(cloud);
  if (!foundation || foundation.domains.length > 0) return undefined;
  const [first, ...parent] = host.split(".");
  return signin ?? `${signinName}.${parent.length > 1 ? parent.join(".") : `${first}.${parent.join(".")}`}`;
}

/** Only where nobody has to write anything by hand, and nothing is in the way: the name that was asked for is there. */
async function goAlong(turn: Turn, host: string): Promise<void> {
  const { work, asked, cloud } = turn;
  const how = `freehold domain add ${signinName} ${host}`;
  const { replaces: _, front: __, ...rest } = asked;
  const next: Turn = { ...turn, asked: { ...rest, host, replaces: false } };
  const dns = await dnsOf(next);
  if (dns.at === "by-hand" && asked.signin === undefined)
    return say(work, `Sign-in stays where it is. This gives it a name, too: ${how}`);
  if ((await found(next, dns, host)).length > 0)
    return say(work, `Sign-in stays where it is: ${host} leads somewhere else already. Another name: ${how}`);
  await add(next, await signinSite(work, cloud));
}

async function remove(turn: Turn, site: Site): ReturnType<Site["bring"]> {
  const { work, asked, cloud } = turn;
  const all = await site.domains();
  const rest = all.filter(({ host }) => host !== asked.host);
  if (rest.length === all.length && !(await wasCutOff(turn, site)))
    throw domainFaults.unknown(
      site.name,
      asked.host,
      all.map(({ host }) => host),
    );
  // Nobody is sent to a name that is about to go.
  if (site.name === signinName) await tellApps(work, cloud, rest);
  const outcome = await site.bring(rest);
  for (const one of all.filter(({ host, dns }) => host === asked.host && dns.at === "by-hand"))
    say(work, `The records of ${one.host} that were written by hand are good for nothing any more.`);
  return outcome;
}

/** The name is none any more, but what was made for it is not all gone, or the app was not told that it is up again. */
async function wasCutOff({ work, asked, cloud, domains }: Turn, { name, stack }: Site): Promise<boolean> {
  const halfMade = readApps(work.paths, cloud.name).some((app) => app.name === name && app.state === "partial");
  return halfMade || (await domains.hasPartsOf(cloud, stack, asked.host));
}

async function add(turn: Turn, site: Site): ReturnType<Site["bring"]> {
  const { work, asked, cloud } = turn;
  const { host } = asked;
  const before = await stillGood(turn, site);
  let domain = before ? changed(before, asked) : await begin(turn, site);
  let outcome = await issued(turn, site, () => bring(site, domain));
  if (domain.awaits === "certificate") {
    domain = await proven(turn, domain, await madeOf(turn, site, host));
    outcome = await issued(turn, site, () => bring(site, domain));
  }
  if (domain.awaits === "address") {
    await leading(turn, domain, await madeOf(turn, site, host));
    const { awaits: _, ...done } = domain;
    outcome = await bring(site, done);
  }
  if (site.name === signinName) await tellApps(work, cloud, await site.domains());
  return outcome;
}

/** As it is known; with a certificate that never will be one it goes, so that another is asked for. */
async function stillGood({ work, asked, cloud, domains }: Turn, site: Site): Promise<Domain | undefined> {
  const all = await site.domains();
  const before = all.find(({ host }) => host === asked.host);
  if (!before) return undefined;
  const arn = await arnOf(domains, cloud, site, asked.host);
  const refused = arn && (await domains.certificateState(cloud, arn))?.refused;
  if (!refused) return before;
  say(work, `The certificate of ${asked.host} is good for nothing (${refused}). Another one is asked for.`);
  await site.bring(all.filter((one) => one !== before));
  return undefined;
}

async function arnOf(domains: Domains, cloud: Cloud, { stack }: Site, host: string): Promise<string | undefined> {
  return (await domains.madeDomains(cloud, stack)).find((one) => one.host === host)?.certificateArn;
}

/** Throws `certificate-refused` where that is why it failed. */
async function issued<T>({ work, asked, cloud, domains }: Turn, site: Site, bring: () => Promise<T>): Promise<T> {
  try {
    return await bring();
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "deployment-failed") throw error;
    const arn = await arnOf(domains, cloud, site, asked.host);
    const refused = arn && (await domains.certificateState(cloud, arn))?.refused;
    if (!refused) throw error;
    throw domainFaults.certificate(asked.host, refused, againFor(work, asked), error);
  }
}

const againFor = ({ request }: Work, { host }: DomainRequest): string => `freehold domain add ${request.ref} ${host}`;

/** Another front in place: what is new is there before what was goes. By hand nobody could follow in time. */
function changed(domain: Domain, { front, host }: DomainRequest): Domain {
  if (front === undefined || front === domain.front) return domain;
  if (domain.dns.at === "by-hand" && domain.awaits === undefined)
    throw domainFaults.bad(host, "has its record by hand, which cannot change at the same moment; remove it first");
  return { ...domain, front };
}

/** Everything that can be wrong is found here, and nothing is changed. */
async function begin(turn: Turn, site: Site): Promise<Domain> {
  const { asked, work, cloud, domains } = turn;
  const { host, front = "http-api" } = asked;
  for (const { name, domains: theirs = [] } of readApps(work.paths, cloud.name))
    if (theirs.some((one) => one.host === host) && name !== site.name) throw domainFaults.taken(host, name);
  if (site.name !== signinName) {
    const foundation = await work.deploy.foundationOutputs(cloud);
    if (foundation?.domains.some((one) => one.host === host)) throw domainFaults.taken(host, signinName);
  }
  await checkRoom(site, host);
  const dns = await dnsOf(turn);
  await refuseOthers(turn, dns);
  if (work.answers.cloudflare !== undefined && dns.at === "cloudflare")
    await domains.keepToken(cloud, work.answers.cloudflare);
  const where = "zone" in dns ? `in the zone ${dns.zone} of ${dns.at}` : "written by hand";
  say(work, `${host}: its records are ${where}.`);
  return { host, front, dns, awaits: "certificate" };
}

/** Each name has a grant among the 20 KB of a function's policy, and three of the longest fill one of its 50 tags. */
const mostNames = 30;

/** Throws `domain-too-many`. */
async function checkRoom(site: Site, host: string): Promise<void> {
  const hosts = [...(await site.domains()).map((one) => one.host), host];
  if (hosts.length > mostNames) throw domainFaults.tooMany(site.name, host, `it has ${mostNames}, which is the most`);
  if (Buffer.byteLength(JSON.stringify(hosts)) > (await site.room()))
    throw domainFaults.tooMany(site.name, host, "with its routes they are more than Lambda's 4 KB hold");
}

/** Where the name's DNS is. Route 53 is of this account, and asked first; nothing else is guessed. */
async function dnsOf({ asked, cloud, domains, token, work }: Turn): Promise<Dns> {
  const { host, dns } = asked;
  if (dns === "by-hand") return { at: "by-hand" };
  const found = dns === "cloudflare" ? undefined : await domains.route53Zone(cloud, host);
  if (found) return found;
  if (dns === "route53") throw domainFaults.noZone(host, "Route 53");
  if (token === undefined && dns === "cloudflare") throw domains.domainFaults.tokenNeeded(host);
  const there =
    token === undefined ? undefined : await domains.cloudflareZone(cloud, host, { token, signal: work.signal });
  if (there) return there;
  if (dns === "cloudflare") throw domainFaults.noZone(host, "Cloudflare");
  return { at: "by-hand" };
}

const found = ({ domains, cloud, token, work }: Turn, dns: Dns, name: string, all = false) =>
  domains.recordsThere(cloud, dns, name, { token, signal: work.signal }, all);

/** Answers what the name leads to already, and may go. Throws `domain-records-there`. */
async function refuseOthers(turn: Turn, dns: Dns) {
  const { asked, work } = turn;
  const records = await found(turn, dns, asked.host);
  if (records.length > 0 && !asked.replaces) throw domainFaults.recordsThere(records, againFor(work, asked));
  return records;
}

async function bring(site: Site, domain: Domain): ReturnType<Site["bring"]> {
  const all = await site.domains();
  const at = all.findIndex(({ host }) => host === domain.host);
  return site.bring(at < 0 ? [...all, domain] : all.with(at, domain));
}

async function madeOf({ domains, cloud }: Turn, { stack }: Site, host: string): Promise<MadeDomain> {
  const made = (await domains.madeDomains(cloud, stack)).find((one) => one.host === host);
  if (!made) throw faults.notConnected(stack);
  return made;
}

/** Once the record that proves the name is there, or will be with the next step. */
async function proven(turn: Turn, domain: Domain, { certificateArn, records }: MadeDomain): Promise<Domain> {
  const proof = records.find(({ purpose }) => purpose === "certificate")!;
  const { host, dns } = domain;
  if (dns.at === "by-hand") {
    await issuedByHand(turn, host, certificateArn, proof);
    return { ...domain, awaits: "address" };
  }
  // Of another certificate of this account for the same name: it proves this one as well, and is not ours.
  const same = (await found(turn, dns, proof.name, true)).some(
    ({ type, value }) => type === "CNAME" && value.replace(/\.$/, "") === proof.value,
  );
  const inTheWay = (await found(turn, dns, host)).length > 0;
  const { awaits: _, ...rest } = domain;
  return { ...rest, ...(same ? { proved: true as const } : {}), ...(inTheWay ? { awaits: "address" as const } : {}) };
}

const pollMs = 5_000;

async function issuedByHand(turn: Turn, host: string, arn: string, proof: WantedRecord): Promise<void> {
  const { domains, cloud } = turn;
  await byHand(turn, proof, async () => {
    const state = await domains.certificateState(cloud, arn);
    if (state?.refused) throw domainFaults.certificate(host, state.refused, againFor(turn.work, turn.asked));
    return state?.status === "ISSUED";
  });
}

/** What is in the way goes now that what takes its place is ready; by hand, a person is waited for. */
async function leading(turn: Turn, { host, dns }: Domain, { records }: MadeDomain): Promise<void> {
  const { work, domains } = turn;
  if (dns.at === "by-hand") {
    const address = records.find(({ purpose }) => purpose === "address")!;
    const servers = (process.env["FREEHOLD_DNS_SERVERS"] ?? "").split(",").filter(Boolean);
    return byHand(turn, address, () => domains.leadsThere(address, servers));
  }
  for (const { name, type, value, remove } of await refuseOthers(turn, dns)) {
    await remove();
    say(work, `The record ${name} ${type} ${value} is gone: ${host} leads here now.`, [{ name, type, value }]);
  }
}

/** Shows a record, and waits until it is there. Throws `domain-records-needed`, `interrupted`. */
async function byHand({ work, asked }: Turn, record: WantedRecord, isThere: () => Promise<boolean>): Promise<void> {
  if (await isThere()) return;
  const { name, type, value, purpose } = record;
  const what = purpose === "certificate" ? "proves that the name is yours" : "leads there";
  say(work, `To be written into DNS, which ${what}:\n  ${name}  ${type}  ${value}`, [{ name, type, value }]);
  const again = againFor(work, asked);
  if (!asked.waits) throw domainFaults.recordsNeeded(asked.host, again);
  say(work, `Waiting for it. Ctrl-C leaves, and this goes on later: ${again}`);
  while (!(await isThere())) {
    await later(pollMs, undefined, { signal: work.signal }).catch(() => undefined);
    if (work.signal.aborted) throw domainFaults.interrupted(asked.host, again);
  }
}

function say({ emit }: Work, message: string, records?: WantedRecordLine[]): void {
  emit({ type: "note", level: "info", message, ...(records ? { records } : {}) });
}

type WantedRecordLine = Pick<WantedRecord, "name" | "value"> & { type: string };
