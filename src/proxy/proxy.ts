import type { AddressInfo, BlockList } from 'node:net'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../log.ts'
import type { Registry } from '../registry/registry.ts'
import { createFront } from './front.ts'
import type { Ledger } from './ledger.ts'
import { RecordQueue } from './record-queue.ts'
import { CallRecording } from './recording.ts'
import { type SigningCredentials, signerFor } from './sign-anew.ts'

/** What the operator says of one proxy. */
export type ProxySetting = Readonly<{
  /** Also in its records; two proxies never have the same. */
  name: string
  listen: Readonly<{ host: string; port: number }>
  upstream: URL
  onAuditFailure: 'pass' | 'reject'
  /** Sign for the upstream with these, after proving who calls. */
  sign?: SigningCredentials
  /** PEM. */
  tls?: Readonly<{ cert: string; key: string }>
}>

export type ProxyOptions = Readonly<{
  setting: ProxySetting
  ledger: Ledger
  registry: Registry
  /** Host names in front of which a bucket's name may stand. */
  bucketSuffixes: readonly string[]
  accountId: string
  region: string
  /** Of the server. */
  regions: readonly string[]
  trustedProxies?: BlockList
  clock: Clock
  ids: Ids
  limits: Limits
  log: Log
  /** Another proxy of the same name took over; this one can record nothing any more and should be stopped. */
  onRunEnded(): void
}>

export type RunningProxy = Readonly<{
  address: AddressInfo
  /** Calls that wait to be recorded, and calls given up that no gap record tells of yet. */
  readonly state: { waiting: number; missed: number }
  /** Finishes the calls under way and brings their records home. */
  close(): Promise<void>
}>

/** Starts a proxy; rejects with StorageError when its records could not be kept, or when it cannot listen. */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { setting, ledger } = options
  const { name: proxy, listen, onAuditFailure, sign } = setting
  const run = await ledger.open(proxy)
  const queue = new RecordQueue({ ...options, run, onAuditFailure })
  const signer = sign && signerFor(setting.upstream, sign, options.clock)
  const recording = new CallRecording({ ...options, proxy, queue, onAuditFailure, sign: signer })
  const front = createFront({ ...options, ...setting, recording })
  const close = async () => {
    await front.close()
    await queue.close()
  }
  try {
    const address = await front.listen(listen.host, listen.port)
    return {
      address,
      get state() {
        return queue.state
      },
      close,
    }
  } catch (error) {
    await queue.close()
    throw error
  }
}
