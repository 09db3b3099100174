// The composition root: configuration → stores → consumers → listener. Nothing else knows them all.

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { RateLimit } from './aws/rate-limit.ts'
import { s3ConditionKeys } from './aws/s3/condition-keys.ts'
import { type Feed, hashToken, isTokenOf } from './capture/feeds.ts'
import { type Following, startFollowing } from './capture/follow.ts'
import { ingestHandler } from './capture/ingest.ts'
import { type Outbox, startOutbox } from './capture/outbox.ts'
import { recordCalls } from './capture/own-api.ts'
import { type Clock, systemClock } from './clock.ts'
import { type Config, ConfigError, otherS3 } from './config.ts'
import { openDataFolder } from './data-folder.ts'
import { ApiError } from './errors.ts'
import { systemFiles } from './files.ts'
import { type Identity, openIdentity } from './identity/identity.ts'
import { rootPrincipal } from './identity/principal.ts'
import { rootCredential } from './identity/root.ts'
import { type Ids, systemIds } from './ids.ts'
import {
  type Credentials,
  writeCredentials,
  writeEndpoint,
  writeIngestToken,
} from './installation.ts'
import type { Journal } from './journal/contract.ts'
import { openJournal } from './journal/file-journal.ts'
import { readJournal } from './journal/read.ts'
import { limits } from './limits.ts'
import type { Log } from './log.ts'
import { Counter } from './metrics.ts'
import { FileBlobs } from './objects/blobs.ts'
import { bucketOwner } from './objects/bucket-policy.ts'
import { type Blobs, findBucket } from './objects/contract.ts'
import { startUpkeep } from './objects/upkeep.ts'
import type { Complete, Service } from './operation.ts'
import { type Pipeline, readUpTo, startPipeline } from './pipeline.ts'
import { openLedger, startProxies } from './proxies.ts'
import type { Ledger } from './proxy/ledger.ts'
import { ledgerRoute } from './proxy/ledger-route.ts'
import { ProxyCounts } from './proxy/proxy-counts.ts'
import { s3Effects, s3Members } from './record/services/s3.ts'
import { RefusalLog } from './refusal-log.ts'
import { httpTransport } from './s3-client/transport.ts'
import { operationTables } from './services.ts'
import { embeddedSink } from './sinks/embedded-sink.ts'
import { s3Sink } from './sinks/s3-sink.ts'
import type { State } from './state/contract.ts'
import { openState } from './state/state.ts'
import { statusRoutes } from './status-routes.ts'
import { readTls } from './tls-files.ts'
import type { Sink } from './trails/contract.ts'
import { type AuthorizationRequest, createListener, type Listener } from './wire/listener.ts'

export type RunningServer = Readonly<{
  url: string
  config: Config
  /** The root key, when this start made it. */
  created?: Credentials
  /** Finishes what is under way, flushes, and lets go of the data folder. */
  stop(): Promise<void>
}>

/** Connections to another S3 at once, over all trails. */
const sinkConnectionsMax = 32

