/**
 * `domain add` and `domain rm`: a name goes from one thing it awaits to the next, and each is kept with the app (or in the
 * foundation's state) before it is begun, so that the same command goes on from wherever one was cut off. Everything that
 * can be asked is asked before the first change. What is in DNS already goes only when somebody said so, and last.
 */
import { setTimeout as later } from "node:timers/promises";
import { domainToUnicode } from "node:url";
import { Fault } from "../../blueprints/fault.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import type { Dns, Domain, MadeDomain, WantedRecord } from "../../stacks/deploy.ts";
import { findCloud } from "../clouds.ts";
import { domainFaults } from "../domain-errors.ts";
import { faults } from "../errors.ts";
import { longestHost } from "../host-name.ts";
import { readApp, readApps } from "../registry.ts";
import { installedApp } from "./again.ts";
import {
  againFor,
  cloudflarePlace,
  dnsServers,
  givenToken,
  ownerOf,
  placeOf,
  recordsAt,
  refuseOthers,
  signinName,
  type Turn,
  tokenNeeded,
} from "./domain-dns.ts";
import { appSite, type Site, signinSite, signinStack, tellApps } from "./domain-sites.ts";
import { atHome, writeInstalled } from "./home.ts";
import type { DomainRequest } from "./request.ts";
import { checkThings, lockOfThings } from "./things.ts";
import { type End, emitStart, enterCloud, lastFoundation, lockAll, type Work } from "./work.ts";

type Outcome = Awaited<ReturnType<Site["bring"]>>;

export async function changeDomain(work: Work): Promise<End> {
  const { request, paths, deploy } = work;
  const asked = request.domain!;
  const config = await atHome(work, await findCloud(paths, request.cloud));
  if (config.target === "local") throw domainFaults.local(config.name);
  const name = request.ref ?? "";
  const running = readApps(paths, config.name).filter(({ state }) => state !== "kept");
  // Throws for an app that is not there.
  if (name !== signinName) installedApp(work, config.name);
  emitStart(work, config.name, [name]);
  const cloud = await enterCloud(work, config);
  const along = name !== signinName && (await mayGoAlong(work, cloud, name));
  const everything = name === signinName || along;
  const locks = everything ? [signinStack, lockOfThings, ...running.map((app) => app.name)] : [name];
  const release = await lockAll(work, config.name, locks);
  try {
    // Every gate has to learn where sign-in is.
    if (name === signinName) await checkThings(work, cloud);
    const domains = await deploy.domains();
    const token = givenToken(work) ?? (await domains.keptToken(cloud));
    const turn: Turn = { work, cloud, site: name, asked, domains, token };
    const site = name === signinName ? await signinSite(work, cloud) : await appSite(work, cloud, name);
    const outcome = asked.action === "add" ? await add(turn, site, along) : await remove(turn, site);
    return { exitCode: 0, cloud: config.name, apps: [outcome ?? { name }] };
  } finally {
    release();
  }
}

/** Sign-in gets a name beside the first one of a cloud, and the same command goes on with that. */
async function mayGoAlong({ request, deploy, paths }: Work, cloud: Cloud, name: string): Promise<boolean> {
  const { action, signin, host } = request.domain!;
  if (action === "rm" || signin === "keep") return false;
  if (readApp(paths, cloud.name, name)?.domains?.some((one) => one.host === host && one.along)) return true;
  return (await deploy.foundationOutputs(cloud))?.domains.length === 0;
}

/**
 * The turn of sign-in's own name, or why it stays where it is: it goes along only where nobody has to write anything by hand,
 * and nothing is in the way. Throws for a name that was said and cannot be.
 */
async function alongWith(turn: Turn, { dns, along }: Domain): Promise<Turn | string> {
  const { replaces: _, front: __, signin: ___, ...rest } = turn.asked;
  const said = turn.asked.signin;
  const host = said ?? along ?? (await hostBeside(turn, dns));
  const next: Turn = { ...turn, site: signinName, asked: { ...rest, host, replaces: false } };
  // All that could be against it was asked before it was begun.
  if (host === along) return next;
  const another = `Another name: freehold domain add ${signinName} HOST`;
  const owner = host === turn.asked.host ? turn.site : await ownerOf(next);
  if (owner !== undefined && said !== undefined) throw domainFaults.taken(host, owner);
  if (owner !== undefined) return `Sign-in stays where it is: ${host} is ${owner}'s. ${another}`;
  if (host.length > longestHost) return `Sign-in stays where it is: ${host} is too long a name. ${another}`;
  const gone = await checkThings(turn.work, turn.cloud).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof Fault && said === undefined) return error.detail;
      throw error;
    },
  );
  if (gone !== undefined) return `Sign-in stays where it is. ${gone}`;
  const place = await placeOf(next);
  if (place.dns.at === "by-hand" && said === undefined)
    return `Sign-in stays where it is. This gives it a name, too: freehold domain add ${signinName} ${host}`;
  if ((await recordsAt(next, place.dns, host)).length > 0)
    return `Sign-in stays where it is: ${host} leads somewhere else already. ${another}`;
  return next;
}

