// The recording proxies of the configuration, and what those beside this server need of it.

import { isIP } from 'node:net'
import type { Outbox } from './capture/outbox.ts'
import type { Clock } from './clock.ts'
import { type Config, ConfigError } from './config.ts'
import { errorText } from './error-text.ts'
import type { Identity } from './identity/identity.ts'
import type { Ids } from './ids.ts'
import type { Journal } from './journal/contract.ts'
import { limits } from './limits.ts'
import type { Log } from './log.ts'
import { principalOfArn } from './proxy/learn.ts'
import type { Ledger } from './proxy/ledger.ts'
import { type RunningProxy, startProxy } from './proxy/proxy.ts'
import type { ProxyCounts } from './proxy/proxy-counts.ts'
import { StateLedger } from './proxy/state-ledger.ts'
import type { ProxyConfig } from './proxy-settings.ts'
import { Registry } from './registry/registry.ts'
import type { State } from './state/contract.ts'
import { readTls } from './tls-files.ts'

type Parts = Readonly<{
  config: Config
  state: State
  journal: Journal
  outbox: Outbox
  identity: Identity
  clock: Clock
  ids: Ids
  log: Log
}>

/** Where every proxy's records go, of those within this server and of those beside it. */
export function openLedger({ config, identity, ...stores }: Parts, counts: ProxyCounts): Ledger {
  const keys = Object.entries(config.captureKeys).map(([key, arn]) => {
    const principal = principalOfArn(arn)
    if (principal) return [key, principal] as const
    throw new ConfigError(`capture.keys: ${arn} is no user, root or session of a role`)
  })
  return new StateLedger({
    ...stores,
    counts,
    findCredential: (accessKeyId) => identity.credential(accessKeyId),
    keys: new Map(keys),
    accountId: config.account,
    region: config.region,
    limits,
  })
}

/** Starts those of the configuration; rejects when one cannot start, and then none is left running. */
export async function startProxies(
  { config, clock, ids, log }: Pick<Parts, 'config' | 'clock' | 'ids' | 'log'>,
  ledger: Ledger,
): Promise<readonly RunningProxy[]> {
  const started: RunningProxy[] = []
  const registry = new Registry()
  try {
    for (const setting of config.proxies) {
      checkListenAddress(setting)
      const { name } = setting
      const tls = readTls(setting)
      const proxy = await startProxy({
        setting: { ...setting, ...(tls && { tls }) },
        ledger,
        registry,
        bucketSuffixes: config.bucketSuffixes,
        accountId: config.account,
        region: config.region,
        regions: config.regions,
        trustedProxies: config.trustedProxies,
        clock,
        ids,
        limits,
        log,
        onRunEnded: () => log.warn('another proxy of the same name has begun', { proxy: name }),
      }).catch((error) => {
        throw isAboutAddress(error)
          ? new ConfigError(`capture.proxies.${name}.listen: ${errorText(error)}`, { cause: error })
          : error
      })
      started.push(proxy)
      const { address, port } = proxy.address
      log.info('proxy listens', {
        proxy: name,
        at: isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`,
      })
    }
  } catch (error) {
    await Promise.all(started.map((proxy) => proxy.close()))
    throw error
  }
  return started
}

function isAboutAddress(error: unknown): boolean {
  const { syscall } = error as NodeJS.ErrnoException
  return syscall === 'listen' || syscall === 'getaddrinfo'
}

function checkListenAddress({ name, listen, tlsCert, plaintext }: ProxyConfig): void {
  if (/^(127\.|::1$|localhost$)/.test(listen.host) || tlsCert || plaintext) return
  throw new ConfigError(
    `capture.proxies.${name}.listen: ${listen.host} is not loopback; set tls, or plaintext: true where ` +
      'something in front of it has TLS',
  )
}