/** Starts everything; rejects with ConfigError or StorageError, and then nothing is left running. */
export async function startServer({
  config,
  log,
  clock = systemClock,
  ids = systemIds,
}: {
  config: Config
  log: Log
  clock?: Clock
  ids?: Ids
}): Promise<RunningServer> {
  checkListenAddress(config)
  const data = openDataFolder(config.data)
  if (data.isOpenToOthers) {
    const mend = `chmod 700 ${data.path}`
    log.warn('other users of this machine may open the data folder', { folder: data.path, mend })
  }
  const close: Array<() => Promise<void> | void> = [() => data.close()]
  const stop = async () => {
    for (const step of close.splice(0).reverse()) await step()
  }
  try {
    const state = await openState({ folder: join(data.path, 'state'), clock })
    close.push(() => state.close())
    const journalFolder = join(data.path, 'journal')
    const journal = await openJournal({
      folder: journalFolder,
      files: systemFiles,
      clock,
      limits,
      // History drops a day only when all of it is too old, so its records must outlive it by one.
      retentionDays: limits.historyDays + 1,
      readUpTo: readUpTo(data.path, state),
      onDamage: (damage) => log.warn('journal damage', damage),
    })
    close.push(() => journal.close())
    const outbox = await startOutbox({
      state,
      journal,
      read: (range) => readJournal(journalFolder, range),
      clock,
      log,
    })
    close.push(() => outbox.close())
    const blobs = await openBlobs(join(data.path, 'objects'), { clock, ids })
    close.push(startUpkeep({ state, blobs, clock, ids, log }))
    const identity = openIdentity(state, clock)
    close.push(() => identity.close())

    const created = await firstStart(state, { config, clock, ids }, data.path)
    const stores = { state, journal, outbox, blobs, clock, ids }
    const sink = openSink(config, stores, close)
    const secret = await trailSecret(state)
    const places = { data: data.path, journalFolder }
    const pipeline = startPipeline({ config, state, journal, ...places, sink, secret, clock, log })
    close.push(() => pipeline.close())
    const proxyCounts = new ProxyCounts()
    const ledger = openLedger({ config, identity, log, ...stores }, proxyCounts)
    const feedItems = new Counter()
    const feeding = { ...stores, limits, log, items: feedItems, defaults: config }
    const following = await startFollowing(config.follow, feeding)
    close.push(() => following.stop())
    const answering = { identity, sink, pipeline, ledger, proxyCounts, feedItems, following }
    const refusals = new RefusalLog(log, clock, journal)
    close.push(() => refusals.close())
    const listener = openListener({ config, log: refusals, ...answering, ...stores })
    const address = await listener.listen(config.listen.host, config.listen.port)
    close.push(() => listener.close())
    const proxies = await startProxies({ config, clock, ids, log }, ledger)
    close.push(async () => void (await Promise.all(proxies.map((proxy) => proxy.close()))))
    const url = endpointUrl(config, address.port)
    writeEndpoint(data.path, url)
    await noteStarted(state, { config, clock })
    return { url, config, created, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Parts = Readonly<{
  clock: Clock
  ids: Ids
  config: Config
  log: Log
  state: State
  journal: Journal
  outbox: Outbox
  identity: Identity
  blobs: Blobs
  sink: Sink
  pipeline: Pipeline
  ledger: Ledger
  proxyCounts: ProxyCounts
  feedItems: Counter
  following: Following
}>

function openListener(parts: Parts): Listener {
  const { config, log, clock, ids, state, journal, pipeline, outbox, identity, ledger } = parts
  const { feedItems, following, proxyCounts: proxies } = parts
  const { account: accountId, region, regions, auth } = config
  const calls = new Counter()
  const feeds = feedsOf(state, config)
  const record = recordCalls({ journal, state, outbox, ids, clock })
  const complete: Complete = async (call, tx) => {
    await record(call, tx)
    const { principal, service, operation } = call
    const name = service.model.signingName
    if (principal)
      identity.noteUse(principal, { at: clock.now(), region: call.region, service: name })
    // Whoever proves nothing could use up all sets of labels.
    const named = principal ? operation : ''
    calls.add({ service: name, operation: named, error: call.error?.code ?? '' })
  }
  return createListener({
    services: services(parts),
    routes: {
      '/ingest/': ingestHandler({
        journal,
        feeds,
        defaults: config,
        regions,
        clock,
        limits,
        log,
        items: feedItems,
      }),
      '/capture/': ledgerRoute({
        ledger,
        isToken: (name, token) => isWriter(feeds, name, token),
        log,
      }),
      ...statusRoutes({ journal, ...pipeline, outbox, calls, feedItems, following, proxies }),
    },
    region,
    regions,
    auth,
    rootPrincipal: rootPrincipal(accountId, 'anonymous'),
    findCredential: (accessKeyId) => identity.credential(accessKeyId),
    authorize: (tx, request) => authorize(identity, tx, request),
    begin: () => state.begin(),
    complete,
    ready: () => journal.ready(),
    trustedProxies: config.trustedProxies,
    bucketSuffixes: config.bucketSuffixes,
    tls: readTls(config),
    clock,
    ids,
    limits,
    log,
  })
}

async function openBlobs(
  folder: string,
  { clock, ids }: Pick<Parts, 'clock' | 'ids'>,
): Promise<FileBlobs> {
  await systemFiles.makeFolder(folder)
  return new FileBlobs({ folder, files: systemFiles, clock, ids, limits })
}

/** Where trails deliver to: our own buckets, or another S3 where the configuration names one. */
function openSink(
  config: Config,
  stores: Pick<Parts, 'state' | 'journal' | 'outbox' | 'blobs' | 'clock' | 'ids'>,
  close: Array<() => Promise<void> | void>,
): Sink {
  const other = otherS3(config)
  if (!other) return embeddedSink(stores)
  const stopped = new AbortController()
  close.push(() => stopped.abort())
  const { encrypts, ...access } = other
  const send = httpTransport(sinkConnectionsMax, stopped.signal)
  const { clock } = stores
  const pause = (ms: number) => new Promise<void>((resume) => clock.after(ms, resume))
  return s3Sink({ encrypts, access: { ...access, send, pause, now: () => clock.now() } })
}

/** Made once for a data folder: the names of trails' files follow from it, and it is shown to nobody. */
async function trailSecret(state: State): Promise<string> {
  const tx = state.begin()
  const known = tx.get<string>('trail-secret', 'installation')
  if (known !== undefined) return known
  const made = randomBytes(32).toString('base64')
  tx.put('trail-secret', 'installation', made)
  await state.commit(tx)
  return made
}

function services({ config, clock, pipeline, identity, state, blobs, sink }: Parts): Service[] {
  const { history } = pipeline
  const lookupRate = config.lookupRate > 0 ? new RateLimit(config.lookupRate, clock) : undefined
  const provided: Readonly<Record<string, unknown>> = {
    CloudTrail: { history, lookupRate, sink, regions: config.regions },
    Contrail: { history, managementAccount: config.account },
    IAM: identity.services,
    S3: { blobs, regions: config.regions },
    STS: identity.services,
  }
  const bucket = (name: string) => findBucket(state.begin(), name)
  const records: Readonly<Record<string, Pick<Service, 'recorded' | 'effects'>>> = {
    S3: {
      recorded: (call) => s3Members(call, bucket),
      effects: (call) => s3Effects(call, bucket),
    },
  }
  return operationTables().map((table) => {
    return { ...table, services: provided[table.name], ...records[table.name] }
  })
}

function authorize(
  identity: Identity,
  tx: ReturnType<State['begin']>,
  { service, caller, action, resources, tags, arrival }: AuthorizationRequest,
): void {
  const { startedAt: now, sourceIp, userAgent, tls } = arrival
  const isS3 = service.model.signingName === 's3'
  const access = identity.authorize(tx, {
    principal: caller,
    action,
    resources,
    facts: {
      now,
      sourceIp,
      secureTransport: tls !== undefined,
      region: caller.region,
      userAgent,
      tags,
      ...(isS3 && { keys: s3ConditionKeys(arrival) }),
    },
    // A bucket that somebody else has already is refused as such.
    owner: isS3 && action !== 's3:CreateBucket' ? bucketOwner(tx, resources[0] ?? '*') : undefined,
  })
  if (!access.allowed) throw new ApiError('AccessDenied', access.message)
}

/**
 * What the first start makes: the root key and a token for the feed `cloudtrail`, each written down once.
 * A start that fails or crashes before it is noted is made good by the next: it gives the same key, and
 * another token.
 */
async function firstStart(
  state: State,
  { config, clock, ids }: Pick<Parts, 'config' | 'clock' | 'ids'>,
  data: string,
): Promise<Credentials | undefined> {
  const tx = state.begin()
  if (tx.get('installation', config.account)) return undefined
  const key = rootCredential(tx, { clock, ids }, config.account)
  const token = randomBytes(32).toString('base64url')
  tx.put('feed', 'cloudtrail', { name: 'cloudtrail', tokenHash: hashToken(token) } satisfies Feed)
  await state.commit(tx)
  writeIngestToken(data, 'cloudtrail', token)
  const created = key && { accessKeyId: key.accessKeyId, secret: key.secret }
  if (created) writeCredentials(data, created)
  return created
}

/** The server stands, and whoever started it is told the root key: later starts make and tell none. */
async function noteStarted(
  state: State,
  { config, clock }: Pick<Parts, 'config' | 'clock'>,
): Promise<void> {
  const tx = state.begin()
  if (tx.get('installation', config.account)) return
  tx.put('installation', config.account, { at: clock.now() })
  await state.commit(tx)
}

/** Feeds of the configuration, and the one made at the first start unless the configuration has its name. */
function feedsOf(state: State, config: Config): Feed[] {
  const named = new Set(config.feeds.map(({ name }) => name))
  const made = state
    .begin()
    .list<Feed>('feed')
    .map(([, feed]) => feed)
  return [...config.feeds, ...made.filter(({ name }) => !named.has(name))]
}

/** A proxy sees all calls, so its feed must not be bound to a kind, accounts, services or Regions. */
function isWriter(feeds: readonly Feed[], name: string, token: string): boolean {
  const feed = feeds.find((one) => one.name === name)
  const isBound = feed?.kind || feed?.accounts || feed?.eventSources || feed?.regions
  return !!feed && !isBound && isTokenOf(feed, token)
}

function checkListenAddress({ listen, tlsCert, plaintext }: Config): void {
  const isLoopback = /^(127\.|::1$|localhost$)/.test(listen.host)
  if (isLoopback || tlsCert || plaintext) return
  throw new ConfigError(
    `listen: ${listen.host} is not loopback, and secrets would cross the network in the clear; set ` +
      'tls.cert and tls.key, or tls.plaintext=true where something in front of it has TLS',
  )
}

function endpointUrl({ listen, tlsCert }: Config, port: number): string {
  const everywhere = listen.host === '0.0.0.0' || listen.host === '::'
  const host = everywhere
    ? '127.0.0.1'
    : listen.host.includes(':')
      ? `[${listen.host}]`
      : listen.host
  return `${tlsCert ? 'https' : 'http'}://${host}:${port}`
}