/** `signin.example.com` of `notes.example.com`, and of `example.com` where that is a zone's own name. */
async function hostBeside({ asked, domains }: Turn, dns: Dns): Promise<string> {
  const { host } = asked;
  const zone = "zone" in dns ? dns.zone : (await domains.publicZone(host, dnsServers()))?.zone;
  const [, ...parent] = host.split(".");
  return `${signinName}.${zone === host || parent.length < 2 ? host : parent.join(".")}`;
}

async function remove(turn: Turn, site: Site): Promise<Outcome> {
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
  say(work, `${asked.host} leads to ${site.name} no more.`);
  for (const one of all.filter(({ host, dns }) => host === asked.host && dns.at === "by-hand"))
    say(work, `The records of ${one.host} that were written by hand are good for nothing any more.`);
  return outcome;
}

/** The name is none any more, but what was made for it is not all gone, or the app was not told that it is up again. */
async function wasCutOff({ work, asked, cloud, domains }: Turn, { name, stack }: Site): Promise<boolean> {
  const halfMade = readApps(work.paths, cloud.name).some((app) => app.name === name && app.state === "partial");
  return halfMade || (await domains.hasPartsOf(cloud, stack, asked.host));
}

/** `along`: sign-in gets a name with it, unless something is against that. */
async function add(turn: Turn, site: Site, along: boolean): Promise<Outcome> {
  const { work, asked, cloud } = turn;
  const { host } = asked;
  const before = await stillGood(turn, site);
  let domain = before ? changed(before, asked) : await begin(turn, site);
  const next = along ? await alongWith(turn, domain) : undefined;
  if (next && typeof next !== "string") domain = { ...domain, along: next.asked.host };
  await keepGiven(turn, domain);
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
  if (before === undefined || before.awaits !== undefined) say(work, `${host} leads to ${site.name} now.`);
  if (typeof next === "string") say(work, next);
  if (typeof next !== "object") return outcome;
  const signin = await signinSite(work, cloud);
  await add(next, signin, false);
  await cameAlong(turn);
  return (await leadsToSignin(next, signin)) ? withLinkThere(turn, outcome) : outcome;
}

/** Whether who follows a link from here comes to the name that sign-in has now. */
async function leadsToSignin(turn: Turn, signin: Site): Promise<boolean> {
  const { records } = await madeOf(turn, signin, turn.asked.host);
  return turn.domains.leadsThere(records.find(({ purpose }) => purpose === "address")!, dnsServers());
}

/** The app came up before sign-in moved along: its link was for the older address, which is good, and not what one wants to see. */
async function withLinkThere({ work, cloud, site: app }: Turn, outcome: Outcome): Promise<Outcome> {
  const foundation = lastFoundation(work, cloud);
  if (!outcome?.link || !foundation) return outcome;
  return { ...outcome, link: await work.deploy.mintLink(cloud, foundation, { app }) };
}

/** Every gate knows of sign-in's name: nothing is left to go on with. */
async function cameAlong({ work, cloud, site, asked }: Turn): Promise<void> {
  const app = readApp(work.paths, cloud.name, site)!;
  const { along: _, ...alone } = app.domains!.find(({ host }) => host === asked.host)!;
  const domains = app.domains!.map((one) => (one.host === asked.host ? alone : one));
  await writeInstalled(work, cloud, { ...app, domains });
}

/** A token that was given now takes the kept one's place, once it has shown that it reads the zone. */
async function keepGiven(turn: Turn, { dns }: Domain): Promise<void> {
  const { work, cloud, domains } = turn;
  const token = givenToken(work);
  if (token === undefined || dns.at !== "cloudflare") return;
  if (!(await cloudflarePlace(turn, token))) throw tokenNeeded(turn);
  await domains.keepToken(cloud, token);
}

/** As it is known; with a certificate that never will be one it goes, so that another is asked for. */
async function stillGood(turn: Turn, site: Site): Promise<Domain | undefined> {
  const { work, asked } = turn;
  const all = await site.domains();
  const before = all.find(({ host }) => host === asked.host);
  if (!before) return undefined;
  const refused = await refusalOf(turn, site);
  if (!refused) return before;
  say(work, `The certificate of ${asked.host} is good for nothing (${refused}). Another one is asked for.`);
  await site.bring(all.filter((one) => one !== before));
  return undefined;
}

/** Why the name's certificate never will be one, or is one no more; undefined for any other, and none. */
async function refusalOf({ asked, cloud, domains }: Turn, { stack }: Site): Promise<string | undefined> {
  const made = (await domains.madeDomains(cloud, stack)).find(({ host }) => host === asked.host);
  return made && (await domains.certificateState(cloud, made.certificateArn))?.refused;
}

/** Throws `certificate-refused` where that is why it failed. */
async function issued<T>(turn: Turn, site: Site, bring: () => Promise<T>): Promise<T> {
  try {
    return await bring();
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "deployment-failed") throw error;
    const refused = await refusalOf(turn, site);
    if (!refused) throw error;
    throw domainFaults.certificate(turn.asked.host, refused, againFor(turn), error);
  }
}

/** Another front in place: what is new is there before what was goes. By hand nobody could follow in time. */
function changed(domain: Domain, { front, host }: DomainRequest): Domain {
  if (front === undefined || front === domain.front) return domain;
  if (domain.dns.at === "by-hand" && domain.awaits === undefined)
    throw domainFaults.bad(host, "has its record by hand, which cannot change at the same moment; remove it first");
  return { ...domain, front };
}

/** Everything that can be wrong is found here, and nothing is changed. */
async function begin(turn: Turn, site: Site): Promise<Domain> {
  const { asked, work } = turn;
  const { host, front = "http-api" } = asked;
  const owner = await ownerOf(turn);
  if (owner !== undefined) throw domainFaults.taken(host, owner);
  await checkRoom(site, host);
  const { dns, waitsFor } = await placeOf(turn);
  await refuseOthers(turn, dns);
  const where = "zone" in dns ? `in the zone ${dns.zone} of ${dns.at}` : "written by hand";
  say(work, `${shown(host)}: its records are ${where}. ${frontWords[front]}`);
  if (waitsFor) {
    const message = `The zone is not active yet: nothing in it is answered before the domain's name servers are ${waitsFor.join(", ")}.`;
    work.emit({ type: "note", level: "warning", message });
  }
  return { host, front, dns, awaits: "certificate" };
}

const frontWords: Record<Domain["front"], string> = {
  "http-api": "An HTTP API answers there: within 30 s, and in one piece. --front cloudfront streams.",
  cloudfront: "CloudFront answers there, which takes minutes to make.",
};

/** As people read it, too. */
function shown(host: string): string {
  const read = domainToUnicode(host);
  return read === host ? host : `${host} (${read})`;
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

async function bring(site: Site, domain: Domain): Promise<Outcome> {
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
  const same = (await recordsAt(turn, dns, proof.name, true)).some(
    ({ type, value }) => type === "CNAME" && value.replace(/\.$/, "") === proof.value,
  );
  const inTheWay = (await recordsAt(turn, dns, host)).length > 0;
  const { awaits: _, ...rest } = domain;
  return { ...rest, ...(same ? { proved: true as const } : {}), ...(inTheWay ? { awaits: "address" as const } : {}) };
}

const pollMs = 5_000;

async function issuedByHand(turn: Turn, host: string, arn: string, proof: WantedRecord): Promise<void> {
  const { domains, cloud } = turn;
  await byHand(turn, proof, async () => {
    const state = await domains.certificateState(cloud, arn);
    if (state?.refused) throw domainFaults.certificate(host, state.refused, againFor(turn));
    return state?.status === "ISSUED";
  });
}

/** What is in the way goes now that what takes its place is ready; by hand, a person is waited for. */
async function leading(turn: Turn, { host, dns }: Domain, { records }: MadeDomain): Promise<void> {
  const { work, domains } = turn;
  if (dns.at === "by-hand") {
    const address = records.find(({ purpose }) => purpose === "address")!;
    return byHand(turn, address, () => domains.leadsThere(address, dnsServers()));
  }
  for (const { name, type, value, remove } of await refuseOthers(turn, dns, true)) {
    await remove();
    say(work, `The record ${name} ${type} ${value} is gone: ${host} leads here now.`, [{ name, type, value }]);
  }
}

/** Shows a record, and waits until it is there. Throws `domain-records-needed`, `interrupted`. */
async function byHand(turn: Turn, record: WantedRecord, isThere: () => Promise<boolean>): Promise<void> {
  const { work, asked } = turn;
  if (await isThere()) return;
  const { name, type, value, purpose } = record;
  const what = purpose === "certificate" ? "proves that the name is yours" : "leads there";
  say(work, `To be written into DNS, which ${what}:\n  ${name}  ${type}  ${value}`, [{ name, type, value }]);
  const again = againFor(turn);
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
